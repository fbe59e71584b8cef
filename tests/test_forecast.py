"""How long several runs take together: against a simulation second by second, and a run counted image by image."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.digits.data import DataCard
from core.runs import forecast, sweeps
from core.runs.recorder import Recorder
from core.runs.store import Store
from core.training.config import TrainConfig
from tests.speeds import remember
from tests.test_store import STARTED, step

CARD = DataCard("full", 6000, 1000, 1.0, Path())
SWEEP = "sweep-20260101-000000-abcd"


@pytest.fixture
def store(runs_folder) -> Store:
    return Store()


@given(st.lists(st.integers(1, 9), max_size=12), st.integers(1, 4))
def test_runs_together_end_when_a_simulation_says(seconds, at_once):
    waiting, training, now = list(seconds), [], 0
    while waiting or training:
        while waiting and len(training) < at_once:
            training.append(waiting.pop(0))
        training = [left - 1 for left in training if left > 1]
        now += 1
    assert forecast.together(seconds, at_once) == now


def test_a_run_takes_its_start_its_images_and_its_tests(store):
    config = TrainConfig(epochs=2, validation_images=600, test_each_epoch=True)
    remember(store, config, speed=100.0, start=5.0)
    images = 2 * (6000 - 600)  # forward and backward
    read = 2 * (1000 + 600)  # forward alone, a third of that
    assert forecast.measured(store, [config], CARD) == pytest.approx(5 + (images + read / 3) / 100)
    once = config.with_(test_each_epoch=False)
    assert forecast.measured(store, [once], CARD) == pytest.approx(5 + (images + (1000 + 2 * 600) / 3) / 100)


def test_each_kind_of_run_is_measured_once_and_apart_for_runs_that_share_the_machine(store):
    small, large = TrainConfig(hidden=8, epochs=1), TrainConfig(hidden=16, epochs=1)
    configs = [small, small.with_(lr=0.1), large, small.with_(seed=3)]
    assert forecast.kinds(configs) == [small, large]
    for config, alone, shared in ((small, 1000, 500), (large, 500, 400)):
        remember(store, config, alone)
        remember(store, config, shared, at_once=2)
    images = 6000 + 1000 / 3
    assert forecast.measured(store, configs, CARD) == pytest.approx(images * (3 / 1000 + 1 / 500))
    assert forecast.measured(store, configs, CARD, at_once=2) == pytest.approx(images * (1 / 500 + 1 / 400))


def test_what_is_left_of_a_sweep_shrinks_as_it_trains(store):
    config = TrainConfig(epochs=1, batch_size=100)
    ids = store.add_sweep(SWEEP, [config, config.with_(lr=0.1)], None, 1)
    read, speed = 1000 / 3, step(1).images_per_second

    def left() -> float | None:
        return forecast.remaining(store, sweeps.runs_of(store, SWEEP), CARD)

    def of_first(done: int) -> float:
        return ((STARTED.steps - done) * 100 + read) / speed

    assert left() is None
    recorder = Recorder(store.claim(ids[0]), 1, STARTED.steps)
    recorder.record(STARTED)
    for done in range(1, 121):
        recorder.record(step(done))
        recorder.flush()
        if done == 30:  # of the second nothing is known: it counts as the first
            assert left() == pytest.approx(2 * of_first(30))
    assert left() == pytest.approx(of_first(120) + (6000 + read) / speed)
    recorder.close()
    store.set_state(ids[0], "finished")
    assert left() == pytest.approx((6000 + read) / speed)
    store.set_state(ids[1], "failed")
    assert left() == 0
