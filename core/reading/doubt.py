"""Why an answer is to be taken with care: what was read may be no digit, or unlike the digits that are known.

Whether a frame shows a digit at all is asked of the discriminator: an LSTM of one small layer that reads it row by row
and answers digit or no digit. It has learned MNIST's digits and pen digits from letters, signs, faces and blots
(core.training.discrimination); its weights are in weights/discriminator.safetensors, made by
`python -m core discriminator`. Taught the same, a reader of digits would doubt many of them, and read them worse.
"""

from functools import cache
from typing import Literal

import numpy as np

from core.digits import ood
from core.digits.drawing import Frame
from core.reading import tracing, weights_files
from core.reading.readers import SHIPPED, Reader, reader_of

DISCRIMINATOR = SHIPPED.with_name("discriminator.safetensors")
DIGIT, NO_DIGIT = range(2)
"""Its classes."""
WITHIN = 0.999
"""The part of MNIST's training images that it takes for digits."""
UNSURE = 0.9
"""An answer below this probability is doubted. With what is unlike MNIST that is said of more than half of what an
LSTM trained on MNIST alone reads wrong of 30 writers, and of less than 2 % of what it reads right; 0.6 told a seventh
of it."""

Doubt = Literal["", "tones", "no_digit", "unlike", "unsure"]


def doubt(frame: Frame, answer: np.ndarray) -> Doubt:
    """Why to doubt an answer to this frame, the ten digits' probabilities; empty where there is no reason.

    tones: its picture has a third tone (core.digits.tones); no_digit: the discriminator takes it for none; unlike: it
    is out of MNIST's distribution (core.digits.ood); unsure: the answer's probability is below UNSURE.
    """
    if "tones" in frame.notes:
        return "tones"
    if show_no_digit(frame.pixels[None])[0]:
        return "no_digit"
    if ood.is_ood(frame.pixels):
        return "unlike"
    return "unsure" if answer.max() < UNSURE else ""


def show_no_digit(frames: np.ndarray) -> np.ndarray:
    """(N,): which of the frames (N, 28, 28), 0 to 1, the discriminator takes for no digit."""
    known = _discriminator()
    return probabilities(known, frames) > known.card["limit"]


def probabilities(discriminator: Reader, frames: np.ndarray) -> np.ndarray:
    """(N,): of no digit, for each of the frames (N, 28, 28), 0 to 1."""
    return tracing.read(discriminator, frames, classes=2)[:, NO_DIGIT]


@cache
def _discriminator() -> Reader:
    arrays, card, _ = weights_files.contents(DISCRIMINATOR.read_bytes(), DISCRIMINATOR.name)
    return reader_of(arrays, card)
