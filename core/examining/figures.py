"""How good a reader is on a set: accuracy with its interval, confusion, calibration, and when it can know.

Shapes: N images, T = 28 rows, K = 10 classes. Every function returns plain numbers and lists, ready for JSON; a ratio
without a denominator is None. Rows count from 0: place t of a list of 28 is after row t + 1 of the digit.
"""

from typing import Any

import numpy as np

from core.digits.data import Mnist
from core.examining.answers import Answers, Progress, answers
from core.examining.states import ROWS
from core.reading.readers import Reader

CLASSES = 10
BINS = 15
"""Guo, Pleiss, Sun & Weinberger 2017, On Calibration of Modern Neural Networks."""
_Z95 = 1.959964  # the normal distribution has 95 % within so many standard deviations
DRAWINGS = "drawings"
"""The source of a set of one's own."""


def evaluate_json(reader: Reader, data: Mnist, progress: Progress | None = None) -> dict[str, Any]:
    """The reader on the test images of `data`: what `python -m core evaluate` prints."""
    return summary(answers(reader, data.test.images, data.test.labels, progress), data.source)


def evaluate_drawings_json(reader: Reader, frames: np.ndarray, labels: np.ndarray) -> dict[str, Any]:
    """The same for drawings of one's own: frames (N, 28, 28), 0 to 1, and the digits that were meant (N,)."""
    return summary(answers(reader, frames, labels), DRAWINGS)


def summary(found: Answers, source: str) -> dict[str, Any]:
    """All figures of a set; source is full, subset or drawings."""
    right = int(found.right.sum())
    return {
        "accuracy": right / len(found),
        "accuracy_interval": list(wilson(right, len(found))),
        "loss": float(found.losses.mean()),
        "images": len(found),
        "source": source,
        "confusion": confusion(found).tolist(),
        "per_digit": per_digit(found),
        "calibration": calibration(found),
        "by_row": by_row(found),
    }


def wilson(right: int, count: int) -> tuple[float, float]:
    """The 95 % interval of a proportion `right` of `count` >= 1 (Wilson 1927); never outside 0 to 1."""
    p, z2 = right / count, _Z95**2
    centre = (p + z2 / (2 * count)) / (1 + z2 / count)
    half = _Z95 * np.sqrt(p * (1 - p) / count + z2 / (4 * count**2)) / (1 + z2 / count)
    # At either end the interval reaches it; rounding is not to keep it from there.
    return (float(centre - half) if right else 0.0), (float(centre + half) if right < count else 1.0)


def confusion(found: Answers) -> np.ndarray:
    """(K, K) counts: row the truth, column the answer."""
    return np.bincount(found.labels * CLASSES + found.final, minlength=CLASSES**2).reshape(CLASSES, CLASSES)


def per_digit(found: Answers) -> list[dict[str, Any]]:
    """For each digit: images, precision (of those answered so) and recall (of those that are so)."""
    counts = confusion(found)
    hits, truths, given = counts.diagonal(), counts.sum(1), counts.sum(0)
    return [
        {
            "digit": digit,
            "images": int(truths[digit]),
            "precision": _ratio(hits[digit], given[digit]),
            "recall": _ratio(hits[digit], truths[digit]),
        }
        for digit in range(CLASSES)
    ]


def calibration(found: Answers, bins: int = BINS) -> dict[str, Any]:
    """The reliability diagram, and the expected calibration error: the mean |accuracy - confidence|, 0 to 1.

    Bins have equal width; one is (low, high], as Guo et al. have it. Without images, its means are None.
    """
    confidence, right = found.confidence, found.right
    place = np.clip(np.ceil(confidence * bins).astype(int) - 1, 0, bins - 1)
    counts = np.bincount(place, minlength=bins)
    confident = np.bincount(place, confidence, bins)
    hits = np.bincount(place, right, bins)
    return {
        "bins": [
            {
                "low": b / bins,
                "high": (b + 1) / bins,
                "count": int(counts[b]),
                "confidence": _ratio(confident[b], counts[b]),
                "accuracy": _ratio(hits[b], counts[b]),
            }
            for b in range(bins)
        ],
        "expected_calibration_error": float(np.abs(hits - confident).sum() / len(found)),
        "confidence": float(confidence.mean()),
    }


def by_row(found: Answers) -> list[float]:
    """T accuracies, were the answer taken after row t."""
    return (found.by_row == found.labels).mean(1).tolist()


def by_row_and_digit(found: Answers) -> list[list[float | None]]:
    """K lists of T accuracies, one for each digit; of None where the set lacks that digit."""
    right = found.by_row == found.labels
    lists = []
    for digit in range(CLASSES):
        of_digit = found.labels == digit
        lists.append(right[:, of_digit].mean(1).tolist() if of_digit.any() else [None] * ROWS)
    return lists


def settled_by_row(found: Answers) -> list[float]:
    """T fractions: the images whose answer after row t is already the last, and never left again."""
    return (np.cumsum(np.bincount(found.settled, minlength=ROWS)) / len(found)).tolist()


def settled_by_digit(found: Answers) -> list[list[int]]:
    """K lists of T counts: how many images of a digit settle at row t."""
    settled, labels = found.settled, found.labels
    return [np.bincount(settled[labels == digit], minlength=ROWS).tolist() for digit in range(CLASSES)]


def confusions(found: Answers, count: int = 10) -> list[dict[str, int]]:
    """The most frequent mistakes: truth, answer and images, most first."""
    counts = confusion(found)
    np.fill_diagonal(counts, 0)
    order = np.argsort(-counts, axis=None, kind="stable")[:count]
    pairs = (divmod(int(place), CLASSES) for place in order)
    return [{"truth": t, "answer": a, "images": int(counts[t, a])} for t, a in pairs if counts[t, a]]


def _ratio(part: float, whole: float) -> float | None:
    return float(part / whole) if whole else None
