"""Curves of any length in a fixed number of points: buckets of 1, 2, 4, ... steps, kept while training runs.

A bucket of level k spans 2**k steps and keeps each quantity's minimum and maximum, so that no spike is lost,
and the moving average at its end. Drawing 10^6 steps then reads as many rows as drawing 10^3.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from core.training.events import Step

EMA_FACTOR = 0.98
"""Of a long run: the average is over about the last 50 steps."""
_WINDOW_FRACTION = 5
"""Before that it is over about the last fifth of all steps: a young network changes faster than 50 steps."""
POINTS = 700


def smoothing(step: int) -> float:
    """The factor of the moving average at this step: it grows with the run, from 0 to EMA_FACTOR.

    Polynomial-decay averaging (Shamir & Zhang 2013) until the factor is reached, at step 246.
    """
    return min(EMA_FACTOR, 1 - _WINDOW_FRACTION / (max(step, 1) + _WINDOW_FRACTION - 1))


def window(step: int) -> int:
    """Over about how many of the last steps the moving average at this step is."""
    return round(1 / (1 - smoothing(step)))


def _weight(step: int) -> float:
    """What a stored sum is of its average: sums are kept as those of a moving average that begins at 0."""
    return 1 - EMA_FACTOR**step


class StepRow(NamedTuple):
    """What is kept of one step."""

    step: int
    epoch: int
    loss: float
    loss_sum: float
    """The moving average, times the weight that a plain one, begun at 0, has by this step."""
    accuracy: float
    accuracy_sum: float
    learning_rate: float
    gradient_norm: float
    images_per_second: float

    @property
    def averages(self) -> tuple[float, float]:
        """The moving averages of loss and accuracy after this step."""
        weight = _weight(self.step)
        return self.loss_sum / weight, self.accuracy_sum / weight


class Bucket(NamedTuple):
    """The steps that a bucket spans, as one: extremes over all, everything else as it is at the end."""

    last_step: int
    loss_min: float
    loss_max: float
    loss_sum: float
    accuracy_min: float
    accuracy_max: float
    accuracy_sum: float
    learning_rate: float
    gradient_norm: float

    def merged(self, later: "Bucket") -> "Bucket":
        """This bucket and a later one as one."""
        return later._replace(
            loss_min=min(self.loss_min, later.loss_min),
            loss_max=max(self.loss_max, later.loss_max),
            accuracy_min=min(self.accuracy_min, later.accuracy_min),
            accuracy_max=max(self.accuracy_max, later.accuracy_max),
        )


class Place(NamedTuple):
    """A bucket's place among all of a run: its level, and its number there, from 0."""

    level: int
    bucket: int


def bucket_of(row: StepRow) -> Bucket:
    """A bucket of this one step."""
    return Bucket(
        last_step=row.step,
        loss_min=row.loss,
        loss_max=row.loss,
        loss_sum=row.loss_sum,
        accuracy_min=row.accuracy,
        accuracy_max=row.accuracy,
        accuracy_sum=row.accuracy_sum,
        learning_rate=row.learning_rate,
        gradient_norm=row.gradient_norm,
    )


@dataclass(frozen=True, eq=False)
class Curve:
    """At most POINTS buckets of `width` steps; arrays of one length, oldest first."""

    width: int
    step: np.ndarray
    """The last step in each bucket."""
    loss_min: np.ndarray
    loss_max: np.ndarray
    loss: np.ndarray
    """Exponential moving average at the bucket's end, of the factor `smoothing(step)`."""
    accuracy_min: np.ndarray
    accuracy_max: np.ndarray
    accuracy: np.ndarray
    learning_rate: np.ndarray
    gradient_norm: np.ndarray


def curve_of(width: int, buckets: list[Bucket]) -> Curve:
    """The curve of buckets of `width` steps each, oldest first."""
    columns: Any = np.array(buckets, float).reshape(-1, len(Bucket._fields)).T
    known: Any = Bucket(*columns)  # a bucket of columns: each field an array
    step = known.last_step.astype(int)
    weight = 1 - EMA_FACTOR ** np.maximum(step, 1)
    return Curve(
        width=width,
        step=step,
        loss_min=known.loss_min,
        loss_max=known.loss_max,
        loss=known.loss_sum / weight,
        accuracy_min=known.accuracy_min,
        accuracy_max=known.accuracy_max,
        accuracy=known.accuracy_sum / weight,
        learning_rate=known.learning_rate,
        gradient_norm=known.gradient_norm,
    )


def levels_of(steps: int) -> int:
    """How many levels above single steps a run of this many steps needs."""
    return max(0, (max(steps, 1) // POINTS).bit_length())


def level_for(step: int, points: int) -> int:
    """The finest level at which `step` steps are at most `points` buckets."""
    level = 0
    while -(-step >> level) > points:
        level += 1
    return level


def _averaged(kept: float, value: float, step: int) -> float:
    """The sum after this step: the average goes on with the factor of the step."""
    factor = smoothing(step)
    before = kept / _weight(step - 1) if step > 1 else 0.0
    return (factor * before + (1 - factor) * value) * _weight(step)


class Buckets:
    """Fills the buckets of every level, step by step. Steps come in order; some may be missing."""

    def __init__(self, steps: int, loss_sum: float = 0.0, accuracy_sum: float = 0.0):
        self.levels = levels_of(steps)
        self.loss_sum, self.accuracy_sum = loss_sum, accuracy_sum
        self._open: dict[int, tuple[int, Bucket]] = {}
        self._changed: dict[Place, Bucket] = {}

    def add(self, step: Step) -> StepRow:
        """Takes one step's figures into the bucket of every level that spans it; returns the step's row."""
        self.loss_sum = _averaged(self.loss_sum, step.loss, step.step)
        self.accuracy_sum = _averaged(self.accuracy_sum, step.accuracy, step.step)
        row = StepRow(
            step=step.step,
            epoch=step.epoch,
            loss=step.loss,
            loss_sum=self.loss_sum,
            accuracy=step.accuracy,
            accuracy_sum=self.accuracy_sum,
            learning_rate=step.learning_rate,
            gradient_norm=step.gradient_norm,
            images_per_second=step.images_per_second,
        )
        self.put(row)
        return row

    def put(self, row: StepRow) -> None:
        """The same from a row that has been kept."""
        alone = bucket_of(row)
        for level in range(1, self.levels + 1):
            place = (row.step - 1) >> level
            filled, before = self._open.get(level, (None, alone))
            grown = before.merged(alone) if filled == place else alone
            self._open[level] = place, grown
            self._changed[Place(level, place)] = grown

    def continue_from(self, last: StepRow | None, step: int) -> None:
        """Goes on with the averages after `step`, of which `last` is the last row that was kept, if any."""
        if last is None:
            self.loss_sum, self.accuracy_sum = 0.0, 0.0
        elif last.step == step:
            self.loss_sum, self.accuracy_sum = last.loss_sum, last.accuracy_sum
        else:  # rows are missing: the averages of the last one, with the weight that they would have by now
            self.loss_sum, self.accuracy_sum = (_weight(step) * average for average in last.averages)

    def changed(self) -> dict[Place, Bucket]:
        """The buckets that are new or have grown since `forget_changed`."""
        return dict(self._changed)

    def forget_changed(self) -> None:
        self._changed.clear()

    def averages(self, step: int) -> tuple[float, float]:
        """The moving averages of loss and accuracy after this step."""
        weight = _weight(step)
        return self.loss_sum / weight, self.accuracy_sum / weight
