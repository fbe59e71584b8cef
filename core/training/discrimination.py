"""Trains the discriminator of core.reading.doubt: digits on one side, what is no digit on the other."""

from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from core.digits.data import Mnist
from core.errors import DataError
from core.files import write_shipped
from core.reading import readers
from core.reading.doubt import DIGIT, DISCRIMINATOR, NO_DIGIT, WITHIN, probabilities
from core.reading.readers import Reader, reader_of
from core.training import augmentation, outliers, redrawing
from core.training.config import PRESETS
from core.training.model import RowReader

STEPS = 3000
_HIDDEN = 48
_OUTLIERS = 4000
_DRAWN = 30_000  # pictures of pen digits and as many of what is none, made once
_SHARES = (150, 100, 150)  # of a step: MNIST's digits, pen digits, what is none
_RATE, _CLIP = 5e-3, 1.0
_SCALE = PRESETS["accurate"].input_scale
_HELD = 5000  # training images that the limit alone is chosen on
_CPU = torch.device("cpu")


def train(mnist: Mnist, steps: int = STEPS, drawn: int = _DRAWN) -> Reader:
    """On the training images and all pen digits; the same each time. Takes a minute and a half on two cores."""
    torch.manual_seed(0)
    generator = torch.Generator().manual_seed(0)
    images, labels = torch.tensor(mnist.train.images), torch.tensor(mnist.train.labels)
    held = min(_HELD, len(images) // 4)
    pen = _drawn(redrawing.bank(_CPU), drawn, generator)
    composed = [(0, strokes) for strokes in outliers.compose(_OUTLIERS, np.random.default_rng(0))]
    none = _drawn(redrawing.bank_of(composed, _CPU), drawn, generator)
    network = RowReader("lstm", _HIDDEN, 1, classes=2)
    network.reset("orthogonal", forget_bias=1.0)
    optimizer = torch.optim.AdamW(network.parameters(), lr=_RATE, weight_decay=0.01)
    rates = torch.optim.lr_scheduler.OneCycleLR(optimizer, _RATE, total_steps=steps)
    written, by_pen, not_written = _SHARES
    target = torch.tensor([DIGIT] * (written + by_pen) + [NO_DIGIT] * not_written)
    for step in range(steps):
        chosen = torch.randint(len(images) - held, (written,), generator=generator)
        digits = _changed(images[chosen].float() / 255, labels[chosen], step, generator)
        x = torch.cat([digits, _some(pen, by_pen, generator), _some(none, not_written, generator)])
        optimizer.zero_grad()
        F.cross_entropy(network(x * _SCALE), target).backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), _CLIP)
        optimizer.step()
        rates.step()
    return _with_limit(network, mnist.train.images[-held:] / np.float32(255))


def write(mnist: Mnist, path: Path = DISCRIMINATOR) -> Path:
    """Trains it on the full MNIST and writes it for `core.reading.doubt`. Raises DataError."""
    if mnist.source != "full":
        raise DataError(
            "The discriminator is trained on the full MNIST, and there is none here: run 'python -m core download'."
        )
    write_shipped(path, readers.to_bytes(train(mnist)))
    return path


def _with_limit(network: RowReader, digits: np.ndarray) -> Reader:
    """The network as a reader; its card says above which probability something is no digit."""
    arrays = {name: value.detach().numpy().copy() for name, value in network.state_dict().items()}
    arrays["lstm.weight_ih_l0"] *= np.float32(_SCALE)
    limit = float(np.quantile(probabilities(reader_of(arrays), digits), WITHIN))
    return reader_of(arrays, {"name": "discriminator", "limit": limit})


def _drawn(bank: redrawing.Bank, count: int, generator: torch.Generator) -> Tensor:
    """(N, 28, 28): pictures of what is in the bank, each drawn anew."""
    noise = redrawing.sample_noise(count, generator)
    return torch.cat([redrawing.redraw(bank, part)[0] for part in noise.split(1000)])


def _changed(x: Tensor, labels: Tensor, step: int, generator: torch.Generator) -> Tensor:
    """As they are in every other step, else deformed."""
    kind = ("none", "full")[step % 2]
    return augmentation.augment(x, labels, kind, augmentation.sample_noise(len(x), kind, generator))


def _some(drawn: Tensor, count: int, generator: torch.Generator) -> Tensor:
    return drawn[torch.randint(len(drawn), (count,), generator=generator)]
