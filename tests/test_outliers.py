"""What is no digit: composed for training, learned as a doubt, and counted as right where it is doubted."""

import numpy as np
import pytest
import torch
from scipy.special import log_softmax

from core.digits import ood
from core.digits.drawing import from_strokes
from core.training import learner, outliers
from core.training.redrawing import NO_DIGIT


def test_outliers_are_of_all_kinds_and_differ():
    composed = outliers.compose(80, np.random.default_rng(0))
    assert len({np.concatenate(strokes).tobytes() for strokes in composed}) == 80
    for strokes in composed:
        points = np.concatenate(strokes)
        assert np.isfinite(points).all()
        assert 0.2 < np.ptp(points, axis=0).max() < 2
        assert all(stroke.shape[1:] == (2,) for stroke in strokes)


@pytest.mark.parametrize("sign", outliers._SIGNS)
def test_sign_is_drawn_through_its_corners(sign):
    for corners in outliers._corners(sign):
        assert corners.shape[1] == 2
        assert len(corners) >= 2
        assert corners.min() >= 0
        assert corners.max() <= 1


def test_most_lie_near_enough_to_digits_to_be_taken_for_one():
    """What the distance from MNIST's digits tells already needs no example."""
    frames = [from_strokes([path * 200 for path in one]) for one in outliers.compose(160, np.random.default_rng(1))]
    assert np.mean([ood.is_ood(frame.pixels) for frame in frames]) < 0.75


def test_loss_is_cross_entropy_of_digits_and_divergence_from_ten_equal_probabilities_of_what_is_none():
    random = np.random.default_rng(0)
    logits, answers, smoothing = random.normal(0, 3, (40, 10)), random.integers(-1, 10, 40), 0.1
    logs = log_softmax(logits, 1)
    targets = np.full((40, 10), smoothing / 10)
    targets[np.arange(40), answers] += 1 - smoothing
    digits = answers != NO_DIGIT
    expected = -(targets * logs)[digits].sum() + (0.1 * (np.log(0.1) - logs))[~digits].sum()
    assert not digits.all()
    found = learner._loss(torch.tensor(logits), torch.tensor(answers), smoothing)
    assert found.item() == pytest.approx(expected, rel=1e-8)


def test_nothing_is_lost_where_no_digit_is_named_with_certainty():
    loss = learner._loss(torch.zeros(3, 10), torch.full((3,), NO_DIGIT), 0.0)
    assert loss.item() == pytest.approx(0, abs=1e-5)


def test_what_is_no_digit_counts_as_right_where_it_is_doubted():
    logits = torch.zeros(4, 10)
    logits[[0, 1], 7] = 20.0
    answers = torch.tensor([7, NO_DIGIT, NO_DIGIT, 3])
    assert learner._right(logits, answers).tolist() == [True, False, True, False]
