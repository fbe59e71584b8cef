"""How well a network reads: loss, accuracy and confusion matrix.

Shapes: N images, K = 10 classes.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from core.training import threads

_BATCH, _CPU_BATCH = 1000, 250  # the latter fits the cache that a core has for itself


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


def evaluate(network: Callable[[Tensor], Tensor], images: Tensor, labels: Tensor, scale: float = 1.0) -> Evaluation:
    """Reads images (N, 28, 28) uint8 with labels (N,) in large batches, in fp32; x = pixel / 255 * scale."""

    @torch.no_grad()
    def read(part: slice) -> tuple[Tensor, Tensor]:
        loss = torch.zeros((), device=images.device, dtype=torch.float64)
        answers, size = [], _CPU_BATCH if images.device.type == "cpu" else _BATCH
        for batch, right in zip(images[part].split(size), labels[part].split(size), strict=True):
            logits = network(batch.float() * (scale / 255))
            loss += F.cross_entropy(logits, right, reduction="sum")
            answers.append(logits.argmax(1))
        return loss, torch.cat(answers)

    count = len(images)
    found = threads.each(read, threads.parts_of(count) if images.device.type == "cpu" else [slice(None)])
    loss, answers = sum(loss for loss, _ in found), torch.cat([answers for _, answers in found])
    confusion = torch.bincount(labels * 10 + answers, minlength=100).view(10, 10).cpu().numpy()
    return Evaluation(float(loss) / count, float(confusion.trace()) / count, count, confusion)
