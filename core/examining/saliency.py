"""Which pixels, and which rows, an answer rests on: gradient x input, and occlusion by row.

Two questions with two answers. A gradient tells what an infinitesimal change of a pixel would do, in float64 through
torch's cells (imported where it is used). Occlusion tells what becomes of the answer without a row.

Shapes: T = 28 rows, D = 28 pixels, K = 10 classes. Rows count from 0.
"""

from typing import Any

import numpy as np

from core.examining.index import check_number
from core.examining.states import ROWS, checked, read_rows, scaled
from core.reading.readers import Reader
from core.reading.tracing import softmax


def gradient_times_input(reader: Reader, frame: np.ndarray, digit: int, rival: int | None = None) -> np.ndarray:
    """(T, D) float64: x * d logit / d x of frame (T, D), 0 to 1, for a digit; with a rival, of the difference of both.

    Above 0: ink that speaks for the digit (and against the rival). Paper is 0. Raises ConfigError and DrawingError.
    """
    return gradient(reader, frame, digit, rival) * _frame(frame)


def gradient(reader: Reader, frame: np.ndarray, digit: int, rival: int | None = None) -> np.ndarray:
    """(T, D) float64: d logit / d x after the last row; with a rival, d (logit - rival's logit) / d x."""
    import torch

    from core.reading.gradients import unroll

    _check_digits(digit, rival)
    x = torch.tensor(_frame(frame), dtype=torch.float64, requires_grad=True)
    rows = torch.nn.functional.pad(x, (0, 0, 0, reader.wait))
    V = torch.from_numpy(reader.arrays["classifier.weight"]).double()  # its bias has no part in a gradient
    weights = V[digit] if rival is None else V[digit] - V[rival]
    (found,) = torch.autograd.grad(weights @ unroll(reader, rows).h[-1][-1], x)
    return found.numpy()


def occlusion(reader: Reader, frame: np.ndarray) -> dict[str, Any]:
    """What becomes of the answer when one row is blanked, row after row: one batch of 29 readings.

    Returns `digit` (the answer to the whole frame), `probabilities` (K), `fall` (T, K): by how much each digit's
    probability falls without row t, and `margin_fall` (T, K): by how much its logit falls, against the mean of all
    ten (where p is 0.9999, only this still tells rows apart). Raises DrawingError.
    """
    whole = _frame(frame)
    *_, last = read_rows(reader, np.stack([whole, *np.where(np.eye(ROWS, dtype=bool)[:, :, None], 0, whole)]))
    probabilities = softmax(last.logits.astype(np.float64))
    margins = last.logits - last.logits.mean(1, keepdims=True)
    return {
        "digit": int(last.logits[0].argmax()),
        "probabilities": probabilities[0].tolist(),
        "fall": (probabilities[0] - probabilities[1:]).tolist(),
        "margin_fall": (margins[0] - margins[1:]).astype(float).tolist(),
    }


def _frame(frame: np.ndarray) -> np.ndarray:
    """(T, D) float32, 0 to 1. Raises DrawingError."""
    return scaled(checked(np.asarray(frame)[None]))[0]


def _check_digits(digit: int, rival: int | None) -> None:
    for number in (digit,) if rival is None else (digit, rival):
        check_number("digit", number, 10)
