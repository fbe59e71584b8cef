"""How far a row's influence reaches: gradients of the loss and of the label's logit with respect to every row.

By autograd, through torch's own cells, in float64. torch is imported where it is used: it costs seconds.

Shapes: T rows, D = 28 pixels, H hidden, L layers, K = 10 classes. Rows count from 0.
Bengio, Simard & Frasconi 1994: learning long-term dependencies with gradient descent is difficult.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.reading.cells import CELLS
from core.reading.readers import Reader

if TYPE_CHECKING:
    from torch import Tensor

RETENTION_GATES = {name: cell.retention_gate for name, cell in CELLS.items() if cell.retention_gate}
"""The gate whose product over rows is the part of an old state that is still there."""


@dataclass(frozen=True, eq=False)
class RowGradients:
    """Norms over the units of all layers, one a row; L is the cross entropy after the last row."""

    hidden: np.ndarray
    """(T,) ||dL/dh(t)||, along every path that leaves h(t)."""
    pixels: np.ndarray
    """(T,) ||d logit/d x(t)||, the logit of the label."""
    loss: float

    @property
    def decades(self) -> float:
        """log10 of ||dL/dh(1)|| / ||dL/dh(T)||: -3 means that a thousandth reaches the first row."""
        return float(np.log10(self.hidden[0] / self.hidden[-1]))


def row_gradients(reader: Reader, frame: np.ndarray, label: int) -> RowGradients:
    """Gradients for frame (T, 28), 0 to 1, and the digit that it is."""
    import torch
    import torch.nn.functional as F

    x = torch.tensor(frame, dtype=torch.float64, requires_grad=True)
    unrolled = unroll(reader, x)
    logits = _logits(reader, unrolled.h[-1][-1])
    loss = F.cross_entropy(logits[None], torch.tensor([label]))
    flat = [h for layer in unrolled.h for h in layer]
    by_state = torch.stack(torch.autograd.grad(loss, flat, retain_graph=True)).view(reader.layers, len(frame), -1)
    (by_pixel,) = torch.autograd.grad(logits[label], x)
    return RowGradients(by_state.norm(dim=(0, 2)).numpy(), by_pixel.norm(dim=1).numpy(), float(loss.detach()))


@dataclass(frozen=True, eq=False)
class Unrolled:
    """Every h(t), and for the LSTM every C(t), (H,) each: L lists of T."""

    h: list[list["Tensor"]]
    C: list[list["Tensor"]]


def unroll(reader: Reader, x: "Tensor") -> Unrolled:
    """Runs torch's cells over x (T, 28) float64 one row at a time, so that every h(t) is a node of the graph."""
    below, hidden, cells = list(x), [], []
    for k in range(reader.layers):
        states = list(_rows(_cell(reader, k), below))
        below = [state[0] for state in states]
        hidden.append(below)
        cells.append([state[1] for state in states if len(state) == 2])
    return Unrolled(hidden, cells)


def _cell(reader: Reader, k: int):
    import torch
    from torch import nn

    kind = {"lstm": nn.LSTMCell, "gru": nn.GRUCell, "rnn": nn.RNNCell}[reader.cell]
    arrays = reader.layer(k)
    cell = kind(arrays[0].shape[1], reader.hidden, dtype=torch.float64)
    names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    cell.load_state_dict({name: torch.from_numpy(array) for name, array in zip(names, arrays, strict=True)})
    return cell.requires_grad_(False)


def _rows(cell, inputs: list["Tensor"]) -> Iterable[tuple["Tensor", ...]]:
    state = None
    for x in inputs:
        found = cell(x, state)
        state = found
        yield found if isinstance(found, tuple) else (found,)


def _logits(reader: Reader, h: "Tensor") -> "Tensor":
    import torch

    V, c = (torch.from_numpy(reader.arrays[f"classifier.{name}"]).double() for name in ("weight", "bias"))
    return V @ h + c


def largest_difference(reader: Reader, frame: np.ndarray, states: dict[str, np.ndarray]) -> float:
    """The largest |difference| from torch over h, C and logits of every layer, row and unit; `states` as a trace's."""
    import torch

    with torch.no_grad():
        unrolled = unroll(reader, torch.tensor(frame, dtype=torch.float64))
        of_torch = {"h": unrolled.h, "C": unrolled.C} if reader.cell == "lstm" else {"h": unrolled.h}
        gaps = [
            np.abs(torch.stack([torch.stack(layer) for layer in layers]).numpy() - states[letter]).max()
            for letter, layers in of_torch.items()
        ]
        logits = torch.stack([_logits(reader, h) for h in unrolled.h[-1]]).numpy()
    return float(max(*gaps, np.abs(logits - states["logits"]).max()))


def kept(gate: np.ndarray) -> np.ndarray:
    """gate (L, T, H) -> (T,): the product of the gates of all later rows, averaged over units and layers.

    1 at the last row; 0.1 at row t: a tenth of what row t wrote into the state is still there at the end.
    """
    later = np.flip(np.cumprod(np.flip(gate[:, 1:].astype(np.float64), 1), 1), 1)
    return np.concatenate([later, np.ones_like(gate[:, :1], dtype=np.float64)], 1).mean((0, 2))
