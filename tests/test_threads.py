"""Parts of a batch, each in a thread of its own: the same is learned and read, and cores are divided."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from core.training import threads
from core.training.config import TrainConfig
from core.training.evaluation import evaluate
from core.training.learner import Learner

CONFIG = TrainConfig(hidden=16, layers=1, batch_size=101, device="cpu", precision="fp32", augmentation="full", clip=0.1)


@pytest.fixture(autouse=True)
def settled(monkeypatch):
    """The cores as they were, after a test that changes them."""
    before, threads_before = threads._cores, torch.get_num_threads()
    yield
    threads._cores = before
    torch.set_num_threads(threads_before)


@pytest.mark.parametrize("optimizer", ["adam", "muon"])
@pytest.mark.parametrize("cores", [2, 4])
def test_batch_in_parts_teaches_what_the_whole_batch_teaches(cores, optimizer):
    random = torch.Generator().manual_seed(0)
    images = torch.randint(256, (101, 28, 28), dtype=torch.uint8, generator=random)
    labels = torch.randint(10, (101,), generator=random)
    learned = []
    for count in (1, cores):
        threads.configure(count)
        learner = Learner(CONFIG.with_(optimizer=optimizer, pen_digits=0.25, label_smoothing=0.1), "cpu", "fp32")
        figures = torch.stack([learner.step(images, labels, 1e-3) for _ in range(3)])
        learned.append((figures, learner.weights))
    torch.testing.assert_close(learned[0], learned[1], rtol=1e-4, atol=1e-5)


def test_images_read_in_parts_are_counted_once():
    images, labels = torch.randint(256, (103, 28, 28), dtype=torch.uint8), torch.arange(103) % 10
    network = Learner(CONFIG, "cpu", "fp32").best_network
    found = []
    for count in (1, 3):
        threads.configure(count)
        found.append(evaluate(network, images, labels))
    assert found[0].loss == pytest.approx(found[1].loss)
    assert (found[0].confusion == found[1].confusion).all()


@given(st.integers(0, 10_000), st.integers(1, 64))
def test_parts_are_disjoint_complete_and_not_too_small(count, cores):
    threads._cores = cores
    parts = threads.parts_of(count)
    assert [index for part in parts for index in range(part.start, part.stop)] == list(range(count))
    assert 1 <= len(parts) <= cores
    assert len(parts) == 1 or min(part.stop - part.start for part in parts) >= 25


@pytest.mark.parametrize(("cores", "parts", "share"), [(2, 2, 1), (6, 2, 3), (2, 1, 2), (1, 1, 1)])
def test_each_part_has_its_share_of_the_cores_for_its_operations(cores, parts, share):
    threads.configure(cores)
    x = torch.ones(300_000)  # large enough to be computed by several threads

    def asked(_):
        x.sum()
        return torch.get_num_threads()

    assert threads.each(asked, range(parts)) == [share] * parts
    assert torch.get_num_threads() == 1


def test_mistake_in_a_part_is_raised():
    threads.configure(2)
    with pytest.raises(ZeroDivisionError):
        threads.each(lambda part: 1 // part, [1, 0])
