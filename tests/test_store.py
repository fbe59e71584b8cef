import json
import os
import sqlite3
from dataclasses import replace

import numpy as np
import pytest

from core.errors import ConfigError, StoreError
from core.messages import Message
from core.runs import estimate, lifecycle
from core.runs.recorder import Recorder
from core.runs.store import Store
from core.training.events import Epoch, Started, Step


@pytest.fixture
def store(runs_folder):
    return Store()


def step(number, loss=0.5, accuracy=0.8):
    return Step(
        step=number,
        epoch=1 + (number - 1) // 100,
        loss=loss,
        accuracy=accuracy,
        learning_rate=1e-3,
        gradient_norm=2.0,
        images_per_second=900.0,
        running_loss=loss,
        running_accuracy=accuracy,
        batch=(number - 1) % 100 + 1,
    )


STARTED = Started(
    images=5000,
    steps=3000,
    parameters=10,
    device="cpu",
    device_reason="why",
    precision="fp32",
    precision_reason=Message("because"),
    data="full",
    note="note",
)


def recorder_of(store, run_id, epochs=1, steps=100):
    return Recorder(store.claim(run_id), epochs, steps)


def recorded(store, config, steps, rewind=None):
    run_id = store.add(config, None)
    recorder = recorder_of(store, run_id, epochs=3, steps=3000)
    recorder.record(STARTED)
    for number in range(1, steps + 1):
        recorder.record(step(number, loss=1 / number))
    recorder.flush()
    recorder.close()
    store.set_state(run_id, "running")  # of nobody
    if rewind is not None:
        recorder = recorder_of(store, run_id, epochs=3, steps=3000)
        recorder.rewind(rewind)
        for number in range(rewind + 1, steps + 1):
            recorder.record(step(number, loss=1 / number))
        recorder.flush()
        recorder.close()
    return run_id


def test_what_is_recorded_is_what_is_read(store, tiny_config):
    run_id = recorded(store, tiny_config, 50)
    run = store.run(run_id)
    assert (run.config, run.facts.step, run.facts.steps, run.facts.images, run.facts.device) == (
        tiny_config,
        50,
        3000,
        5000,
        "cpu",
    )
    curve = store.curve(run_id)
    assert curve.width == 1
    assert curve.step.tolist() == list(range(1, 51))
    assert curve.loss_min.tolist() == [1 / n for n in range(1, 51)]
    assert run.facts.loss == pytest.approx(curve.loss[-1])
    csv = "".join(store.metrics_csv(run_id)).splitlines()
    assert len(csv) == 51
    assert csv[-1].startswith("50,1,0.02,")


def test_long_run_is_read_in_at_most_700_points_and_loses_no_spike(store, tiny_config):
    run_id = store.add(tiny_config, None)
    recorder = recorder_of(store, run_id, steps=3000)
    for number in range(1, 3001):
        recorder.record(step(number, loss=9.0 if number == 1777 else 0.1))
    recorder.flush()
    recorder.close()
    curve = store.curve(run_id)
    assert len(curve.step) <= 700
    assert curve.step[-1] == 3000
    assert curve.loss_max.max() == 9.0


@pytest.mark.parametrize("rewind", [0, 1, 511, 512, 1400, 1999])
def test_rewound_and_repeated_run_leaves_the_very_same_record(store, tiny_config, rewind):
    whole, again = recorded(store, tiny_config, 2000), recorded(store, tiny_config, 2000, rewind)
    for points in (100, 700, 2000):
        one, two = store.curve(whole, points), store.curve(again, points)
        for name in vars(one):
            assert np.array_equal(getattr(one, name), getattr(two, name)), name


def test_epochs_and_log_keep_what_was_not_measured_as_none(store, tiny_config):
    run_id = store.add(tiny_config, None)
    recorder = recorder_of(store, run_id)
    recorder.record(step(1))
    measured = Epoch(epoch=1, step=1, train_loss=0.5, train_accuracy=0.8, test_loss=0.2, test_accuracy=0.9)
    recorder.record(measured)
    recorder.record(replace(measured, epoch=2, unanswered="38"))
    recorder.close()
    epoch, later = store.epochs(run_id)
    assert (epoch.validation_accuracy, epoch.test_accuracy, epoch.unanswered) == (None, 0.9, None)
    assert later.unanswered == "38"
    assert store.log(run_id)[-1] == "Test Loss: 0.200000, Acc: 0.900000"
    assert store.run(run_id).facts.best_accuracy == 0.9


def test_run_whose_process_is_gone_or_silent_is_lost(store, tiny_config):
    run_id = store.add(tiny_config, None)
    store.set_state(run_id, "running", pid=os.getpid())
    assert store.run(run_id).state == "running"
    with store.transaction() as db:
        db.execute("UPDATE runs SET reported=reported-60")
    assert store.run(run_id).state == "lost"
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    store.set_state(run_id, "running", pid=child)
    assert store.run(run_id).state == "lost"


def test_killed_child_that_nobody_has_asked_after_is_lost_too(store, tiny_config):
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)  # dead, and left a zombie
    run_id = store.add(tiny_config, None)
    store.set_state(run_id, "running", pid=child)
    assert store.run(run_id).state == "lost"
    os.waitpid(child, 0)


def test_actions_that_a_state_does_not_allow_are_refused_with_those_it_does(store, tiny_config):
    run_id = store.add(tiny_config, None)
    store.set_state(run_id, "finished")
    for action in (lifecycle.pause, lifecycle.resume, lifecycle.stop):
        with pytest.raises(StoreError, match="only restart"):
            action(store, run_id)
    with pytest.raises(ConfigError, match="lr is 0"):
        lifecycle.set_learning_rate(store, run_id, 0)


def test_time_is_estimated_from_the_last_run_of_the_kind_else_from_steps_that_were_timed(store, tiny_config):
    reasons = {"device": "cpu", "device_reason": "why", "precision": "fp32", "precision_reason": "timed"}
    timed = {estimate.kind_of(tiny_config): {"images_per_second": 10.0, "devices": 4} | reasons}
    (store.folder / "speed.json").write_text(json.dumps(timed))
    recorded(store, tiny_config.with_(hidden=9), 200)
    recorded(store, tiny_config, 99)
    before = estimate.estimate(store, tiny_config, 3000)
    assert (before.seconds, str(before.precision_reason)) == (3 * 3000 / 10, "timed")
    recorded(store, tiny_config.with_(lr=0.1), 200)  # a setting that costs no time
    after = estimate.estimate(store, tiny_config, 3000)
    assert (after.seconds, str(after.precision_reason), after.devices) == (3 * 3000 / 900, "because", 4)


def test_queued_run_that_is_stopped_leaves_the_queue(store, tiny_config):
    store.set_state(store.add(tiny_config, None), "running", pid=os.getpid())  # somebody trains
    run_id = lifecycle.enqueue(store, tiny_config)
    assert store.run(run_id).state == "queued"
    lifecycle.stop(store, run_id)
    assert store.run(run_id).state == "stopped"
    assert lifecycle.refresh(store) is None


@pytest.mark.parametrize("run_id", ["../../etc/passwd", "", "20260101-000000-abcdef'; DROP TABLE runs; --"])
def test_id_from_outside_that_is_no_run_is_refused(store, run_id):
    with pytest.raises(StoreError, match="no run"):
        store.run(run_id)


def test_folder_that_cannot_be_used_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="choose another"):
        Store(tmp_path / "file")


def test_database_that_is_none_is_refused_and_left_as_it_was(tmp_path):
    content = b"this is no database " * 100
    (tmp_path / "runs.sqlite").write_bytes(content)
    with pytest.raises(StoreError, match="--repair"):
        Store(tmp_path)
    assert (tmp_path / "runs.sqlite").read_bytes() == content


def test_every_reader_sees_whole_transactions_while_a_run_is_written(store, tiny_config):
    run_id = store.add(tiny_config, None)
    recorder = recorder_of(store, run_id)
    other = sqlite3.connect(store.folder / "runs.sqlite")
    other.execute("BEGIN")
    assert other.execute("SELECT count(*) FROM steps").fetchone() == (0,)
    recorder.record(step(1))
    recorder.flush()
    assert other.execute("SELECT count(*) FROM steps").fetchone() == (0,)
    other.rollback()
    assert other.execute("SELECT count(*) FROM steps").fetchone() == (1,)
    other.close()
    recorder.close()
