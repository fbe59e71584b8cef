"""Does a frame look like what the readers were trained on? Decided by its distance from MNIST's own digits.

The frame is averaged to 14 x 14 and projected on MNIST's 30 principal components; there every digit is a normal
distribution (its mean and covariance over the training set). A frame is unlike MNIST when its squared Mahalanobis
distance from the nearest digit is beyond that of 99.5 % of the training images. The figures lie in
weights/ood.npz, written by `python -m tests.benchmarks.mnist_pen --write` from the 60,000 training images.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

MEASURED = Path(__file__).parents[1] / "weights" / "ood.npz"
SHARE = 0.995
"""Of the training images lies within the limit."""
UNSURE = 0.6
"""An answer below this probability is a guess: the shipped reader is as unsure of about one test digit in 400."""
_COMPONENTS = 30


@dataclass(frozen=True, eq=False)
class Detector:
    mean: np.ndarray
    """(196,) of all training images, averaged to 14 x 14."""
    components: np.ndarray
    """(196, 30), orthonormal."""
    centres: np.ndarray
    """(10, 30): each digit's mean."""
    whitening: np.ndarray
    """(10, 30, 30): A with A A^T the inverse of the digit's covariance, so that |z A| is the distance."""
    limit: float

    def distances(self, frames: np.ndarray) -> np.ndarray:
        """frames (N, 28, 28), 0 to 1 -> (N,): squared distance from the nearest digit."""
        z = (_averaged(frames) - self.mean) @ self.components
        return np.stack([(((z - c) @ A) ** 2).sum(1) for c, A in zip(self.centres, self.whitening, strict=True)]).min(0)


@cache
def measured() -> Detector:
    """As it was measured on MNIST."""
    with np.load(MEASURED) as arrays:
        return Detector(**{name: arrays[name].astype(np.float32) for name in arrays.files if name != "limit"},
                           limit=float(arrays["limit"]))  # fmt: skip


def is_ood(pixels: np.ndarray) -> bool:
    """Whether a frame (28, 28), 0 to 1, is unlike MNIST's digits."""
    known = measured()
    return bool(known.distances(pixels[None])[0] > known.limit)


def measure(images: np.ndarray, labels: np.ndarray) -> Detector:
    """images (N, 28, 28), 0 to 1, and their digits (N,) -> what `measured` loads."""
    points = _averaged(images)
    mean = points.mean(0)
    _, axes = np.linalg.eigh(np.cov((points - mean).T))
    components = axes[:, ::-1][:, :_COMPONENTS]
    z = (points - mean) @ components
    centres = np.stack([z[labels == digit].mean(0) for digit in range(10)])
    inverses = [np.linalg.inv(np.cov(z[labels == digit].T)) for digit in range(10)]
    known = Detector(mean, components, centres, np.stack([np.linalg.cholesky(A) for A in inverses]), 0.0)
    return Detector(mean, components, centres, known.whitening, float(np.quantile(known.distances(images), SHARE)))


def _averaged(frames: np.ndarray) -> np.ndarray:
    """(N, 28, 28) -> (N, 196): means of 2 x 2 pixels, which forgives a pen or a place half a pixel off."""
    return np.asarray(frames, np.float32).reshape(-1, 14, 2, 14, 2).mean((2, 4)).reshape(-1, 196)
