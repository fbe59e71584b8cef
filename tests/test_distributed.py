"""Two processes that train together on one machine: they learn what one learns, and end together."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from core.digits import data
from core.reading import readers
from core.runs import lifecycle
from core.training.config import TrainConfig
from core.training.distributed import ALONE, World, environment_without
from tests.waiters import ROOT, wait_until

CONFIG = TrainConfig(hidden=8, layers=1, batch_size=601, seed=5, device="cpu", precision="fp32", devices=2)
EVERYTHING = {
    "optimizer": "adamw",
    "schedule": "one_cycle",
    "lr": 5e-3,
    "clip": 0.1,
    "input_scale": 3.0,
    "averaging": 0.9,
    "augmentation": "full",
    "pen_digits": 0.25,
    "pen_digits_after": 0.4,
    "validation_images": 401,
}


def finished_run(store, processes, config):
    run_id = store.add(config, None)
    process = processes.start("train", "--run", run_id)
    _, said = process.communicate(timeout=300)
    assert process.returncode == 0, said
    return store.run(run_id)


def processes_under(pid):
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in children]


def is_gone(pid):
    stat = Path(f"/proc/{pid}/stat")
    try:
        return stat.read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def test_two_processes_learn_what_one_learns_from_the_same_batches(store, processes):
    epochs = 0.4 if data.describe().source == "full" else 3
    config = CONFIG.with_(epochs=epochs, **EVERYTHING)
    alone = finished_run(store, processes, config.with_(devices=1))
    together = finished_run(store, processes, config)
    one, two = store.curve(alone.id, points=10**6), store.curve(together.id, points=10**6)
    assert len(one.step) >= 40
    np.testing.assert_array_equal(one.step, two.step)
    np.testing.assert_allclose(one.loss_min, two.loss_min, atol=1e-4)
    np.testing.assert_allclose(one.gradient_norm, two.gradient_norm, atol=1e-3)
    np.testing.assert_array_equal(one.learning_rate, two.learning_rate)
    assert one.gradient_norm.max() > config.clip, "nothing was clipped"
    for name, array in readers.load(alone.weights).arrays.items():
        np.testing.assert_allclose(array, readers.load(together.weights).arrays[name], atol=1e-3)
    assert alone.facts.test_accuracy == pytest.approx(together.facts.test_accuracy, abs=2e-3)


@pytest.mark.skipif(sys.platform != "linux", reason="looks processes up in /proc")
def test_kill_of_either_process_ends_both_and_the_run_goes_on_from_its_checkpoint(store, processes):
    run_id = store.add(CONFIG.with_(epochs=1000, batch_size=20), None)
    agent = processes.start("train", "--run", run_id)
    wait_until(lambda: store.run(run_id).facts.step > 0, "the first step")
    lifecycle.pause(store, run_id)
    wait_until(lambda: store.run(run_id).state == "paused", "the pause")
    held = store.run(run_id).facts.step
    lifecycle.set_learning_rate(store, run_id, 2e-4)
    lifecycle.resume(store, run_id)
    wait_until(lambda: store.run(run_id).facts.step > held, "a step after the pause")
    for place in (0, 1):
        reached = kill(store, run_id, agent, place)
        agent = processes.start("resume", run_id)
        wait_until(lambda reached=reached: store.run(run_id).facts.step > reached, "what was lost to be trained again")
    agent.send_signal(signal.SIGTERM)
    _, said = agent.communicate(timeout=60)
    stopped = store.run(run_id)
    assert stopped.state == "stopped", said
    assert stopped.weights
    steps = [int(line.split(",")[0]) for line in "".join(store.metrics_csv(run_id)).splitlines()[1:]]
    assert steps == list(range(1, stopped.facts.step + 1))


def kill(store, run_id, agent, place):
    """Kills the process that writes (0) or the other one (1), and sees both and their agent end; the step reached."""
    first, workers = store.run(run_id).pid, processes_under(agent.pid)
    assert len(workers) == 2
    assert first in workers
    os.kill(sorted(workers, key=lambda pid: pid != first)[place], signal.SIGKILL)
    _, said = agent.communicate(timeout=60)
    assert agent.returncode != 0
    assert all(map(is_gone, workers))
    assert store.run(run_id).state in ("failed", "lost"), said
    return store.run(run_id).facts.step


TRAINS_AND_LEAVES = """
from pathlib import Path
import torch
from core.training import distributed
from core.training.config import TrainConfig
from core.training.learner import Learner

def train(world):
    learner = Learner(TrainConfig(hidden=8, devices=2), "cpu", "fp32", world)
    learner.step(torch.zeros(4, 28, 28, dtype=torch.uint8), torch.arange(4), 1e-3)
    return world.broadcast(lambda: threads())

def threads():
    return sorted(task.read_text().strip() for task in Path("/proc/self/task").glob("*/comm"))

world = distributed.join()
connected = train(world)
distributed.leave(world)
print(f"{len(connected)} threads, then {len(threads())}\\n", end="", flush=True)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="counts threads in /proc")
def test_process_that_leaves_has_no_thread_that_could_outlive_python(tmp_path):
    script = tmp_path / "trains_and_leaves.py"
    script.write_text(TRAINS_AND_LEAVES)
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2", str(script)]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(launcher, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    before, after = zip(*(map(int, re.findall(r"\d+", line)) for line in done.stdout.splitlines()), strict=True)
    assert min(before) > 1
    assert after == (1, 1)


@pytest.mark.parametrize(("count", "size"), [(100, 3), (7, 4), (2, 5), (1, 1)])
def test_shares_of_a_batch_are_disjoint_and_complete(count, size):
    shares = [list(range(count))[World(rank=rank, size=size).shard(count)] for rank in range(size)]
    assert [image for share in shares for image in share] == list(range(count))
    assert max(map(len, shares)) - min(map(len, shares)) <= 1


def test_one_process_is_left_alone():
    marker = object()
    assert ALONE.broadcast(lambda: marker) is marker
    assert ALONE.all_reduce(marker) is marker
    assert ALONE.wrap_ddp(marker) is marker
    assert ALONE.shard(100) == slice(0, 100)


def test_process_started_by_one_of_several_does_not_take_its_place():
    theirs = {"RANK": "1", "WORLD_SIZE": "2", "MASTER_ADDR": "localhost", "TORCHELASTIC_RUN_ID": "x", "HOME": "/root"}
    assert environment_without(theirs) == {"HOME": "/root"}
    mine = {"OMP_NUM_THREADS": "3"}
    assert environment_without(mine) == mine
