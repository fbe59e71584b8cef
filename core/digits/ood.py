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
    from core.digits.drawing import Frame

PATH = Path(__file__).parents[1] / "weights" / "ood.npz"
FRACTION_WITHIN = 0.995
"""The part of the training images that lies within the limit."""
UNSURE = 0.9
"""An answer below this probability is doubted. With `is_ood` that is said of more than half of what an LSTM trained on
MNIST alone reads wrong of 30 writers, and of less than 2 % of what it reads right; 0.6 told a seventh of it."""
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


def is_ood(pixels: np.ndarray) -> bool:
    """Whether a frame (28, 28), 0 to 1, is out of distribution: unlike MNIST's digits."""
    detector = load()
    return bool(detector.distances(pixels[None])[0] > detector.limit)


def doubt(frame: "Frame", probabilities: np.ndarray) -> str:
    """Why an answer of these probabilities (10,) to this frame is to be taken with care; empty where it is not.

    tones: the picture has a third tone (core.digits.tones); unlike: out of distribution; unsure: below UNSURE.
    """
    if "tones" in frame.notes:
        return "tones"
    if is_ood(frame.pixels):
        return "unlike"
    return "unsure" if probabilities.max() < UNSURE else ""


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
