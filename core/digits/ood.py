"""Is a frame out of distribution (OOD) for the readers? Decided by its distance from MNIST's own digits.

The frame is averaged to 14 x 14 and projected on MNIST's 30 principal components; there every digit is a normal
distribution (its mean and covariance over the training set). A frame is out of distribution when its squared
Mahalanobis distance from the nearest digit is greater than that of 99.5 % of the training images (Lee et al. 2018,
https://arxiv.org/abs/1807.03888, on pixels in place of a network's features). The figures are in weights/ood.npz,
written by `python -m core ood` from the 60,000 training images.
"""

import io
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.errors import DataError
from core.files import write_shipped

if TYPE_CHECKING:
    from core.digits.data import Mnist

PATH = Path(__file__).parents[1] / "weights" / "ood.npz"
FRACTION_WITHIN = 0.995
"""The part of the training images that lies within the limit."""
_COMPONENTS = 30


@dataclass(frozen=True, kw_only=True, eq=False)
class Detector:
    """What MNIST's training images look like."""

    mean: np.ndarray
    """(196,) of all training images, averaged to 14 x 14."""
    components: np.ndarray
    """(196, 30), orthonormal."""
    centres: np.ndarray
    """(10, 30): each digit's mean."""
    whitening: np.ndarray
    """(10, 30, 30): A with A A^T the inverse of the digit's covariance, so that |z A| is the distance."""
    limit: float
    """Squared distance beyond which a frame is out of distribution."""

    def distances(self, frames: np.ndarray) -> np.ndarray:
        """frames (N, 28, 28), 0 to 1 -> (N,): squared distance from the nearest digit."""
        return _distances((_averaged(frames) - self.mean) @ self.components, self.centres, self.whitening)


@cache
def load(path: Path = PATH) -> Detector:
    """What `write` wrote; by default the shipped detector, of MNIST's training set."""
    with np.load(path) as arrays:
        parts = {field.name: arrays[field.name].astype(np.float32) for field in fields(Detector)}
    return Detector(**{**parts, "limit": float(parts["limit"])})


def are_ood(frames: np.ndarray) -> np.ndarray:
    """(N,): which of the frames (N, 28, 28), 0 to 1, are out of distribution: unlike MNIST's digits."""
    detector = load()
    return detector.distances(frames) > detector.limit


def is_ood(pixels: np.ndarray) -> bool:
    """Whether a frame (28, 28) is."""
    return bool(are_ood(pixels[None])[0])


def measure(images: np.ndarray, labels: np.ndarray) -> Detector:
    """images (N, 28, 28), 0 to 1, and their digits (N,) -> the detector of this set."""
    points = _averaged(images)
    mean = points.mean(0)
    components = np.linalg.eigh(np.cov((points - mean).T))[1][:, ::-1][:, :_COMPONENTS]
    z = (points - mean) @ components
    centres = np.stack([z[labels == digit].mean(0) for digit in range(10)])
    inverses = [np.linalg.inv(np.cov(z[labels == digit].T)) for digit in range(10)]
    whitening = np.stack([np.linalg.cholesky(inverse) for inverse in inverses])
    limit = float(np.quantile(_distances(z, centres, whitening), FRACTION_WITHIN))
    return Detector(mean=mean, components=components, centres=centres, whitening=whitening, limit=limit)


def write(mnist: "Mnist", path: Path = PATH) -> Path:
    """Measures MNIST's training images and writes the detector, in float16, for `load`. Raises DataError."""
    if mnist.source != "full":
        raise DataError(
            "The detector is measured on the full MNIST, and there is none here: run 'python -m core download'."
        )
    detector = measure(mnist.train.images.astype(np.float32) / 255, mnist.train.labels)
    content = io.BytesIO()
    parts = {name: np.asarray(value, np.float16) for name, value in vars(detector).items()}
    np.savez_compressed(content, allow_pickle=False, **parts)
    write_shipped(path, content.getvalue())
    return path


def _distances(z: np.ndarray, centres: np.ndarray, whitening: np.ndarray) -> np.ndarray:
    """z (N, 30) -> (N,): squared Mahalanobis distance from the nearest of the digits."""
    return np.stack([(((z - c) @ A) ** 2).sum(1) for c, A in zip(centres, whitening, strict=True)]).min(0)


def _averaged(frames: np.ndarray) -> np.ndarray:
    """(N, 28, 28) -> (N, 196): means of 2 x 2 pixels, so that half a pixel of pen or place matters little."""
    return np.asarray(frames, np.float32).reshape(-1, 14, 2, 14, 2).mean((2, 4)).reshape(-1, 196)
