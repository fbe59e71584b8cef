"""The hardest images: which they are, and when a run sees them alone."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from core.digits import data
from core.digits.data import Split
from core.digits.hardness import hardest, margins
from core.reading import readers
from core.reading.tracing import read
from core.training.config import TrainConfig
from core.training.order import Order
from core.training.trainer import Trainer

RANDOM = np.random.default_rng(0)
SPLIT = Split(RANDOM.integers(0, 256, (90, 28, 28), dtype=np.uint8), np.arange(90) % 10)


def order(steps, batch_size=20, fraction=0.3, seed=0):
    config = TrainConfig(hardest=fraction, batch_size=batch_size, seed=seed)
    return Order(config, SPLIT, math.ceil(90 / batch_size), steps)


def test_images_that_the_small_classifier_finds_hard_are_hard_for_the_lstm_too():
    split = data.load().train
    images, labels = split.images[:6000], split.labels[:6000]
    ranked = hardest(margins(images, labels), labels, 1.0)
    assert sorted(ranked) == list(range(6000))
    loss = -np.log(read(readers.load(), images / 255)[np.arange(6000), labels])
    assert loss[ranked[:600]].mean() > 5 * loss[ranked[3000:]].mean()


def test_no_digit_is_left_out():
    labels = np.array([0] * 80 + list(range(10)))
    chosen = hardest(margins(SPLIT.images, labels), labels, 0.1)
    assert np.bincount(labels[chosen]).tolist() == [8] + [1] * 9


def test_margin_tells_whether_the_classifier_is_right_and_most_it_reads():
    split = data.load().train
    found = margins(split.images[:6000], split.labels[:6000])
    assert 0.01 < (found < 0).mean() < 0.12


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 40), st.integers(1, 90), st.sampled_from([0.01, 0.3, 0.5, 1.0]), st.integers(0, 5))
def test_any_image_is_seen_at_first_then_the_hardest_alone_and_all_alike(steps, batch_size, fraction, seed):
    asked = order(steps, batch_size, fraction, seed)
    batches, turn = math.ceil(90 / batch_size), math.ceil(0.3 * steps)
    wanted = set(hardest(SPLIT.margins, SPLIT.labels, fraction).tolist())
    assert len(wanted) == 10 * max(1, round(fraction * 9))
    for epoch in range(math.ceil(steps / batches)):
        seen = asked.epoch(epoch)
        assert len(seen) == 90
        first = min(90, max(0, (turn - epoch * batches) * batch_size))
        assert len(set(seen[:first].tolist())) == first
        counts = np.bincount(seen[first:].numpy(), minlength=90)
        assert set(np.flatnonzero(counts).tolist()) <= wanted
        if first < 90:
            assert counts[sorted(wanted)].max() - counts[sorted(wanted)].min() <= 1
        asked.end_epoch()


def test_order_of_an_epoch_is_repeated_from_its_state():
    one, two = order(20), order(20)
    one.epoch(0)
    one.end_epoch()
    two.at_epoch = one.at_epoch
    assert torch.equal(one.epoch(1), two.epoch(1))


def test_run_without_it_sees_every_image_once_an_epoch_as_before():
    torch.manual_seed(0)
    expected = torch.randperm(90, generator=torch.Generator().manual_seed(3))
    assert torch.equal(order(20, fraction=0.0, seed=3).epoch(0), expected)


def test_trainer_trains_on_what_the_order_says(tiny_config, tiny_mnist, monkeypatch):
    config = tiny_config.with_(hardest=0.25, optimizer="muon", schedule="flat_then_fall", lr=0.02)
    trainer, seen = Trainer(config, tiny_mnist), []
    step = trainer.learner.step

    def watched(images, labels, learning_rate):
        seen.append(images)
        return step(images, labels, learning_rate)

    monkeypatch.setattr(trainer.learner, "step", watched)
    list(trainer.events())
    assert trainer.order.hardest is not None
    wanted = {tiny_mnist.train.images[index].tobytes() for index in trainer.order.hardest}
    turn = math.ceil(0.3 * len(seen))
    late = {image.numpy().tobytes() for images in seen[turn:] for image in images}
    early = {image.numpy().tobytes() for images in seen[:turn] for image in images}
    assert late <= wanted
    assert not early <= wanted


@pytest.mark.parametrize("value", [-0.1, 1.1, float("nan")])
def test_fraction_out_of_range_is_refused(value):
    with pytest.raises(Exception, match="hardest is"):
        TrainConfig(hardest=value)
