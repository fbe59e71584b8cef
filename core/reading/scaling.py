"""A network that was trained on scaled input, made one that takes x in [0, 1]: the scaling is folded into U and b.

With x' = (x - mean) / std the first layer's U x' + b is (U / std) x + (b - U 1 mean / std), exactly.
"""

import math
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from core.digits import subset
from core.errors import WeightsError
from core.messages import Message
from core.reading.readers import Reader, reader_of
from core.reading.tracing import read

TRIED_IMAGES = 200
GOOD = 0.5
"""A reader below this does badly."""
_BETTER = 0.2


class Scaling(NamedTuple):
    """What was done to pixels in [0, 1] before the network saw them."""

    mean: float
    std: float

    def __str__(self) -> str:
        return f"{self.mean:.6g},{self.std:.6g}"


KNOWN = (Scaling(0.1307, 0.3081), Scaling(0.5, 0.5), Scaling(0.0, 1 / 255))
"""By MNIST's own mean and deviation; to -1 ... 1; to levels 0 ... 255."""


class Trial(NamedTuple):
    """How a reader does on images of MNIST's test set, as it is and under the scaling that does best."""

    accuracy: float
    best: Scaling | None
    """None where no scaling is clearly better."""
    best_accuracy: float

    @property
    def is_bad(self) -> bool:
        return self.accuracy < GOOD


def parsed(text: str) -> Scaling:
    """`MEAN,STD`. Raises WeightsError."""
    try:
        mean, std = map(float, text.split(","))
        sound = math.isfinite(mean) and abs(mean) <= 1000 and 1e-6 <= std <= 1000
    except ValueError:
        sound = False
    if not sound:
        raise WeightsError(
            "{text} is no input scaling: give MEAN,STD of pixels from 0 to 1, such as 0.1307,0.3081.", text=repr(text)
        )
    return Scaling(mean, std)


def folded(reader: Reader, scaling: Scaling) -> Reader:
    """The reader of x in [0, 1] that answers as this one does for scaled x."""
    ih, b = f"{reader.cell}.weight_ih_l0", f"{reader.cell}.bias_ih_l0"
    U = reader.arrays[ih].astype(np.float64) / scaling.std
    shifted = reader.arrays[b] - U.sum(1) * scaling.mean
    with np.errstate(over="ignore"):  # reader_of refuses what is no float32
        arrays = reader.arrays | {ih: U.astype(np.float32), b: shifted.astype(np.float32)}
    return replace(reader_of(arrays, reader.card | {"input_scaling": list(scaling)}), notes=reader.notes)


def trial(reader: Reader) -> Trial:
    """Tries the reader, and where it does badly the scalings that people use, on images of the subset."""
    now = accuracy(reader)
    if now >= GOOD:
        return Trial(now, None, now)
    accuracies = {scaling: accuracy(folded(reader, scaling)) for scaling in KNOWN}
    best = max(accuracies, key=accuracies.__getitem__)
    return Trial(now, best if accuracies[best] >= now + _BETTER else None, accuracies[best])


def accuracy(reader: Reader) -> float:
    """Of the first images of the subset's test set, 0 to 1."""
    images, labels = (part[:TRIED_IMAGES] for part in subset.load("test"))
    return float((read(reader, images / np.float32(255)).argmax(1) == labels).mean())


def advice(reader: Reader) -> Message:
    """What to tell the person of a reader from another program; empty where it does well."""
    found = trial(reader)
    if not found.is_bad:
        return Message()
    values = {"accuracy": f"{found.accuracy:.0%}", "images": TRIED_IMAGES}
    if found.best is None:
        return Message(
            "This reader answers {accuracy} of {images} of MNIST's test images right: was it trained on rows from "
            "top to bottom, and on the last row's state?",
            values,
        )
    return Message(
        "This reader answers {accuracy} of {images} of MNIST's test images right, and with --input-scaling {scaling} "
        "{better}: it was trained on scaled pixels.",
        values | {"scaling": str(found.best), "better": f"{found.best_accuracy:.0%}"},
    )
