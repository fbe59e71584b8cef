"""Which device and precision, why, and on how many cores."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from core.errors import ConfigError
from core.training import devices, process, speed, threads
from core.training.distributed import World
from core.training.learner import Learner
from core.training.step_graph import StepGraph

ROOT = Path(__file__).parent.parent


def test_benchmark_names_each_precision_that_trains_and_leaves_out_the_refused(tiny_config, monkeypatch):
    monkeypatch.setattr(speed, "_PROBE_SECONDS", 0.02)
    speeds = speed.benchmark(tiny_config, "cpu", ("fp32", "bf16"))
    assert speeds["fp32"].images_per_second > 0
    assert set(speeds) <= {"fp32", "bf16"}
    assert speed.benchmark(tiny_config, "cpu", ("bf16", "fp32")).keys() == speeds.keys()


@pytest.mark.parametrize(
    ("named", "trained", "precision", "word"),
    [
        ("avx512_bf16", True, "bf16", "has instructions for it"),
        ("amx_bf16", True, "bf16", "has instructions for it"),
        ("amx_bf16", False, "fp32", "cannot train this network"),
        ("avx2", True, "fp32", "no instructions for bf16"),
    ],
)
def test_processor_that_names_its_instructions_is_believed_unless_it_refuses_a_step(
    tiny_config, monkeypatch, named, trained, precision, word
):
    monkeypatch.setattr(devices.platform, "machine", lambda: "x86_64")
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {named: True})
    monkeypatch.setattr(devices, "trains", lambda *_: trained)
    chosen, reason, measured = devices.choose_precision(tiny_config.with_(precision="auto"), "cpu")
    assert (chosen, measured) == (precision, 0.0)
    assert word in str(reason)


def test_step_in_fp32_trains_everywhere(tiny_config):
    assert speed.trains(tiny_config, "cpu", "fp32")


def test_precision_of_another_processor_is_chosen_by_the_benchmark(tiny_config, monkeypatch):
    config = tiny_config.with_(precision="auto")
    monkeypatch.setattr(devices.platform, "machine", lambda: "arm64")
    for found, precision, word in [
        ({"fp32": 100.0, "bf16": 200.0}, "bf16", "2.0 times"),
        ({"fp32": 100.0, "bf16": 95.0}, "fp32", "only 0.9"),
        ({"fp32": 100.0}, "fp32", "cannot"),
    ]:
        throughputs = {name: speed.Throughput(images) for name, images in found.items()}
        monkeypatch.setattr(devices, "benchmark", lambda *_, throughputs=throughputs: throughputs)
        chosen, reason, measured = devices.choose_precision(config, "cpu")
        assert chosen == precision
        assert word in str(reason)
        assert measured == found[precision]


def test_measuring_leaves_the_random_state_as_it_is(tiny_config, monkeypatch):
    monkeypatch.setattr(speed, "_PROBE_SECONDS", 0.02)
    torch.manual_seed(1)
    state = torch.get_rng_state()
    speed.measure(tiny_config, "cpu", "fp32")
    assert torch.equal(torch.get_rng_state(), state)


def test_cores_of_a_machine_are_divided_among_its_processes():
    before = threads.cores()
    try:
        for processes in (1, 2, 10**6):
            process.configure_process(processes)
            assert threads.cores() == max(1, process.physical_cores() // processes)
    finally:
        threads.configure(before)


def test_more_processes_than_cuda_devices_are_refused_with_what_to_do():
    there = torch.cuda.device_count()
    crowd = World(size=there + 2, local_size=there + 2)
    crowd.check("cpu")
    with pytest.raises(ConfigError, match="one process a device"):
        crowd.check("cuda")


def test_threads_that_wait_soon_sleep_unless_a_person_has_chosen_otherwise():
    code = "import core, os; print(os.environ.get('GOMP_SPINCOUNT'))"
    names = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT")
    environment = {name: value for name, value in os.environ.items() if name not in names}

    def spins(**given):
        command = [sys.executable, "-c", code]
        done = subprocess.run(command, cwd=ROOT, env=environment | given, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    assert spins() == "1000"
    assert spins(GOMP_SPINCOUNT="7") == "7"
    assert spins(OMP_WAIT_POLICY="active") == "None"


def test_core_and_its_config_load_neither_torch_nor_a_screen():
    code = "import sys, core, core.training.config, core.runs.lifecycle, core.training.distributed; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not {"torch", "streamlit", "plotly", "scipy", "dashboard"} & set(done.stdout.split())


cuda = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")


@cuda
@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_steps_through_a_cuda_graph_learn_what_eager_steps_learn(tiny_config, precision):
    config = tiny_config.with_(augmentation="full", clip=1.0, averaging=0.9, optimizer="adamw")
    graphed, eager = Learner(config, "cuda", precision), Learner(config, "cuda", precision)
    eager.graph = None
    images = torch.randint(256, (20, 28, 28), device="cuda").to(torch.uint8)
    labels = torch.arange(20, device="cuda") % 10
    for number in range(12):
        count = 20 if number != 8 else 13  # the last batch of an epoch is smaller
        figures = [learner.step(images[:count], labels[:count], 1e-3 * (number + 1)) for learner in (graphed, eager)]
        torch.testing.assert_close(*figures, rtol=1e-3, atol=1e-4)
    assert isinstance(graphed.graph, StepGraph)
    assert not graphed.graph.refusal
    for name, value in eager.tensors().items():
        torch.testing.assert_close(graphed.tensors()[name], value, rtol=1e-3, atol=1e-4)


@cuda
def test_state_restored_on_cuda_goes_on_as_the_uninterrupted_run(tiny_config):
    config = tiny_config.with_(augmentation="affine")
    images = torch.randint(256, (20, 28, 28), device="cuda").to(torch.uint8)
    labels = torch.arange(20, device="cuda") % 10
    first, second = Learner(config, "cuda", "fp32"), Learner(config, "cuda", "fp32")
    for _ in range(6):
        first.step(images, labels, 1e-3)
    second.restore(first.tensors())
    for _ in range(6):
        expected, got = first.step(images, labels, 1e-3), second.step(images, labels, 1e-3)
    torch.testing.assert_close(got, expected, rtol=1e-3, atol=1e-4)
