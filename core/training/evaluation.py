"""How well a network reads: loss, accuracy and confusion matrix.

Shapes: N images, K = 10 classes.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

_BATCH = 1000  # the largest batch that still fits a processor's cache well


@dataclass(frozen=True, eq=False)
class Evaluation:
    loss: float
    """Mean cross entropy, nats."""
    accuracy: float
    """0 to 1."""
    images: int
    confusion: np.ndarray
    """(K, K) counts: row the label, column the answer."""

    @property
    def unanswered(self) -> str | None:
        """The digits among the labels that no image was answered as, such as "38"; None where there are none."""
        missing = np.flatnonzero((self.confusion.sum(0) == 0) & (self.confusion.sum(1) > 0))
        return "".join(map(str, missing)) or None


@torch.no_grad()
def evaluate(network: Callable[[Tensor], Tensor], images: Tensor, labels: Tensor, scale: float = 1.0) -> Evaluation:
    """Reads images (N, 28, 28) uint8 with labels (N,) in large batches, in fp32; x = pixel / 255 * scale."""
    loss = torch.zeros((), device=images.device, dtype=torch.float64)
    answers = []
    for start in range(0, len(images), _BATCH):
        batch = slice(start, start + _BATCH)
        logits = network(images[batch].float() * (scale / 255))
        loss += F.cross_entropy(logits, labels[batch], reduction="sum")
        answers.append(logits.argmax(1))
    confusion = torch.bincount(labels * 10 + torch.cat(answers), minlength=100).view(10, 10).cpu().numpy()
    count = len(images)
    return Evaluation(float(loss) / count, float(confusion.trace()) / count, count, confusion)
