"""The worker as a process: killed, signalled, starved of disk. Uses the full MNIST where it is, else the subset."""

import itertools
import json
import os
import resource
import signal
import subprocess
import sys

import pytest

from core.reading import readers
from core.runs import lessons, lifecycle
from core.runs.drawings import Drawings
from core.training.config import TrainConfig
from dashboard import samples
from tests.waiters import ROOT, wait_until

CONFIG = TrainConfig(hidden=8, layers=1, batch_size=100, epochs=3, seed=5, device="cpu", precision="fp32")
ENDLESS = CONFIG.with_(epochs=1000, batch_size=10)
"""At least 400,000 steps: no test lasts as long."""


def core(*arguments, **options):
    command = [sys.executable, "-m", "core", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, **options)


def paused(processes, store, run_id, step, **more):
    """A worker that has paused, with a checkpoint, after this step."""
    options = [word for name, value in ({"pause": step} | more).items() for word in (f"--{name}", value)]
    worker = processes.start(run_id, *options, module="tests.worker_at")
    wait_until(lambda: store.run(run_id).state == "paused", "the pause")
    assert store.run(run_id).facts.step == step
    return worker


def finished_run(store, config=CONFIG):
    run_id = store.add(config, None)
    done = core("train", "--run", run_id)
    assert done.returncode == 0, done.stderr
    return store.run(run_id)


def record(store, run_id):
    """The metrics of every step but its speed."""
    return [line.rsplit(",", 1)[0] for line in "".join(store.metrics_csv(run_id)).splitlines()]


@pytest.mark.data
def test_killed_in_mid_epoch_and_resumed_ends_with_the_weights_and_metrics_of_an_uninterrupted_run(store, processes):
    whole = finished_run(store)
    run_id = store.add(CONFIG, None)
    steps_per_epoch = whole.facts.steps // CONFIG.epochs
    checkpointed, killed = steps_per_epoch + 5, steps_per_epoch + 9
    worker = paused(processes, store, run_id, checkpointed, kill=killed)
    lifecycle.resume(store, run_id)
    assert worker.wait(60) == -signal.SIGKILL
    assert store.run(run_id).state == "lost"

    lifecycle.resume(store, run_id)
    resumed = wait_until(lambda: (run := store.run(run_id)).state == "finished" and run, "the end")
    assert resumed.weights.read_bytes().split(b"}", 1)[1:] != []
    one, two = readers.load(whole.weights), readers.load(resumed.weights)
    assert all((one.arrays[name] == two.arrays[name]).all() for name in one.arrays)
    assert record(store, run_id) == record(store, whole.id)
    assert store.epochs(run_id) == store.epochs(whole.id)
    assert resumed.facts.test_accuracy == whole.facts.test_accuracy
    assert store.log(run_id) == store.log(whole.id)


def test_taught_run_that_is_killed_and_resumed_ends_with_equal_weights_whatever_is_drawn_meanwhile(store, processes):
    kept = Drawings(store)
    for digit in "0123456789":
        kept.keep({"strokes": samples.strokes(digit), "width": 18, "size": 280}, int(digit))
    source = finished_run(store, CONFIG.with_(epochs=0.1))
    config = CONFIG.with_(epochs=0.2, start_from=source.id, own_digits=0.2, averaging=0.9)
    whole = finished_run(store, config)  # which takes what it is given by itself
    run_id = store.add(config, None, given=lessons.files_of(lessons.take(store.folder, config)))
    worker = paused(processes, store, run_id, 7, kill=9)
    kept.remove([one.id for one in kept.all()])
    source.weights.unlink()
    lifecycle.resume(store, run_id)
    assert worker.wait(60) == -signal.SIGKILL

    lifecycle.resume(store, run_id)
    resumed = wait_until(lambda: (run := store.run(run_id)).state == "finished" and run, "the end")
    one, two = readers.load(whole.weights), readers.load(resumed.weights)
    assert all((one.arrays[name] == two.arrays[name]).all() for name in one.arrays)
    assert one.card["own_digits"] == two.card["own_digits"]
    assert whole.facts.start_accuracy == resumed.facts.start_accuracy
    assert record(store, run_id) == record(store, whole.id)


@pytest.mark.data
def test_commands_of_the_store_pause_steer_resume_and_stop_a_run(store):
    run_id = lifecycle.enqueue(store, ENDLESS)
    wait_until(lambda: store.run(run_id).facts.step > 0, "the first step")
    waiting = lifecycle.enqueue(store, CONFIG.with_(epochs=1))
    assert store.run(waiting).state == "queued"

    lifecycle.pause(store, run_id)
    wait_until(lambda: store.run(run_id).state == "paused", "the pause")
    held = store.run(run_id).facts.step
    lifecycle.set_learning_rate(store, run_id, 2e-4)
    wait_until(lambda: store.run(run_id).facts.lr_set == 2e-4, "the learning rate")
    assert store.run(run_id).facts.step == held

    lifecycle.resume(store, run_id)
    wait_until(lambda: store.run(run_id).facts.step > held, "the next step")
    curve = store.curve(run_id, points=10**6)
    assert set(curve.learning_rate[curve.step > held]) == {2e-4}
    assert set(curve.learning_rate[curve.step <= held]) == {1e-3}

    lifecycle.stop(store, run_id)
    wait_until(lambda: store.run(run_id).state == "stopped", "the stop")
    stopped = store.run(run_id)
    assert stopped.weights
    assert stopped.checkpoint
    # the worker that ends starts the next in the queue, with no page open
    wait_until(lambda: store.run(waiting).state == "finished", "the queued run")


def test_what_is_asked_while_the_worker_still_starts_is_done(store):
    run_id = lifecycle.enqueue(store, ENDLESS)
    assert store.run(run_id).facts.step == 0
    lifecycle.set_learning_rate(store, run_id, 2e-4)
    lifecycle.stop(store, run_id)
    stopped = wait_until(lambda: (run := store.run(run_id)).state == "stopped" and run, "the stop")
    assert (stopped.facts.step, stopped.facts.lr_set) == (1, 2e-4)

    lifecycle.resume(store, run_id)
    wait_until(lambda: store.run(run_id).facts.step > 1, "a step after the stop, which is over")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_polite_kill_stops_with_a_checkpoint(store, processes, number):
    run_id = store.add(ENDLESS, None)
    worker = processes.start("train", "--run", run_id)
    wait_until(lambda: store.run(run_id).facts.step > 0, "the first step")
    worker.send_signal(number)
    _, said = worker.communicate(timeout=60)
    run = store.run(run_id)
    assert (worker.returncode, run.state) == (0, "stopped"), said
    assert run.checkpoint


def test_disk_that_fills_up_fails_the_run_with_a_message_and_keeps_the_last_checkpoint(store, processes):
    run_id = store.add(CONFIG.with_(hidden=64, epochs=1), None)
    first = paused(processes, store, run_id, 3)
    lifecycle.stop(store, run_id)
    first.communicate(timeout=60)
    before = store.run(run_id).checkpoint.read_bytes()

    def starve():  # no file may grow beyond 200 KB; the checkpoint needs more
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))

    done = core("resume", run_id, preexec_fn=starve)
    assert done.returncode == 2, done.stderr
    assert "free some space" in done.stderr
    assert "Traceback" not in done.stderr
    assert store.run(run_id).checkpoint.read_bytes() == before
    assert store.run(run_id).state in ("failed", "lost")
    assert core("resume", run_id).returncode == 0
    assert store.run(run_id).state == "finished"


def test_damaged_checkpoint_is_refused_and_left_as_it_is(store):
    run_id = store.add(CONFIG.with_(epochs=0.05), None)
    assert core("train", "--run", run_id).returncode == 0
    path = store.run(run_id).checkpoint
    for content in (b"", b"no safetensors", path.read_bytes()[:1000]):
        store.set_state(run_id, "stopped")
        path.write_bytes(content)
        done = core("resume", run_id)
        assert done.returncode == 2
        assert "damaged" in done.stderr
        assert len(done.stderr.strip().splitlines()) == 1
        assert path.read_bytes() == content
        assert store.run(run_id).state == "failed"
        assert "damaged" in str(store.run(run_id).message)


@pytest.mark.data
def test_snapshots_for_replay_lie_closer_together_at_the_start(store):
    run = finished_run(store, CONFIG.with_(epochs=1))
    steps = list(run.snapshots)
    assert steps[0] == 1
    assert steps[-1] == run.facts.steps
    assert 15 <= len(steps) <= 40
    gaps = [b - a for a, b in itertools.pairwise(steps)]
    assert gaps[0] < gaps[-1]
    first = readers.load(run.snapshots[1])
    assert first.hidden == 8
    assert 0 <= first.card["train_accuracy"] <= 1


def test_json_lines_are_one_event_each_and_nothing_else_is_printed(environment):
    done = core(
        "train", "--json", "--hidden", 8, "--layers", 1, "--epochs", 1, "--batch-size", 1000, "--precision", "fp32"
    )
    assert done.returncode == 0, done.stderr
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert [events[0]["event"], events[-2]["event"], events[-1]["event"]] == ["started", "epoch", "finished"]
    assert events[1].keys() >= {
        *("event", "step", "epoch", "loss", "accuracy", "learning_rate"),
        *("gradient_norm", "images_per_second"),
    }
    assert {"epoch", "train_loss", "train_accuracy", "test_loss", "test_accuracy"} <= events[-2].keys()
    assert {"status", "seconds", "weights", "test_accuracy"} <= events[-1].keys()
    assert os.path.exists(events[-1]["weights"])
