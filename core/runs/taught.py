"""What teaching did: a person's own digits as read before and after, those that were trained on apart from the rest."""

import math
from dataclasses import dataclass

import numpy as np

from core.reading import readers
from core.reading.readers import Reader
from core.reading.tracing import read
from core.runs import lessons
from core.runs.run import Run
from core.training.config import TrainConfig, preset
from core.training.lesson import OwnDigit

IMAGES = 6000
"""So many are read in teaching: a tenth of MNIST, seconds on a CPU."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Tried:
    """N digits, N may be 0, and what two readers make of them."""

    digits: list[OwnDigit]
    before: np.ndarray
    """(N,) answers of the reader that was taught."""
    after: np.ndarray
    """(N,) answers of what it became."""

    def __len__(self) -> int:
        return len(self.digits)

    @property
    def truth(self) -> np.ndarray:
        """(N,)."""
        return np.array([one.digit for one in self.digits], np.int64)

    @property
    def right_before(self) -> int:
        return int((self.before == self.truth).sum())

    @property
    def right_after(self) -> int:
        return int((self.after == self.truth).sum())

    @property
    def gained(self) -> int:
        """Wrong before, right after."""
        return int(((self.before != self.truth) & (self.after == self.truth)).sum())

    @property
    def lost(self) -> int:
        return int(((self.before == self.truth) & (self.after != self.truth)).sum())

    @property
    def chance(self) -> float:
        """How likely a change so one-sided is where teaching does nothing: the two-sided sign test, 0 to 1."""
        changed, fewer = self.gained + self.lost, min(self.gained, self.lost)
        tail = sum(math.comb(changed, k) for k in range(fewer + 1)) / 2**changed
        return min(1.0, 2 * tail)


@dataclass(frozen=True, kw_only=True, eq=False)
class Outcome:
    learned: Tried
    """The digits that were trained on: no test."""
    kept_back: Tried
    """Those that neither reader was trained on."""


def config_for(name: str, reader: Reader, images: int) -> TrainConfig:
    """The settings that teach the reader `name`; images: how many MNIST has to train on.

    Chosen on the pen digits of two writers that an LSTM trained on MNIST alone misses (18 and 17), those kept back
    among them: all that are learned are read then, and of 10,000 MNIST images 4 to 7 fewer.
    """
    shape = {"cell": reader.cell, "hidden": reader.hidden, "layers": reader.layers}
    given = {"start_from": name, "own_digits": 0.1, "pen_digits": 0.0, "validation_images": 0}
    pace = {"epochs": min(1.0, IMAGES / images), "batch_size": 50, "lr": 3e-4, "averaging": 0.95}
    return preset("accurate", **shape, **given, **pace)


def is_taught(run: Run) -> bool:
    """Whether the run taught a reader a person's own digits."""
    return bool(run.config.start_from and run.config.own_digits)


def outcome(run: Run) -> Outcome | None:
    """What the taught run did; None without weights. Raises CheckpointError, WeightsError, DrawingError."""
    if not is_taught(run) or run.weights is None:
        return None
    lesson, after = lessons.kept(run), readers.load(run.weights)
    assert lesson.reader is not None  # a run that started from one keeps it
    parts = []
    for digits in (lesson.learned, lesson.kept_back):
        frames = np.stack([one.frame.pixels for one in digits]) if digits else np.zeros((0, 28, 28), np.float32)
        answers = [
            read(reader, frames).argmax(1) if digits else np.zeros(0, np.int64) for reader in (lesson.reader, after)
        ]
        parts.append(Tried(digits=digits, before=answers[0], after=answers[1]))
    return Outcome(learned=parts[0], kept_back=parts[1])
