"""What a person does with runs that are there: names, notes, deletion and its undoing, the queue; comparison."""

import json
import os

import pytest

from core.__main__ import main
from core.errors import StoreError
from core.runs import comparison, naming, queue, upkeep
from core.runs.recorder import Recorder
from core.runs.store import Store
from core.training.config import TrainConfig, preset
from core.training.events import Finished, Started, Step


@pytest.fixture
def store(runs_folder):
    return Store()


def finished(store, accuracy=0.9, steps=4, speed=1000.0, seconds=8.0, **settings) -> str:
    """A run of a few steps that has ended."""
    run_id = store.add(preset("article", **settings), None)
    recorder = Recorder(store.claim(run_id), 1, steps)
    about = {"device_reason": "why", "precision": "fp32", "precision_reason": "why", "data": "full", "note": "n"}
    recorder.record(Started(images=200, steps=steps, parameters=1, device="cpu", **about))
    for number in range(1, steps + 1):
        figures = {"loss": 1.0, "accuracy": 0.5, "learning_rate": 1e-3, "gradient_norm": 1.0}
        of_epoch = {"running_loss": 1.0, "running_accuracy": 0.5, "batch": number}
        recorder.record(Step(step=number, epoch=1, images_per_second=speed, **figures, **of_epoch))
    recorder.finish(Finished(status="finished", seconds=seconds, test_accuracy=accuracy, test_loss=0.1))
    recorder.close()
    return run_id


@pytest.mark.parametrize(
    ("config", "name"),
    [
        (TrainConfig(), "LSTM 2 × 128"),
        (TrainConfig(lr=0.01), "LSTM 2 × 128 · lr 0.01"),
        (preset("fast", cell="gru", hidden=32, seed=3), "GRU 2 × 32 · fast · seed 3"),
        (TrainConfig(optimizer="adamw", test_each_epoch=False), "LSTM 2 × 128 · adamw · test each epoch off"),
        (TrainConfig(batch_size=20, clip=1.0, schedule="one_cycle"), "LSTM 2 × 128 · batch 20 · one cycle · clip 1"),
    ],
)
def test_name_is_what_sets_the_settings_apart(config, name):
    assert naming.default_name(config) == name


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("LSTM 2 × 128 · lr 0.01 (2)", "LSTM 2 x 128, lr 0.01 (2)"),
        ("../a/b: c", "a b c"),
        ("训练", "训练"),
        ("///", "run"),
    ],
)
def test_files_are_called_by_the_name(name, file):
    assert naming.file_name(name) == file


def test_where_a_run_is_trained_is_no_part_of_its_name():
    assert naming.default_name(TrainConfig(device="cpu", precision="fp32", lr=0.01)) == "LSTM 2 × 128 · lr 0.01"


def test_no_two_runs_share_a_name_and_names_outlive_others(store):
    first, second, third = (store.add(TrainConfig(), None) for _ in range(3))
    names = [store.run(run_id).name for run_id in (first, second, third)]
    assert names == ["LSTM 2 × 128", "LSTM 2 × 128 (2)", "LSTM 2 × 128 (3)"]
    upkeep.delete(store, [first])
    assert store.run(second).name == "LSTM 2 × 128 (2)"
    assert store.run(store.add(TrainConfig(), None)).name == "LSTM 2 × 128 (4)"


def test_person_names_a_run_and_takes_the_name_back(store):
    run_id, other = store.add(TrainConfig(), None, name="  a\tfirst \n try"), store.add(TrainConfig(), None)
    assert store.run(run_id).name == "a first try"
    with pytest.raises(StoreError, match="Another run is called a first try"):
        upkeep.rename(store, other, "a first try")
    with pytest.raises(StoreError, match="shorten it to 80"):
        upkeep.rename(store, other, "x" * 81)
    assert upkeep.rename(store, run_id, "the best") == store.run(run_id).name == "the best"
    assert upkeep.rename(store, run_id, " ") == "LSTM 2 × 128 (2)"
    assert upkeep.rename(store, other, "LSTM 2 × 128") == "LSTM 2 × 128"  # its own


def test_deleted_run_is_out_of_every_list_and_comes_back_as_it_was(store):
    kept, gone = finished(store), finished(store, lr=0.01)
    before, curve = store.run(gone), store.curve(gone)
    assert upkeep.delete(store, [gone, gone]) == [gone]
    assert [run.id for run in store.runs()] == [kept]
    with pytest.raises(StoreError, match="no run"):
        store.run(gone)
    assert before.folder.path.is_dir()
    assert upkeep.purge(store) == []
    assert upkeep.restore(store, [gone, kept]) == [gone]
    assert store.run(gone) == before
    assert store.curve(gone).loss.tolist() == curve.loss.tolist()


def test_of_a_run_deleted_long_ago_nothing_is_left(store):
    kept, gone = finished(store), finished(store)
    folder = store.run(gone).folder.path
    upkeep.delete(store, [gone])
    assert upkeep.purge(store, after_seconds=0) == [gone]
    assert not folder.exists()
    assert upkeep.restore(store, [gone]) == []
    with store.transaction() as db:
        for table in ("steps", "buckets", "epochs", "log", "commands", "marks"):
            assert {run for (run,) in db.execute(f"SELECT run FROM {table}")} <= {kept}
    assert len(store.curve(kept).step) == 4


def test_run_that_trains_is_told_to_stop_and_its_files_stay_until_it_has(store):
    run_id = store.add(TrainConfig(), None)
    store.set_state(run_id, "running", pid=os.getpid())
    upkeep.delete(store, [run_id])
    assert [command.name for command in store.commands(run_id)] == ["stop"]
    assert upkeep.purge(store, after_seconds=0) == []
    assert (store.folder / run_id).is_dir()
    assert upkeep.restore(store, [run_id]) == [run_id]


def test_name_that_was_given_away_meanwhile_gets_a_number(store):
    gone, other = store.add(TrainConfig(), None, name="best"), store.add(TrainConfig(), None)
    upkeep.delete(store, [gone])
    with pytest.raises(StoreError, match="Another run"):
        upkeep.rename(store, other, "best")
    upkeep.rename(store, other, "better")
    upkeep.restore(store, [gone])
    assert {run.name for run in store.runs()} == {"best", "better"}


def test_deleted_run_is_not_started(store):
    first, second = (store.add(TrainConfig(), None) for _ in range(2))
    upkeep.delete(store, [first])
    assert queue.order(store) == [second]
    assert queue.reserve_next(store) == second


def test_queue_is_put_in_order_and_left(store):
    a, b, c = (store.add(TrainConfig(), None) for _ in range(3))
    queue.move(store, c, 1)
    assert [run.id for run in queue.waiting(store)] == [c, a, b]
    queue.move(store, c, 3)
    assert queue.order(store) == [a, b, c]
    last = store.add(TrainConfig(), None)
    assert queue.order(store) == [a, b, c, last]
    with pytest.raises(StoreError, match="choose one from 1 to 4"):
        queue.move(store, a, 5)
    queue.leave(store, b)
    assert queue.order(store) == [a, c, last]
    assert b not in {run.id for run in store.runs()}
    store.set_state(a, "finished")
    with pytest.raises(StoreError, match="does not wait"):
        queue.leave(store, a)


def test_run_that_was_trained_leaves_the_queue_as_stopped(store):
    run_id = finished(store)
    store.set_state(run_id, "queued")
    queue.leave(store, run_id)
    assert store.run(run_id).state == "stopped"


def test_marks_say_what_happened_and_where(store):
    run_id = finished(store)
    store.set_state(run_id, "running", pid=os.getpid())
    with store.transaction() as db:
        db.execute("UPDATE runs SET reported=reported-60")
    assert store.run(run_id).state == "lost"
    recorder = Recorder(store.claim(run_id), 1, 4)
    recorder.rewind(2)
    recorder.mark("resumed")
    recorder.mark("learning_rate", 0.5)
    recorder.flush()
    assert [(mark.name, mark.step, mark.value) for mark in store.marks(run_id)] == [
        ("killed", 4, None),
        ("resumed", 2, None),
        ("learning_rate", 2, 0.5),
    ]
    recorder.rewind(1)
    recorder.close()
    assert [mark.name for mark in store.marks(run_id)] == ["killed"]


def test_comparison_says_settings_that_differ_and_spread_over_seeds(store):
    runs = [
        store.run(finished(store, accuracy=0.8, seed=1)),
        store.run(finished(store, accuracy=0.9, seed=2)),
        store.run(finished(store, accuracy=0.7, lr=0.01)),
    ]
    found = comparison.compare(runs)
    assert found.settings == {"lr": [1e-3, 1e-3, 0.01], "seed": [1, 2, 0]}
    assert found.differences["test_accuracy"] == [0.0, pytest.approx(0.1), pytest.approx(-0.1)]
    (group,) = found.seeds
    assert group.runs == [runs[0].id, runs[1].id]
    assert group.figures["test_accuracy"] == (pytest.approx(0.85), pytest.approx(0.0707107), 2)


def test_epochs_and_seconds_of_a_curve(store):
    ended = store.run(finished(store, batch_size=100, seconds=8.0))
    curve = store.curve(ended.id)
    assert comparison.epochs_at(curve, ended).tolist() == [0.5, 1.0, 1.5, 2.0]
    assert comparison.seconds_at(store, curve, ended).tolist() == pytest.approx([2, 4, 6, 8])


def command(capsys, *arguments):
    status = main(["runs", *arguments])
    out, err = capsys.readouterr()
    return status, out, err


def test_command_line_keeps_runs_in_order(store, capsys):
    first, second = finished(store), finished(store, lr=0.01)
    assert command(capsys, "rename", first, "mine")[:2] == (0, "mine\n")
    assert command(capsys, "note", "mine", "a note")[0] == 0
    cards = [json.loads(line) for line in command(capsys, "--json")[1].splitlines()]
    assert [(card["name"], card["note"]) for card in cards][1] == ("mine", "a note")
    assert cards[0]["config"]["lr"] == 0.01
    assert command(capsys, "metrics", "mine")[1] == "".join(store.metrics_csv(first))
    said = json.loads(command(capsys, "compare", "mine", second, "--json")[1])
    assert said["settings"] == {"lr": [1e-3, 0.01]}
    assert "lr" in command(capsys, "compare", "mine", second)[1]
    assert command(capsys, "delete", "mine")[0] == 0
    assert command(capsys, "restore", "mine")[1] == f"{first}\n"
    assert command(capsys, "archive", "mine")[0] == 0
    assert first not in command(capsys)[1]
    assert first in command(capsys, "--all")[1]
    waiting = store.add(TrainConfig(), None, name="waits")
    assert waiting in command(capsys, "queue")[1]
    assert command(capsys, "queue", "remove", "waits")[:2] == (0, "")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["compare", "one"], "name two or more"),
        (["delete", "none"], "There is no run 'none'"),
        (["restore", "one"], "no deleted run"),
        (["queue", "move", "one"], "queue move ID PLACE"),
        (["queue", "move", "one", "1"], "does not wait"),
        (["rename", "one", "x" * 99], "shorten it"),
    ],
)
def test_mistakes_at_the_command_line_are_named(store, capsys, arguments, said):
    upkeep.rename(store, finished(store), "one")
    status, out, err = command(capsys, *arguments)
    assert (status, out) == (2, "")
    assert said in err
    assert len(err.splitlines()) == 1
