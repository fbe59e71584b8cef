"""Which images each step sees: all of them, each epoch in a new order; under `hardest` only those from a step on."""

import math

import torch
from torch import Tensor

from core.digits.data import Split
from core.digits.hardness import hardest
from core.training.config import TrainConfig
from core.training.distributed import ALONE, World


class Order:
    """The images of each epoch's batches, from a generator whose state at the epoch's start lets it be repeated."""

    def __init__(self, config: TrainConfig, split: Split, batches: int, steps: int, world: World = ALONE):
        """split: the N images trained on. batches: in a whole epoch. steps: in all. world: who see the same order."""
        self.config, self.count, self.batches = config, len(split), batches
        self.turn = config.turn(steps)
        self.hardest: Tensor | None = None
        """Indices of the images that are seen from the turn on."""
        if config.hardest:
            chosen = world.broadcast(lambda: hardest(split.margins, split.labels, config.hardest))
            self.hardest = torch.from_numpy(chosen)
        self.generator = torch.Generator().manual_seed(config.seed)
        self.at_epoch = self.generator.get_state()

    def epoch(self, index: int) -> Tensor:
        """(N,) indices of images, from the state at this epoch's start; index: the epoch, from 0."""
        self.generator.set_state(self.at_epoch)
        order = torch.randperm(self.count, generator=self.generator)
        if self.hardest is None:
            return order
        first = min(max(0, self.turn - index * self.batches) * self.config.batch_size, self.count)
        return torch.cat([order[:first], self._hardest(self.count - first)])

    def _hardest(self, count: int) -> Tensor:
        """So many of the hardest images, each as often as the others to within one."""
        assert self.hardest is not None
        rounds = math.ceil(count / len(self.hardest))
        mixed = [torch.randperm(len(self.hardest), generator=self.generator) for _ in range(rounds)]
        return self.hardest[torch.cat(mixed)[:count]] if mixed else self.hardest[:0]

    def end_epoch(self) -> None:
        self.at_epoch = self.generator.get_state()
