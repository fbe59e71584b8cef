"""What a reader does at every row of a frame: gates, states and opinion. NumPy only, float32.

Shapes: T rows (28, or as surgery has them, and those that the reader waits), D = 28 pixels, B batch, H hidden,
L layers, K = 10 classes.
Rows, layers and units count from 0 here; screens and the CSV count from 1.
Equations: https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTM.html (g is the article's a), GRU, RNN.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from threadpoolctl import ThreadpoolController

from core.errors import DrawingError, WeightsError
from core.reading.cells import CELLS
from core.reading.readers import Reader
from core.reading.surgery import Clamp, LayerSurgery, Surgery

__all__ = [
    "CERTAIN",
    "LETTERS",
    "Clamp",
    "Decision",
    "RowTrace",
    "Surgery",
    "decision",
    "read",
    "to_csv",
    "to_npz_bytes",
    "top_logits",
]

LETTERS = {name: cell.letters for name, cell in CELLS.items()}
"""What each cell has, in the order in which it is shown."""
CERTAIN = 0.9
"""The probability from which an answer counts as certain."""
_DIGITS = 10
_BATCH_BYTES = 64 * 2**20
# Products of one row are too small for several BLAS threads, which wait for one another: beside a training run on
# all cores, one thread traces 4 x 512 in 50 ms where two need 300 to 1,200.
_one_thread = ThreadpoolController().wrap(limits=1, user_api="blas")


@dataclass(frozen=True, kw_only=True, eq=False)
class RowTrace:
    """One frame, read row by row. A letter that the cell does not have is None; the others are (L, T, H) float32."""

    cell: str
    x: np.ndarray
    """(T, D), 0 to 1: the rows as they were read."""
    logits: np.ndarray
    """(T, K): V h(t) + c of the top layer. Only the last row was trained to answer."""
    probabilities: np.ndarray
    """(T, K): softmax of the logits."""
    h: np.ndarray
    """Hidden state, -1 to 1."""
    C: np.ndarray | None = None
    """LSTM: cell state, unbounded (at most t in size after t rows)."""
    f: np.ndarray | None = None
    """LSTM: forget gate, 0 to 1."""
    i: np.ndarray | None = None
    """LSTM: input gate, 0 to 1."""
    a: np.ndarray | None = None
    """LSTM: candidate, -1 to 1."""
    o: np.ndarray | None = None
    """LSTM: output gate, 0 to 1."""
    r: np.ndarray | None = None
    """GRU: reset gate, 0 to 1."""
    z: np.ndarray | None = None
    """GRU: update gate, 0 to 1."""
    n: np.ndarray | None = None
    """GRU: candidate, -1 to 1."""

    @property
    def digit(self) -> int:
        """The answer after the last row."""
        return int(self.logits[-1].argmax())

    def states(self) -> dict[str, np.ndarray]:
        """Letter -> (L, T, H) of what the cell has, in display order."""
        return {letter: getattr(self, letter) for letter in LETTERS[self.cell]}


@dataclass(frozen=True)
class Decision:
    """When a reader's answer settled. Rows count from 0."""

    digit: int
    probability: float
    """Of the digit after the last row."""
    settled: int
    """The row from which the answer never changed again."""
    certain: int | None
    """The row from which the digit kept at least CERTAIN; None: it ended below."""
    before: int | None
    """The answer at the row before it settled; None: it never changed."""
    before_probability: float | None


@_one_thread
def trace(reader: Reader, frame: np.ndarray, surgery: Surgery | None = None) -> RowTrace:
    """Reads frame (28, 28), 0 to 1, top row first.

    Raises DrawingError for an array that is no frame, WeightsError for a reader of other sizes than 28 pixels and 10
    classes, ConfigError for surgery that does not fit the reader.
    """
    frame = np.asarray(frame)
    if frame.shape != (28, 28):
        raise DrawingError(
            "A frame has 28 x 28 pixels; this one has the shape {shape}: draw the digit again.", shape=str(frame.shape)
        )
    x = _prepare(reader, frame[None], surgery)
    layers = list(_run(reader, x, surgery or Surgery()))
    states = {letter: np.stack([layer[letter][:, 0] for layer in layers]) for letter in LETTERS[reader.cell]}
    logits = _logits(reader, states["h"][-1])
    return RowTrace(cell=reader.cell, x=x[0].copy(), logits=logits, probabilities=softmax(logits), **states)


@_one_thread
def read(reader: Reader, frames: np.ndarray, surgery: Surgery | None = None, *, classes: int = _DIGITS) -> np.ndarray:
    """frames (N, 28, 28), 0 to 1 -> probabilities (N, classes) after the last row. Raises as `trace` does."""
    x = _prepare(reader, frames, surgery, classes)
    batch = max(1, _BATCH_BYTES // (x.shape[1] * reader.hidden * 6 * 4))  # six float32 values a unit and row
    last = [np.empty((0, reader.hidden), np.float32)]
    for start in range(0, len(x), batch):
        for states in _run(reader, x[start : start + batch], surgery or Surgery()):
            top = states["h"][-1]
        last.append(top)
    return softmax(_logits(reader, np.concatenate(last)))


@_one_thread
def top_logits(reader: Reader, below: np.ndarray, readings: int, surgery: LayerSurgery) -> np.ndarray:
    """below (T, D), what the top layer reads -> logits (B, K) after the last row of B readings under this surgery."""
    x = np.repeat(below[:, None], readings, axis=1)
    return _logits(reader, _STEPS[reader.cell](x, *reader.layer(reader.layers - 1), surgery)["h"][-1])


def decision(trace: RowTrace) -> Decision:
    """When the answer settled, when it became certain, and what it was before."""
    answers, digit = trace.probabilities.argmax(-1), trace.digit
    settled = _start_of_last_run(answers == digit)
    certain = _start_of_last_run(trace.probabilities[:, digit] >= CERTAIN)
    before = int(answers[settled - 1]) if settled else None
    return Decision(
        digit=digit,
        probability=float(trace.probabilities[-1, digit]),
        settled=settled,
        certain=certain if certain < len(answers) else None,
        before=before,
        before_probability=float(trace.probabilities[settled - 1, before]) if settled else None,
    )


def _start_of_last_run(holds: np.ndarray) -> int:
    """The first index from which `holds` is true to the end; its length where the end is false."""
    fails = np.flatnonzero(~holds)
    return int(fails[-1]) + 1 if fails.size else 0


def sigmoid(values: np.ndarray) -> np.ndarray:
    """1 / (1 + exp(-values)) without overflow."""
    return 0.5 * np.tanh(0.5 * values) + 0.5


def softmax(logits: np.ndarray) -> np.ndarray:
    """Probabilities over the last axis, without overflow."""
    powers = np.exp(logits - logits.max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True)


def _prepare(reader: Reader, frames: np.ndarray, surgery: Surgery | None, classes: int = _DIGITS) -> np.ndarray:
    """frames (N, 28, 28) -> x (N, T, D) float32, checked and arranged."""
    if (reader.inputs, reader.classes) != (28, classes):
        raise WeightsError(
            "This reader reads {inputs} pixels a row into {classes} classes; "
            "digits here have 28 and 10: choose another reader.",
            inputs=reader.inputs,
            classes=reader.classes,
        )
    frames = np.asarray(frames, dtype=np.float32)
    if frames.ndim != 3 or frames.shape[1:] != (28, 28):
        raise DrawingError(
            "Frames are N x 28 x 28; these have the shape {shape}: use 28 x 28 pixels each.", shape=str(frames.shape)
        )
    if not np.isfinite(frames).all():
        raise DrawingError("The frame holds values that are not finite numbers: draw the digit again.")
    if frames.size and (frames.min() < 0 or frames.max() > 1):
        raise DrawingError(
            "The frame's pixels run from {low} to {high}; a reader takes 0 (paper) to 1 (ink): "
            "divide by the largest value that a pixel can have.",
            low=f"{frames.min():g}",
            high=f"{frames.max():g}",
        )
    if surgery is not None:
        surgery.check(reader)
        frames = surgery.arrange(frames)
    return np.pad(frames, ((0, 0), (0, reader.wait), (0, 0))) if reader.wait else frames


def _run(reader: Reader, x: np.ndarray, surgery: Surgery) -> Iterator[dict[str, np.ndarray]]:
    """x (B, T, D) -> letter -> (T, B, H) of each layer, bottom first."""
    step = _STEPS[reader.cell]
    below = np.ascontiguousarray(x.swapaxes(0, 1))
    for k in range(reader.layers):
        states = step(below, *reader.layer(k), surgery.at(k))
        yield states
        below = states["h"]


def _lstm(x, U, W, b_ih, b_hh, surgery: LayerSurgery) -> dict[str, np.ndarray]:
    gates = x @ U.T + (b_ih + b_hh)  # (T, B, 4H): U x(t) of all rows at once
    i, f, a, o = np.split(gates, 4, axis=-1)  # views, in PyTorch's order
    C, h = np.zeros_like(f), np.zeros_like(f)
    C_before = h_before = np.zeros_like(f[0])
    for t in range(len(x)):
        gates[t] += h_before @ W.T
        for gate in (i, f, o):
            gate[t] = sigmoid(gate[t])
        a[t] = np.tanh(a[t])
        surgery.hold(t, f=f, i=i, o=o)
        C[t] = f[t] * C_before + i[t] * a[t]
        h[t] = o[t] * np.tanh(C[t])
        surgery.silence(t, C, h)
        C_before, h_before = C[t], h[t]
    return {"f": f, "i": i, "a": a, "o": o, "C": C, "h": h}


def _gru(x, U, W, b_ih, b_hh, surgery: LayerSurgery) -> dict[str, np.ndarray]:
    gates = x @ U.T + b_ih  # (T, B, 3H)
    r, z, n = np.split(gates, 3, axis=-1)
    h = np.zeros_like(r)
    before = np.zeros_like(r[0])
    for t in range(len(x)):
        W_r, W_z, W_n = np.split(before @ W.T + b_hh, 3, axis=-1)
        r[t] = sigmoid(r[t] + W_r)
        z[t] = sigmoid(z[t] + W_z)
        surgery.hold(t, r=r, z=z)
        n[t] = np.tanh(n[t] + r[t] * W_n)  # PyTorch resets W h + b, not h
        h[t] = (1 - z[t]) * n[t] + z[t] * before
        surgery.silence(t, h)
        before = h[t]
    return {"r": r, "z": z, "n": n, "h": h}


def _rnn(x, U, W, b_ih, b_hh, surgery: LayerSurgery) -> dict[str, np.ndarray]:
    h = x @ U.T + (b_ih + b_hh)
    before = np.zeros_like(h[0])
    for t in range(len(x)):
        h[t] = np.tanh(h[t] + before @ W.T)
        surgery.silence(t, h)
        before = h[t]
    return {"h": h}


_STEPS = {"lstm": _lstm, "gru": _gru, "rnn": _rnn}


def _logits(reader: Reader, h: np.ndarray) -> np.ndarray:
    return h @ reader.arrays["classifier.weight"].T + reader.arrays["classifier.bias"]


def to_npz_bytes(trace: RowTrace) -> bytes:
    """The trace as an .npz: x (T, D), f i a o c h or r z n h (L, T, H), logits (T, K), digit."""
    content = io.BytesIO()
    states = {letter.lower(): values for letter, values in trace.states().items()}
    arrays: dict[str, Any] = {"x": trace.x, **states, "logits": trace.logits, "digit": np.int64(trace.digit)}
    np.savez_compressed(content, **arrays)
    return content.getvalue()


def to_csv(trace: RowTrace) -> str:
    """The trace as CSV, a value a line: letter, layer, row, unit, value; layer, row and unit count from 1.

    x has no layer, and its unit is the pixel's column; logit and p have no layer, and their unit is the digit.
    """
    lines = ["letter,layer,row,unit,value"]
    lines += _csv_lines("x", "", trace.x, first_unit=1)
    for letter, layers in trace.states().items():
        for k, values in enumerate(layers, start=1):
            lines += _csv_lines(letter, k, values, first_unit=1)
    lines += _csv_lines("logit", "", trace.logits, first_unit=0)
    lines += _csv_lines("p", "", trace.probabilities, first_unit=0)
    return "\n".join(lines) + "\n"


def _csv_lines(letter: str, layer: int | str, values: np.ndarray, first_unit: int) -> Iterator[str]:
    for t, row in enumerate(values.tolist(), start=1):
        for unit, value in enumerate(row, start=first_unit):
            yield f"{letter},{layer},{t},{unit},{value:.7g}"
