"""The queue: its order, which run may start beside others, and that no more start than may train, whoever asks."""

import os
import random
from concurrent.futures import ThreadPoolExecutor

import pytest

from core.runs import preparation, queue, sweeps, upkeep
from core.runs.store import Store
from core.training import threads
from core.training.config import TrainConfig, preset
from core.training.distributed import ALONE
from core.training.process import configure_process, physical_cores

SWEEP, OTHER = "sweep-20260101-000000-abcd", "sweep-20260101-000000-bcde"


@pytest.fixture
def store(runs_folder) -> Store:
    return Store()


def sweep_of(store, runs, at_once=1, sweep=SWEEP) -> list[str]:
    return store.add_sweep(sweep, [preset("fast", seed=seed) for seed in range(runs)], None, at_once)


def started(store) -> list[str]:
    """What may start now, each as if a worker had taken it."""
    found = []
    while run_id := queue.reserve_next(store):
        store.set_state(run_id, "running", pid=os.getpid())
        found.append(run_id)
    return found


def test_one_run_trains_at_a_time_and_the_next_when_it_has_ended(store):
    first, second = (store.add(TrainConfig(), None) for _ in range(2))
    assert started(store) == [first]
    store.set_state(first, "paused", pid=os.getpid())
    assert started(store) == []
    store.set_state(first, "finished")
    assert started(store) == [second]


def test_of_a_sweep_so_many_train_as_it_says_and_nothing_else_beside_them(store):
    before = store.add(TrainConfig(), None)
    runs = sweep_of(store, 4, at_once=3)
    after = store.add(TrainConfig(), None)
    assert started(store) == [before]
    store.set_state(before, "finished")
    assert started(store) == runs[:3]
    store.set_state(runs[1], "failed")
    assert started(store) == runs[3:]
    for run_id in (runs[0], runs[2]):
        store.set_state(run_id, "finished")
    assert started(store) == []  # the sweep's last run still trains
    store.set_state(runs[3], "finished")
    assert started(store) == [after]


def test_two_sweeps_do_not_train_beside_one_another(store):
    first, second = sweep_of(store, 1, at_once=2), sweep_of(store, 1, at_once=2, sweep=OTHER)
    assert started(store) == first
    store.set_state(first[0], "finished")
    assert started(store) == second


def test_what_is_held_waits_and_lets_others_pass(store):
    runs = sweep_of(store, 2)
    other = store.add(TrainConfig(), None)
    queue.hold(store, SWEEP)
    assert (queue.held(store), started(store)) == ({SWEEP}, [other])
    store.set_state(other, "finished")
    queue.hold(store, SWEEP, False)
    assert started(store) == runs[:1]


@pytest.mark.parametrize("at_once", [1, 2, 5])
def test_many_who_ask_at_once_start_no_more_than_may_train(store, at_once):
    """Eight dashboards on one folder, each with connections of its own, ask until the queue gives nothing."""
    runs = sweep_of(store, 12, at_once)

    def ask(_: int) -> list[str]:
        own, found = Store(store.folder), []
        for _ in range(4):
            found += filter(None, [queue.reserve_next(own)])
        return found

    with ThreadPoolExecutor(8) as pool:
        reserved = [run_id for found in pool.map(ask, range(8)) for run_id in found]
    assert sorted(reserved) == sorted(runs[:at_once])


def test_moving_keeps_all_others_in_order(store):
    """Against a plain list: whatever is moved, the queue is that list."""
    ids = [store.add(TrainConfig(seed=seed), None) for seed in range(6)]
    chance, wanted = random.Random(7), list(ids)
    for _ in range(40):
        run_id, by = chance.choice(ids), chance.choice([-9, -2, -1, 1, 2, 9])
        queue.shift(store, run_id, by)
        place = wanted.index(run_id)
        wanted.remove(run_id)
        wanted.insert(max(0, place + by), run_id)
        assert queue.order(store) == wanted
    assert [run.id for run in queue.waiting(store)] == wanted
    late = store.add(TrainConfig(), None)
    assert queue.order(store) == [*wanted, late]


def test_moving_what_has_begun_or_is_gone_changes_nothing(store):
    first, second, gone = (store.add(TrainConfig(), None) for _ in range(3))
    upkeep.delete(store, [gone])
    assert started(store) == [first]
    for run_id in (first, gone, "none"):
        queue.shift(store, run_id, 1)
    assert queue.order(store) == [second]


def test_all_runs_of_a_sweep_are_added_or_none(store, runs_folder, monkeypatch):
    sweep_of(store, 2)
    made = []

    def full(run_id: str, *given):
        made.append(run_id)
        if len(made) == 3:
            raise OSError(28, "No space left on device")
        return folder(run_id, *given)

    folder = store._make_folder
    monkeypatch.setattr(store, "_make_folder", full)
    with pytest.raises(OSError, match="No space"):
        sweep_of(store, 5, sweep=OTHER)
    assert {run.sweep for run in store.runs()} == {SWEEP}
    assert len(store.runs()) == 2


def test_runs_that_share_the_machine_divide_its_cores(environment, tiny_config):
    try:
        preparation.prepared(tiny_config, os.environ.get("MNIST_ROOT"), ALONE, at_once=2)
        assert threads.cores() == max(1, physical_cores() // 2)
    finally:
        configure_process()


def test_standing_counts_each_run_once_and_knows_what_is_to_happen(store):
    runs = sweep_of(store, 3, at_once=2)
    store.add(TrainConfig(), None)
    store.set_state(runs[0], "failed")
    (sweep,) = sweeps.standing(store, store.runs())
    assert ([run.id for run in sweep.runs], sweep.counts) == (runs, {"queued": 2, "failed": 1})
    assert (sweep.live, sweep.held, sweep.at_once, sweep.best) == (True, False, 2, None)
    for run_id in runs[1:]:
        store.set_state(run_id, "stopped")
    queue.hold(store, SWEEP)
    (sweep,) = sweeps.standing(store, store.runs())
    assert (sweep.live, sweep.held) == (False, True)
