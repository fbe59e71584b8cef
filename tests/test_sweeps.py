"""A sweep: what it would train, that a failed or killed run does not end it, and what came of it."""

import json
import os
import signal

import pytest

from core.__main__ import main
from core.errors import ConfigError, StoreError
from core.runs import lifecycle, sweeps
from core.training.config import preset
from tests.test_upkeep import finished
from tests.waiters import wait_until

TINY = {"hidden": 8, "layers": 1, "batch_size": 1000, "epochs": 0.1, "device": "cpu", "precision": "fp32"}
SWEEP = "sweep-20260101-000000-abcd"


def test_plan_has_every_combination_with_every_seed():
    planned = sweeps.plan("fast", ["lr=1e-3,3e-3,1e-2", "hidden=32,128"], seeds=3)
    assert planned.settings == {"lr": [1e-3, 3e-3, 1e-2], "hidden": [32, 128]}
    assert len(set(planned.configs)) == 18
    assert planned.configs[:4] == [
        *(preset("fast", lr=1e-3, hidden=32, seed=seed) for seed in range(3)),
        preset("fast", lr=1e-3, hidden=128, seed=0),
    ]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("lr=1e-4..1e-2:3", [1e-4, 1e-3, 1e-2]),
        ("hidden=32..128:3", [32, 64, 128]),
        ("clip=0..2:3", [0.0, 1.0, 2.0]),
        ("cell=lstm, gru", ["lstm", "gru"]),
        ("test-each-epoch=on,off", [True, False]),
        ("lr=0.1,0.1", [0.1]),
    ],
)
def test_values_are_listed_or_spaced(text, values):
    ((_, found),) = sweeps.plan("article", [text]).settings.items()
    assert found == pytest.approx(values) if isinstance(values[0], float) else found == values


@pytest.mark.parametrize(
    ("wanted", "seeds", "said"),
    [
        ([], 1, "needs a setting to vary"),
        (["lr"], 1, "write lr=1e-3,1e-2"),
        (["speed=1"], 1, "is no setting with values"),
        (["lr=fast"], 1, "lr is 'fast': write numbers such as"),
        (["lr=0"], 1, "choose a value from 1e-06 to 1"),
        (["cell=cnn"], 1, "choose one of"),
        (["cell=lstm..gru:3"], 1, "no range of 3 values"),
        (["lr=0.1", "lr=0.2"], 1, "each named once"),
        (["lr=0.1,0.2", "hidden=8,9", "layers=1,2", "clip=0,1"], 1, "up to 3 settings"),
        (["lr=1e-4..1e-2:200"], 2, "up to 200 runs"),
        (["lr=0.1"], 0, "choose from 1 to 20"),
        (["seed=1,2"], 2, "list them"),
    ],
)
def test_what_cannot_be_swept_is_refused_with_what_can(wanted, seeds, said):
    with pytest.raises(ConfigError, match=said):
        sweeps.plan("article", wanted, seeds)


def test_so_many_train_at_once_as_there_are_cores():
    most = sweeps.most_at_once()
    assert sweeps.plan("article", ["lr=0.1"], at_once=most).at_once == most
    for value in (0, most + 1):
        with pytest.raises(ConfigError, match=f"at-once is {value}: choose from 1 to {most}"):
            sweeps.plan("article", ["lr=0.1"], at_once=value)


def test_interrupted_and_failed_runs_do_not_end_a_sweep(store):
    """Real workers: one is killed, one cannot start, the rest go on; a stopped sweep is taken up again."""
    planned = sweeps.plan("article", ["lr=1e-3,1e-2"], seeds=2, **TINY | {"epochs": 1000})
    sweep = sweeps.begin(store, planned)
    first, second, third, fourth = (run.id for run in sweeps.runs_of(store, sweep))
    running = wait_until(lambda: (run := store.run(first)).facts.step and run, "the first to train")
    assert {store.run(run_id).state for run_id in (second, third, fourth)} == {"queued"}
    sweeps.stop(store, sweep)
    wait_until(lambda: store.run(first).state == "stopped", "the first to stop")
    assert {run.state for run in sweeps.runs_of(store, sweep)} == {"stopped"}
    store.set_state(fourth, "failed")

    sweeps.take_up(store, sweep)
    running = wait_until(lambda: (run := store.run(first)).facts.step > running.facts.step and run, "it to go on")
    os.kill(running.pid, signal.SIGKILL)
    ends = sweeps.followed(store, sweep)
    assert {next(ends).id, next(ends).id} == {first, fourth}
    assert store.run(first).state == "lost"
    wait_until(lambda: lifecycle.refresh(store) or store.run(second).facts.step, "the second to train")
    sweeps.stop(store, sweep)
    assert len(list(ends)) == 2


def test_two_runs_of_a_sweep_train_at_once_and_are_paused_and_taken_up_together(store):
    """Real workers. While the sweep is held nothing of it starts, whoever asks; what was killed goes on, too."""
    sweep, configs = SWEEP, sweeps.plan("article", ["lr=1e-3 .. 1e-2 x 4"], **TINY | {"epochs": 1000}).configs
    first, second, third, fourth = store.add_sweep(sweep, configs, None, 2)

    def states() -> list[str]:
        return [store.run(run_id).state for run_id in (first, second, third, fourth)]

    lifecycle.refresh(store)
    assert states() == ["running", "running", "queued", "queued"]
    both = wait_until(lambda: all(store.run(one).facts.step for one in (first, second)) and states(), "both to train")
    assert both == ["running", "running", "queued", "queued"]
    sweeps.pause(store, sweep)
    wait_until(lambda: states() == ["paused", "paused", "queued", "queued"], "both to pause")
    os.kill(store.run(first).pid, signal.SIGKILL)
    wait_until(lambda: store.run(first).state == "lost", "its death to be seen")
    assert lifecycle.refresh(store) is None
    steps = store.run(second).facts.step
    sweeps.take_up(store, sweep)
    wait_until(lambda: store.run(second).facts.step > steps, "the second to go on")
    assert states()[2:] == ["running", "queued"]  # the third has the place of the one that was killed
    assert store.run(first).state == "queued"
    sweeps.stop(store, sweep)
    wait_until(lambda: states() == ["stopped"] * 4, "all to stop")


def test_runs_are_ranked_and_told_with_the_spread_of_seeds(store, capsys):
    made = ((0.8, 0.1, 0), (0.9, 0.1, 1), (0.7, 0.2, 0))
    first, second, third = (finished(store, accuracy, lr=lr, seed=seed) for accuracy, lr, seed in made)
    with store.transaction() as db:
        db.execute("UPDATE runs SET sweep=?", (SWEEP,))
    assert main(["sweep", "--show", SWEEP, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [run["run"] for run in told["runs"]] == [second, first, third]
    assert told["seeds"][0]["figures"]["test_accuracy"]["mean"] == pytest.approx(0.85)
    assert main(["sweep", "--show", SWEEP]) == 0
    assert "85.00% ± 7.07 over 2 seeds" in capsys.readouterr().out
    with pytest.raises(StoreError, match="no sweep"):
        sweeps.runs_of(store, "")


def test_mistakes_of_the_command_store_nothing(runs_folder, capsys):
    for arguments in (["--set", "lr=2"], [], ["--resume", "sweep-x", "--set", "lr=1"]):
        assert main(["sweep", *arguments]) == 2
        out, err = capsys.readouterr()
        assert (out, len(err.splitlines())) == ("", 1)
    assert not runs_folder.exists()
