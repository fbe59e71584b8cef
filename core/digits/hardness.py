"""How hard each training image is to tell, by a small classifier that is fitted in half a second.

An extreme learning machine (Huang, Zhu, Siew 2006, doi:10.1016/j.neucom.2005.12.126): one layer of random features,
and a readout that is solved for.
"""

import numpy as np

CLASSES = 10
_FEATURES = 500
_FITTED_ON = 3  # every third image: all of them give hardly another readout, and take longer
_RIDGE = 10.0
_CHUNK = 5000  # images whose features are held at a time, 10 MB


def hardest(margins: np.ndarray, labels: np.ndarray, fraction: float) -> np.ndarray:
    """Indices of this fraction of each digit's images, the hardest first; at least one of each. Both are (N,).

    Of each digit: of a small set the hardest of all might leave one out, which would be forgotten.
    """
    ranked = np.argsort(margins, kind="stable")
    kept = np.zeros(len(ranked), bool)
    for digit in range(CLASSES):
        places = np.flatnonzero(labels[ranked] == digit)
        kept[places[: max(1, round(fraction * len(places)))]] = True
    return ranked[kept]


def margins(images: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Of images (N, 28, 28) uint8: (N,) float32, the score of each one's label less the highest of the others.

    Below 0 an image is missed.
    """
    random = np.random.default_rng(0)
    mean = _small(images[::20]).mean(0)
    directions = 0.6 * random.standard_normal((mean.size, _FEATURES), dtype=np.float32)
    offsets = random.random(_FEATURES, dtype=np.float32) - np.float32(0.5) - mean @ directions

    def features(chosen: np.ndarray) -> np.ndarray:
        hidden = np.ones((len(chosen), _FEATURES + 1), np.float32)  # the last is the readout's constant
        np.maximum(_small(chosen) @ directions + offsets, 0, out=hidden[:, :-1])
        return hidden

    fitted, targets = features(images[::_FITTED_ON]), 2 * np.eye(CLASSES, dtype=np.float32)[labels[::_FITTED_ON]] - 1
    ridge = _RIDGE * np.eye(_FEATURES + 1, dtype=np.float32)
    readout = np.linalg.solve(fitted.T @ fitted + ridge, fitted.T @ targets)
    chunks = range(0, len(images), _CHUNK)
    scores = np.concatenate([features(images[start : start + _CHUNK]) @ readout for start in chunks])
    rows = np.arange(len(labels))
    own = scores[rows, labels]
    scores[rows, labels] = -np.inf
    return own - scores.max(1)


def _small(images: np.ndarray) -> np.ndarray:
    """(n, 196) float32 in [0, 1]: the means of 2 x 2 pixels."""
    halved = np.add(images[:, ::2], images[:, 1::2], dtype=np.uint16)
    return np.multiply(halved[:, :, ::2] + halved[:, :, 1::2], np.float32(1 / (4 * 255))).reshape(len(images), -1)
