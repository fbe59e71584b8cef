"""Curves of any length in a fixed number of points: buckets of 1, 2, 4, ... steps, kept while training runs.

A bucket of level k spans 2**k steps and keeps each quantity's minimum and maximum, so that no spike is lost,
and the moving average at its end. Drawing 10^6 steps then reads as many rows as drawing 10^3.
"""

from dataclasses import dataclass

import numpy as np

from core.training.events import Step

EMA_FACTOR = 0.98
POINTS = 700


@dataclass(frozen=True, eq=False)
class Curve:
    """At most POINTS buckets of `width` steps; arrays of one length, oldest first."""

    width: int
    step: np.ndarray
    """The last step in each bucket."""
    loss_min: np.ndarray
    loss_max: np.ndarray
    loss: np.ndarray
    """Exponential moving average at the bucket's end, debiased (Kingma & Ba 2014, section 3)."""
    accuracy_min: np.ndarray
    accuracy_max: np.ndarray
    accuracy: np.ndarray
    learning_rate: np.ndarray
    gradient_norm: np.ndarray


def curve_of(width: int, rows: list[tuple]) -> Curve:
    """The curve of bucket rows: last step; minimum, maximum and raw average of loss and accuracy; rate; norm."""
    columns = np.array(rows, float).reshape(-1, 9).T
    step = columns[0].astype(int)
    weight = 1 - EMA_FACTOR ** np.maximum(step, 1)
    loss, accuracy = columns[3] / weight, columns[6] / weight
    return Curve(width, step, columns[1], columns[2], loss, columns[4], columns[5], accuracy, columns[7], columns[8])


def levels_of(steps: int) -> int:
    """How many levels above single steps a run of this many steps needs."""
    return max(0, (max(steps, 1) // POINTS).bit_length())


def level_for(step: int, points: int) -> int:
    """The finest level at which `step` steps are at most `points` buckets."""
    level = 0
    while -(-step >> level) > points:
        level += 1
    return level


class Buckets:
    """Fills the buckets of every level, step by step."""

    def __init__(self, steps: int, loss_sum: float = 0.0, accuracy_sum: float = 0.0):
        self.levels = levels_of(steps)
        self.loss_sum, self.accuracy_sum = loss_sum, accuracy_sum
        self._open: dict[int, tuple] = {}
        self._changed: dict[tuple[int, int], tuple] = {}

    def add(self, step: Step) -> None:
        """Takes one step's figures into the bucket of every level that spans it."""
        self.loss_sum = EMA_FACTOR * self.loss_sum + (1 - EMA_FACTOR) * step.loss
        self.accuracy_sum = EMA_FACTOR * self.accuracy_sum + (1 - EMA_FACTOR) * step.accuracy
        loss, accuracy = (step.loss, step.loss, self.loss_sum), (step.accuracy, step.accuracy, self.accuracy_sum)
        self.put((step.step, *loss, *accuracy, step.learning_rate, step.gradient_norm))

    def put(self, row: tuple) -> None:
        """The same from a row of one step: step, loss three times, accuracy three times, rate, norm."""
        step = row[0]
        for level in range(1, self.levels + 1):
            first_of_bucket = (step - 1) % (1 << level) == 0
            grown = row if first_of_bucket else _merge(self._open[level], row)
            self._open[level] = grown
            self._changed[level, (step - 1) >> level] = grown

    def changed(self) -> list[tuple]:
        """Rows (level, bucket, *figures) that are new or have grown since `forget_changed`."""
        return [(level, bucket, *row) for (level, bucket), row in self._changed.items()]

    def forget_changed(self) -> None:
        self._changed.clear()

    def averages(self, step: int) -> tuple[float, float]:
        """The debiased moving averages of loss and accuracy after this step."""
        weight = 1 - EMA_FACTOR**step
        return self.loss_sum / weight, self.accuracy_sum / weight


def _merge(old: tuple, new: tuple) -> tuple:
    """Two neighbouring rows as one: extremes over both, everything else as it is at the end."""
    loss = (min(old[1], new[1]), max(old[2], new[2]), new[3])
    accuracy = (min(old[4], new[4]), max(old[5], new[5]), new[6])
    return (new[0], *loss, *accuracy, *new[7:])
