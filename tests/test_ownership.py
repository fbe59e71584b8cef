"""One run has one writer, and nothing of it is lost: real processes that race, sleep, die or lose their folder."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from core.digits import data
from core.errors import TrainingError
from core.runs import lifecycle, naming, queue, upkeep, worker
from core.runs.store import Store
from core.training.events import Step
from tests.test_worker import CONFIG, ENDLESS, core, paused, record
from tests.waiters import ROOT, leave_network, wait_until

OLD_STORES = [Path(__file__).parent / "data" / f"runs-version-{version}.sqlite" for version in (0, 1, 2)]


def stopped(processes, store, config, step=5):
    """A run that was stopped after this step."""
    run_id = store.add(config, None)
    first = paused(processes, store, run_id, step)
    lifecycle.stop(store, run_id)
    assert first.wait(60) == 0, first.stderr.read()
    return run_id


def steps_of(store, run_id):
    return [int(line.split(",")[0]) for line in "".join(store.metrics_csv(run_id)).splitlines()[1:]]


def assert_refused_in_one_line(process, text):
    said = process.stderr.read()
    assert process.wait(60) == 2, said
    assert text in said
    on_which_data = str(data.load().note)  # said besides, where it is not the full MNIST
    assert len([line for line in said.strip().splitlines() if line != on_which_data]) == 1, said


def test_of_two_processes_that_resume_a_run_at_once_one_is_refused(store, processes):
    run_id = stopped(processes, store, ENDLESS)
    both = [processes.start("resume", run_id) for _ in range(2)]
    refused = wait_until(lambda: next((one for one in both if one.poll() is not None), None), "the refusal")
    assert_refused_in_one_line(refused, "is running")
    wait_until(lambda: store.run(run_id).facts.step > 5, "the other to train")
    lifecycle.stop(store, run_id)
    (other,) = (one for one in both if one is not refused)
    assert other.wait(60) == 0
    assert steps_of(store, run_id) == list(range(1, store.run(run_id).facts.step + 1))


def test_run_that_trains_or_is_finished_is_trained_by_no_second_process(store, processes):
    run_id = store.add(ENDLESS, None)
    first = paused(processes, store, run_id, 3)
    assert_refused_in_one_line(processes.start("train", "--run", run_id), "is paused")
    assert (store.run(run_id).state, store.run(run_id).pid) == ("paused", first.pid)
    store.set_state(done := store.add(CONFIG, None), "finished")
    assert_refused_in_one_line(processes.start("train", "--run", done), "is finished")
    assert store.run(done).state == "finished"


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="cannot put a process to sleep here")
def test_worker_that_wakes_after_its_run_was_resumed_elsewhere_ends_and_writes_nothing(store, processes):
    run_id = store.add(ENDLESS, None)
    asleep = processes.start("train", "--json", "--run", run_id)
    wait_until(lambda: store.run(run_id).facts.step > 0, "the first step")
    asleep.send_signal(signal.SIGSTOP)
    with store.transaction() as db:
        db.execute("UPDATE runs SET reported=reported-60")
    assert store.run(run_id).state == "lost"
    second = paused(processes, store, run_id, 4)
    files = {path: path.read_bytes() for path in store.run(run_id).folder.path.rglob("*.safetensors")}
    told = record(store, run_id), store.log(run_id), store.run(run_id)
    asleep.send_signal(signal.SIGCONT)
    assert_refused_in_one_line(asleep, "taken over by another process")
    assert files == {path: path.read_bytes() for path in store.run(run_id).folder.path.rglob("*.safetensors")}
    assert told == (record(store, run_id), store.log(run_id), store.run(run_id))
    lifecycle.stop(store, run_id)
    assert second.wait(60) == 0
    assert store.run(run_id).state == "stopped"


def test_foreground_run_that_is_killed_is_lost_at_once(store, processes):
    killed = processes.start(*foreground(ENDLESS))
    run = wait_until(lambda: next(iter(store.runs()), None), "the run")
    assert (run.state, run.pid) == ("running", killed.pid)
    killed.kill()
    killed.wait()
    assert store.run(run.id).state == "lost"


def foreground(config):
    names = ("cell", "hidden", "layers", "batch_size", "epochs", "device", "precision")
    given = [word for name in names for word in (f"--{name.replace('_', '-')}", getattr(config, name))]
    return ["train", *given]


@pytest.mark.parametrize("mistake", [{"device": "mps"}, {"batch_size": 60_000}, {"epochs": 0}], ids=str)
def test_mistake_leaves_no_run(environment, runs_folder, monkeypatch, tmp_path, mistake):
    monkeypatch.setenv("MNIST_ROOT", str(tmp_path))  # no MNIST there: the subset has no 60,000 images
    leave_network(monkeypatch)
    given = {"hidden": 8, "epochs": 1, "device": "cpu", "precision": "fp32"} | mistake
    done = core("train", *(word for name, value in given.items() for word in (f"--{name.replace('_', '-')}", value)))
    assert done.returncode == 2, done.stderr
    assert not runs_folder.exists()


def removed(folder):
    shutil.rmtree(folder, ignore_errors=True)
    return not folder.exists()


@pytest.mark.parametrize("in_place", [True, False], ids=["deleted", "renamed"])
def test_runs_folder_that_goes_away_ends_the_worker_in_words_and_is_not_made_anew(store, processes, in_place):
    run_id = store.add(ENDLESS, None)
    trains = processes.start("train", "--json", "--run", run_id)
    wait_until(lambda: store.run(run_id).facts.step > 0, "the first step")
    if in_place:
        wait_until(lambda: removed(store.folder), "the folder's end, into which the worker may just be writing")
    else:
        store.folder.rename(moved := store.folder.with_name("moved"))
    assert_refused_in_one_line(trains, "is gone")
    assert not store.folder.exists()
    if not in_place:
        assert Store(moved).run(run_id).state == "lost"


def test_rows_that_are_missing_leave_a_gap_that_is_said_and_the_run_goes_on(store, processes):
    config = CONFIG.with_(batch_size=4, epochs=1)  # so many steps that there are buckets
    run_id = stopped(processes, store, config, step=40)
    with store.transaction() as db:
        db.execute("DELETE FROM steps WHERE step BETWEEN 30 AND 40")
        db.execute("DELETE FROM buckets WHERE (bucket << level) >= 16")
    done = core("resume", run_id)
    assert done.returncode == 0, done.stderr
    run = store.run(run_id)
    assert run.state == "finished"
    assert steps_of(store, run_id) == [*range(1, 30), *range(41, run.facts.steps + 1)]
    assert "11 of the first 40 steps were not recorded: the curves have a gap there." in store.log(run_id)
    curve = store.curve(run_id)
    assert curve.step[-1] == run.facts.steps
    assert 0 < curve.loss.min() <= curve.loss.max() < 3


@pytest.mark.parametrize("tests", [True, False], ids=["each epoch", "at the end"])
def test_run_that_died_as_it_finished_says_nothing_twice(store, tests):
    run_id = store.add(CONFIG.with_(epochs=1, test_each_epoch=tests), None)
    assert core("train", "--run", run_id).returncode == 0
    log, rows = store.log(run_id), record(store, run_id)
    assert len([line for line in log if line.startswith("Test")]) == 1
    store.set_state(run_id, "stopped")
    assert core("resume", run_id).returncode == 0
    assert (store.log(run_id), record(store, run_id), store.run(run_id).state) == (log, rows, "finished")


def test_temporary_files_of_a_killed_writer_go_when_the_run_is_next_trained(store):
    run_id = store.add(CONFIG.with_(epochs=1), None)
    folder = store.run(run_id).folder.path
    left = [folder / ".checkpoint.safetensors.x1", folder / "snapshots" / ".00000001.safetensors.x2"]
    for path in left:
        path.write_bytes(b"half")
    assert core("train", "--run", run_id).returncode == 0
    assert not [path for path in left if path.exists()]
    assert not list(folder.rglob(".*"))


def test_any_exception_leaves_the_run_failed_with_a_message_and_its_details_in_the_log(store):
    run_id = store.add(CONFIG, None)

    def break_down(event, lines):
        if isinstance(event, Step) and event.step == 3:
            raise ZeroDivisionError("of a kind that nobody foresaw\nwith details")

    with pytest.raises(TrainingError, match="resume the run"):
        worker.run(store, run_id, break_down)
    run = store.run(run_id)
    assert run.state == "failed"
    assert "ZeroDivisionError: of a kind that nobody foresaw)" in str(run.message)
    assert "Traceback" in run.folder.log_path.read_text()
    assert "with details" in run.folder.log_path.read_text()
    assert core("resume", run_id).returncode == 0


def test_store_of_the_version_before_is_copied_then_read_and_trained_as_before(runs_folder):
    runs_folder.mkdir()
    shutil.copy(OLD_STORES[0], runs_folder / "runs.sqlite")
    store = Store()
    queued, failed, finished = sorted(store.runs(), key=lambda run: run.created, reverse=True)
    assert (queued.state, queued.config.cell, queued.data) == ("queued", "gru", "/data")
    assert failed.state == "failed"
    assert "lower the learning rate" in str(failed.message)
    assert (finished.state, finished.facts.lr_set, finished.facts.test_accuracy) == ("finished", 1e-3, 0.9)
    assert str(finished.facts.precision_reason) == "as set"
    assert (finished.name, finished.note) == (naming.default_name(finished.config), "")
    assert len(store.curve(finished.id).step) == 8
    assert [epoch.test_accuracy for epoch in store.epochs(finished.id)] == [0.7, 0.9]
    assert store.claim(queued.id).run.state == "running"
    copy = sqlite3.connect(runs_folder / "runs.version-0.sqlite")
    assert copy.execute("SELECT count(*) FROM runs").fetchone() == (3,)
    assert copy.execute("PRAGMA user_version").fetchone() == (0,)
    copy.close()


def test_store_of_version_1_keeps_its_names_and_gives_names_to_the_others(runs_folder):
    runs_folder.mkdir()
    shutil.copy(OLD_STORES[1], runs_folder / "runs.sqlite")
    store = Store()
    queued, stopped, finished = store.runs()
    assert (stopped.name, stopped.note, stopped.archived) == ("Mine", "of mine", False)
    fast_then = "fast · epochs 1.2 · lr 0.01 · one cycle · adamw"  # told against what the preset is today
    assert (queued.name, finished.name) == (f"GRU 2 × 128 · {fast_then}", "LSTM 2 × 128 · epochs 2")
    assert len(store.curve(finished.id).step) == 8
    assert (store.marks(finished.id), queue.order(store)) == ([], [queued.id])
    upkeep.delete(store, [stopped.id])
    assert len(Store().runs()) == 2
    copy = sqlite3.connect(runs_folder / "runs.version-1.sqlite")
    assert copy.execute("SELECT count(*) FROM runs WHERE name=''").fetchone() == (2,)
    copy.close()


def test_store_of_version_2_keeps_its_sweep_which_can_be_held_from_now_on(runs_folder):
    runs_folder.mkdir()
    shutil.copy(OLD_STORES[2], runs_folder / "runs.sqlite")
    store = Store()
    second, first, finished = store.runs()
    assert (finished.archived, finished.facts.test_accuracy, len(store.curve(finished.id).step)) == (True, 0.9, 8)
    sweep = first.sweep
    assert (second.sweep, queue.order(store)) == (sweep, [first.id, second.id])
    assert (queue.at_once(store, sweep), queue.held(store)) == (1, set())
    queue.hold(store, sweep)
    assert queue.reserve_next(store) is None
    queue.hold(store, sweep, False)
    assert queue.reserve_next(store) == first.id
    copy = sqlite3.connect(runs_folder / "runs.version-2.sqlite")
    assert copy.execute("SELECT count(*) FROM runs").fetchone() == (3,)
    copy.close()


def test_store_of_a_newer_version_is_refused_and_left_as_it_is(runs_folder):
    Store()
    db = sqlite3.connect(runs_folder / "runs.sqlite")
    db.execute("PRAGMA user_version=99")
    db.close()
    done = subprocess.run([sys.executable, "-m", "core", "runs"], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, "newer version" in done.stderr) == (2, True)
    assert os.listdir(runs_folder).count("runs.sqlite") == 1
