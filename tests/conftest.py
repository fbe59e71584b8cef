"""Fixtures for every test: a tiny data set, a tiny config, a runs folder of its own."""

import os
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # tests run beside others: threads that wait are to sleep at once

import hypothesis
import numpy as np
import pytest

from core.digits import data
from core.digits.data import Mnist, Split
from core.runs.store import Store
from core.training.config import TrainConfig
from tests.waiters import Processes, end_trainings, leave_network, processes_of_a_test

hypothesis.settings.register_profile("tests", deadline=None, derandomize=True)  # no time is asserted, seeds are fixed
hypothesis.settings.load_profile("tests")


def digits(images: int, seed: int) -> Split:
    """Ten classes that a tiny network tells apart at once: a bright band at the class's own height."""
    random = np.random.default_rng(seed)
    labels = np.arange(images) % 10
    pixels = random.integers(0, 60, (images, 28, 28))
    for row, label in enumerate(labels):
        pixels[row, 2 + 2 * label : 6 + 2 * label, 6:22] += 180
    return Split(pixels.astype(np.uint8), labels.astype(np.int64))


@pytest.fixture
def tiny_mnist() -> Mnist:
    """200 images to train, 50 to test."""
    return Mnist(digits(200, 1), digits(50, 2), "subset", "tiny")


@pytest.fixture
def tiny_config() -> TrainConfig:
    """A network of one layer of eight; fp32 on the CPU, so that runs can be compared bit for bit."""
    return TrainConfig(hidden=8, layers=1, batch_size=20, epochs=3, device="cpu", precision="fp32")


@pytest.fixture
def runs_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "runs"
    monkeypatch.setenv("RUNS_ROOT", str(folder))
    return folder


@pytest.fixture
def environment(runs_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A runs folder for this process and its workers, and no waiting for a network that is not there."""
    if data.describe().source == "subset":
        leave_network(monkeypatch)
    else:
        monkeypatch.setenv("MNIST_ROOT", str(data.root_of().absolute()))


@pytest.fixture
def store(environment) -> Iterator[Store]:
    """A store of its own; nothing trains after the test."""
    made = Store()
    yield made
    end_trainings(made)


@pytest.fixture
def processes() -> Iterator[Processes]:
    """Starts programs that are ended with the test, also with one that fails."""
    with processes_of_a_test() as started:
        yield started
