"""Digits are in MNIST's distribution; letters and houses are not."""

import numpy as np
import pytest

from core.digits import data, ood
from core.digits.drawing import from_strokes
from core.digits.ood import FRACTION_WITHIN, is_ood, measure
from core.errors import DataError

THREE = [[(90, 60), (140, 40), (185, 70), (170, 120), (130, 135), (180, 155), (190, 200), (140, 235), (80, 215)]]
M = [[(30, 250), (50, 30), (140, 160), (225, 30), (250, 250)]]
HOUSE = [
    [(30, 250), (30, 110), (140, 15), (250, 110), (250, 250), (30, 250)],
    [(110, 250), (110, 170), (170, 170), (170, 250)],
]


def test_a_digit_is_in_distribution_and_other_shapes_are_not():
    assert not is_ood(from_strokes(THREE).pixels)
    assert is_ood(from_strokes(M).pixels)
    assert is_ood(from_strokes(HOUSE).pixels)


def test_limit_leaves_the_stated_fraction_within():
    random = np.random.default_rng(0)
    labels = np.arange(2000) % 10
    centres = random.uniform(0.2, 0.8, (10, 28, 28))
    images = np.clip(centres[labels] + random.normal(0, 0.1, (2000, 28, 28)), 0, 1)
    known = measure(images, labels)
    assert np.mean(known.distances(images) <= known.limit) == FRACTION_WITHIN


def test_distance_is_mahalanobis_distance():
    random = np.random.default_rng(1)
    labels = np.arange(1000) % 10
    images = np.clip(random.normal(0.5, 0.1, (1000, 28, 28)) + labels[:, None, None] * 0.02, 0, 1)
    known = measure(images, labels)
    z = (images.reshape(-1, 14, 2, 14, 2).mean((2, 4)).reshape(-1, 196) - known.mean) @ known.components
    expected = []
    for digit in range(10):
        of_digit, away = z[labels == digit], z[:5] - z[labels == digit].mean(0)
        expected.append(np.einsum("ni,ij,nj->n", away, np.linalg.inv(np.cov(of_digit.T)), away))
    assert np.allclose(known.distances(images[:5]), np.min(expected, axis=0), rtol=1e-3)


@pytest.mark.data
@pytest.mark.skipif(data.describe().source != "full", reason="needs the full MNIST")
def test_shipped_detector_is_what_its_maker_writes(tmp_path):
    mnist = data.load()
    written, frames = ood.load(ood.write(mnist, tmp_path / "ood.npz")), mnist.test.images[:1000] / 255
    assert written.limit == pytest.approx(ood.load().limit, rel=1e-3)
    np.testing.assert_allclose(written.distances(frames), ood.load().distances(frames), rtol=0.01)


def test_detector_is_not_measured_on_another_set(tiny_mnist, tmp_path):
    with pytest.raises(DataError, match="python -m core download"):
        ood.write(tiny_mnist, tmp_path / "ood.npz")
    assert list(tmp_path.iterdir()) == []
