"""Every image of a set read at once, row by row: a row is finished for all images before the next one begins.

NumPy, float32. `tracing` keeps all rows of a few images; this keeps one row of many, so that 10,000 images take 30 MiB.

Shapes: N images, D = 28 pixels, G gates, H hidden, L layers, K = 10 classes. Rows and layers count from 0.
Equations: https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTM.html (g is the article's a), GRU, RNN.
"""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from threadpoolctl import ThreadpoolController

from core.errors import DrawingError
from core.reading.readers import Reader

ROWS = 28
LETTERS = {"lstm": ("h", "C"), "gru": ("h",), "rnn": ("h",)}
"""The states that a cell hands on to its next row."""
_CHUNK = 512  # images: fewer cost more calls, more no longer fit a core's cache
_MOST_THREADS = 4
_blas = ThreadpoolController()


@dataclass(frozen=True, eq=False)
class RowStates:
    """What the reader holds after one row. The arrays are overwritten by the next row: copy what is to last."""

    row: int
    states: dict[str, list[np.ndarray]]
    """h, and C of an LSTM -> a (N, H) float32 for each layer, bottom first."""
    logits: np.ndarray
    """(N, K): V h(t) + c of the top layer, a new array for each row."""


def read_rows(reader: Reader, images: np.ndarray) -> Iterator[RowStates]:
    """Reads images (N, 28, 28), uint8 or 0 to 1, on all cores; yields once for each of the 28 rows.

    Of a reader that waits, the last row's states and logits are those after the blank rows that it was trained to wait.
    Raises DrawingError for images of another shape or range.
    """
    images = checked(images)
    shape = (len(images), reader.hidden)
    states = {letter: [np.zeros(shape, np.float32) for _ in range(reader.layers)] for letter in LETTERS[reader.cell]}
    cells = [_CELLS[reader.cell](*reader.layer(k)) for k in range(reader.layers)]
    chunks = [slice(start, start + _CHUNK) for start in range(0, len(images), _CHUNK)]

    def read(x: np.ndarray, chunk: slice) -> None:
        for k, cell in enumerate(cells):
            x = cell.step(x, *(layers[k][chunk] for layers in states.values()))

    def advance(chunk: slice, row: int) -> None:
        x = scaled(images[chunk, row])
        read(x, chunk)
        if row == ROWS - 1:
            for _ in range(reader.wait):
                read(np.zeros_like(x), chunk)

    with ThreadPoolExecutor(min(os.cpu_count() or 1, _MOST_THREADS)) as pool:
        spread = pool.map if len(chunks) > 1 else map
        for row in range(ROWS):
            with _blas.limit(
                limits=1, user_api="blas"
            ):  # a thread a chunk: BLAS threads on top would wait for each other
                list(spread(advance, chunks, [row] * len(chunks)))
                logits = states["h"][-1] @ reader.arrays["classifier.weight"].T + reader.arrays["classifier.bias"]
            yield RowStates(row, states, logits)


def checked(images: np.ndarray) -> np.ndarray:
    """The images as an array (N, 28, 28) of uint8 or float32. Raises DrawingError."""
    images = np.asarray(images)
    if images.ndim != 3 or images.shape[1:] != (28, 28):
        raise DrawingError(
            "Frames are N x 28 x 28; these have the shape {shape}: use 28 x 28 pixels each.", shape=str(images.shape)
        )
    if images.dtype == np.uint8:
        return images
    images = images.astype(np.float32)
    if not np.isfinite(images).all():
        raise DrawingError("The frame holds values that are not finite numbers: draw the digit again.")
    if images.size and (images.min() < 0 or images.max() > 1):
        raise DrawingError(
            "The frame's pixels run from {low} to {high}; a reader takes 0 (paper) to 1 (ink): "
            "divide by the largest value that a pixel can have.",
            low=f"{images.min():g}",
            high=f"{images.max():g}",
        )
    return images


def scaled(rows: np.ndarray) -> np.ndarray:
    """uint8 to 0 to 1, as float32."""
    return rows / np.float32(255) if rows.dtype == np.uint8 else rows


class _Lstm:
    def __init__(self, U, W, b_ih, b_hh):
        self.U, self.W, self.b = U.T, W.T, b_ih + b_hh

    def step(self, x: np.ndarray, h: np.ndarray, C: np.ndarray) -> np.ndarray:
        """x (N, D or H); h and C (N, H) are advanced by one row in place. Returns h."""
        gates = x @ self.U
        gates += h @ self.W
        gates += self.b
        i, f, a, o = np.split(gates, 4, axis=1)  # PyTorch's order
        _sigmoid(gates[:, : 2 * h.shape[1]])
        np.tanh(a, out=a)
        _sigmoid(o)
        C *= f
        C += np.multiply(i, a, out=i)
        np.multiply(np.tanh(C, out=a), o, out=h)
        return h


class _Gru:
    def __init__(self, U, W, b_ih, b_hh):
        self.U, self.W, self.b_ih, self.b_hh = U.T, W.T, b_ih, b_hh

    def step(self, x: np.ndarray, h: np.ndarray) -> np.ndarray:
        r, z, n = np.split(x @ self.U + self.b_ih, 3, axis=1)
        W_r, W_z, W_n = np.split(h @ self.W + self.b_hh, 3, axis=1)
        r = _sigmoid(r + W_r)
        z = _sigmoid(z + W_z)
        n = np.tanh(n + r * W_n)  # PyTorch resets W h + b, not h
        h += (1 - z) * (n - h)
        return h


class _Rnn:
    def __init__(self, U, W, b_ih, b_hh):
        self.U, self.W, self.b = U.T, W.T, b_ih + b_hh

    def step(self, x: np.ndarray, h: np.ndarray) -> np.ndarray:
        np.tanh(x @ self.U + h @ self.W + self.b, out=h)
        return h


_CELLS = {"lstm": _Lstm, "gru": _Gru, "rnn": _Rnn}


def _sigmoid(values: np.ndarray) -> np.ndarray:
    """1 / (1 + exp(-values)) in place; exp takes half the time of tanh here."""
    with np.errstate(over="ignore"):  # exp(89) is inf in float32, and 1 / inf the 0 that is meant
        np.exp(np.negative(values, out=values), out=values)
    values += 1
    return np.reciprocal(values, out=values)
