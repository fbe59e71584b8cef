"""What a diagnosis measures in a run's curves: its loss against guessing, its steps against its weights, and more.

Thresholds are known beforehand: what guessing costs, how far a step can carry a weight, what the luck of a batch alone
makes of a gradient. What is left is a margin. Losses are in nats.
"""

import math
from functools import cached_property

import numpy as np

from core.runs.run import UNFINISHED
from core.runs.store import History

CLASSES = 10
GUESSING = math.log(CLASSES)
"""The loss of one who gives each digit the same probability."""
_NO_BETTER = 0.98 * GUESSING
"""A network that has learned anything at all lies below; a mean over some batches does not stray so far."""
_PATIENCE = 100
"""Steps at the full learning rate: before that, a loss that does not fall is no sign."""
FEWEST = 20
"""Steps without which nothing is said at all."""
_STRIDE = 0.3
"""Of a weight's size at the start: a step that changes it so much leaves little of what it had learned."""


class Seen:
    """A history, and what several rules ask of it. Arrays are (N,), a place for each point of the curve."""

    def __init__(self, history: History):
        self.run, self.config, self.epochs = history.run, history.run.config, history.epochs
        curve = history.curve
        self.steps, self.loss, self.norm = curve.step, curve.loss, curve.gradient_norm
        self._rates = curve.learning_rate
        self.last = int(curve.step[-1]) if len(curve.step) else 0

    @property
    def rate(self) -> float:
        """The learning rate as it was set last, the peak of a cycle."""
        return self.run.facts.lr_set if self.run.facts.lr_set is not None else self.config.lr

    @property
    def stride(self) -> float:
        """How far a step moves a weight: Adam by about the learning rate; Muon by that of an orthogonal matrix."""
        return self.rate * self._reach

    @property
    def _reach(self) -> float:
        """A weight's move at a learning rate of 1."""
        return self.weight if self.config.optimizer == "muon" else 1.0

    @cached_property
    def path(self) -> float:
        """How far a weight can have moved so far."""
        return float(np.sum(self._rates * np.diff(self.steps, prepend=0))) * self._reach

    @property
    def weight(self) -> float:
        """The size of a weight at the start: both initialisations draw them up to about 1 / sqrt(H)."""
        return 1 / math.sqrt(self.config.hidden)

    @property
    def waited(self) -> bool:
        """Whether a loss that has not fallen by now is a sign; under a cycle's rise that takes longer."""
        return self.last >= _PATIENCE and self.path >= 0.99 * _PATIENCE * self.stride

    @cached_property
    def guessing(self) -> bool:
        """Whether the loss is no better than guessing, after a patient wait, for half of the run."""
        return self.waited and bool(self.loss[self.since(0.5)].min() >= _NO_BETTER)

    @property
    def strides(self) -> bool:
        """Whether one step is about as long as the weights themselves."""
        return self.stride >= _STRIDE * self.weight

    @property
    def lucky_norm(self) -> float:
        """The gradient norm that batches alone make where the network says the same of all images.

        The loss's gradient along the logits is p - y, with a mean square of (1 - 1/K) / B over a batch of B.
        """
        return math.sqrt((1 - 1 / CLASSES) / self.config.batch_size)

    @property
    def least_loss(self) -> float:
        """What label smoothing costs even the network that is always right: the entropy of its targets."""
        wrong = self.config.label_smoothing / CLASSES
        right = 1 - (CLASSES - 1) * wrong
        return -right * math.log(right) - (CLASSES - 1) * wrong * math.log(wrong) if wrong else 0.0

    @property
    def cycle_is_open(self) -> bool:
        """Whether the learning rate is still to come down by itself: the loss will fall with it."""
        open_now = self.run.state in UNFINISHED and self.last < 0.8 * self.run.facts.steps
        return self.config.schedule != "constant" and open_now

    @property
    def alike_from(self) -> int:
        """The step after which the images are of the last step's kind: the hardest alone, or pen digits among them."""
        steps = self.run.facts.steps
        turns = self.config.turn(steps), self.config.pen_digits_turn(steps)
        return max((turn for turn in turns if turn < self.last), default=0)

    def since(self, share: float) -> np.ndarray:
        """A mask of the points in the last `share` (0 to 1) of the steps, of at least FEWEST steps."""
        return self.steps > self.last - max(FEWEST, share * self.last)

    def mean_loss(self, start: float, end: float) -> float:
        """Over these parts (0 to 1) of the steps so far; no number where none of them was recorded."""
        points = self.loss[(self.steps > start * self.last) & (self.steps <= end * self.last)]
        return float(points.mean()) if len(points) else math.nan
