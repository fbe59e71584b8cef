"""What is no digit is composed for training, and each is another."""

import numpy as np
import pytest

from core.training import outliers


def test_outliers_are_of_all_kinds_and_differ():
    composed = outliers.compose(80, np.random.default_rng(0))
    assert len({np.concatenate(strokes).tobytes() for strokes in composed}) == 80
    for strokes in composed:
        points = np.concatenate(strokes)
        assert np.isfinite(points).all()
        assert 0.2 < np.ptp(points, axis=0).max() < 2
        assert all(stroke.shape[1:] == (2,) for stroke in strokes)


@pytest.mark.parametrize("sign", outliers._SIGNS)
def test_signs_have_strokes_of_two_corners_and_more_in_a_square(sign):
    for corners in outliers._corners(sign):
        assert corners.shape[1] == 2
        assert len(corners) >= 2
        assert corners.min() >= 0
        assert corners.max() <= 1


def test_same_draw_composes_the_same():
    first, again = (outliers.compose(16, np.random.default_rng(3)) for _ in range(2))
    for one, other in zip(first, again, strict=True):
        np.testing.assert_array_equal(np.concatenate(one), np.concatenate(other))
