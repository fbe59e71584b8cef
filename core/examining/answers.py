"""What a reader answers to every image of a set, row by row: one pass, from which all figures of a set are taken.

Shapes: N images, T = 28 rows, K = 10 classes. Rows count from 0.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from core.errors import DataError
from core.examining.states import ROWS, RowStates, read_rows
from core.reading.readers import Reader

Progress = Callable[[int, int], None]
"""Called with rows done and rows in all."""


@dataclass(frozen=True, eq=False)
class Answers:
    """A reader's answers to a set of images whose digits are known."""

    labels: np.ndarray
    """(N,) int64: the true digits."""
    by_row: np.ndarray
    """(T, N) uint8: the answer if it were taken after row t."""
    logits: np.ndarray
    """(N, K) float32, after the last row."""

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def final(self) -> np.ndarray:
        """(N,) int64: the answers after the last row."""
        return self.by_row[-1].astype(np.int64)

    @property
    def right(self) -> np.ndarray:
        """(N,) bool."""
        return self.by_row[-1] == self.labels

    @property
    def probabilities(self) -> np.ndarray:
        """(N, K) float64, after the last row."""
        return np.exp(self._log_probabilities())

    @property
    def confidence(self) -> np.ndarray:
        """(N,): the probability of the answer given."""
        return self.probabilities.max(1)

    @property
    def losses(self) -> np.ndarray:
        """(N,): cross entropy, nats."""
        return -self._log_probabilities()[np.arange(len(self)), self.labels]

    @property
    def settled(self) -> np.ndarray:
        """(N,) int64: the row from which the answer never changed again, 0 to 27."""
        changed = self.by_row[1:] != self.by_row[:-1]
        return np.where(changed.any(0), ROWS - 1 - changed[::-1].argmax(0), 0)

    def _log_probabilities(self) -> np.ndarray:
        logits = self.logits.astype(np.float64)
        logits -= logits.max(1, keepdims=True)
        return logits - np.log(np.exp(logits).sum(1, keepdims=True))


def answers(reader: Reader, images: np.ndarray, labels: np.ndarray, progress: Progress | None = None) -> Answers:
    """Reads images (N, 28, 28), uint8 or 0 to 1, whose digits are labels (N,). Raises DataError and DrawingError."""
    return collected(read_rows(reader, images), labels, progress)


def collected(rows: Iterator[RowStates], labels: np.ndarray, progress: Progress | None = None) -> Answers:
    """The answers of a pass that something else also listens to. Raises DataError for labels that do not fit."""
    labels, by_row = checked_labels(labels), []
    logits = np.empty((0, 0), np.float32)
    for row in rows:
        logits = row.logits
        if len(logits) != len(labels):
            raise DataError(
                "There are {images} images and {labels} labels: give one label to each image.",
                images=str(len(logits)), labels=str(len(labels)),
            )  # fmt: skip
        by_row.append(logits.argmax(1).astype(np.uint8))
        if progress:
            progress(row.row + 1, ROWS)
    return Answers(labels, np.stack(by_row), logits)


def checked_labels(labels: np.ndarray) -> np.ndarray:
    """(N,) int64, at least one, each 0 to 9. Raises DataError."""
    labels = np.asarray(labels)
    if labels.ndim != 1 or not len(labels):
        raise DataError("There are no labelled digits here: keep a drawing with its right answer first.")
    if not np.isin(labels, np.arange(10)).all():
        raise DataError("A label is a digit from 0 to 9: correct the labels.")
    return labels.astype(np.int64)


def mistakes(found: Answers, order: str = "confidence") -> np.ndarray:
    """Indices of the images answered wrongly: surest first, by loss (largest first), or by digit and then surest."""
    wrong = np.flatnonzero(~found.right)
    keys = {
        "confidence": (-found.confidence[wrong],),
        "loss": (-found.losses[wrong],),
        "digit": (-found.confidence[wrong], found.labels[wrong]),
    }
    if order not in keys:
        raise DataError("Mistakes cannot be sorted by {order}: choose confidence, loss or digit.", order=repr(order))
    return wrong[np.lexsort(keys[order])]


def cell(found: Answers, truth: int, answer: int) -> np.ndarray:
    """Indices of the images of a cell of the confusion matrix, surest first."""
    chosen = np.flatnonzero((found.labels == truth) & (found.by_row[-1] == answer))
    return chosen[np.argsort(-found.confidence[chosen], kind="stable")]


def hardest_right(found: Answers, count: int = 24) -> np.ndarray:
    """Indices of the images answered rightly with the least confidence, least first."""
    right = np.flatnonzero(found.right)
    return right[np.argsort(found.confidence[right], kind="stable")][:count]
