"""How far a row's influence reaches: gradients of the loss and of the label's logit with respect to every row.

By autograd in float64, through torch's own cells; an LSTM's gradients through its equations, since torch's cell makes
h(t) and C(t) in one step, in which C(t) is no node of its own. torch is imported where it is used: it costs seconds.

Shapes: T rows, D = 28 pixels, H hidden, L layers, K = 10 classes. Rows count from 0.
Bengio, Simard & Frasconi 1994: learning long-term dependencies with gradient descent is difficult.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from core.reading.cells import CELLS
from core.reading.readers import Reader

if TYPE_CHECKING:
    from torch import Tensor

    Cell = Callable[[Tensor, tuple[Tensor, ...] | None], Tensor | tuple[Tensor, ...]]

RETENTION_GATES = {name: cell.retention_gate for name, cell in CELLS.items() if cell.retention_gate}
"""The gate whose product over rows is the part of an old state that is still there."""


@dataclass(frozen=True, eq=False)
class RowGradients:
    """Norms over the units of all layers, one a row; L is the cross entropy after the last row."""

    hidden: np.ndarray
    """(T,) ||dL/dh(t)||, along every path that leaves h(t)."""
    cell: np.ndarray | None
    """(T,) ||dL/dC(t)||, along every path that leaves C(t), of which the forget gates' is one; None but for an LSTM."""
    pixels: np.ndarray
    """(T,) ||d logit/d x(t)||, the logit of the label."""
    loss: float

    @property
    def memory(self) -> np.ndarray:
        """(T,) the gradient of the state that carries the past: C(t) of an LSTM, h(t) of a GRU or RNN."""
        return self.hidden if self.cell is None else self.cell

    def first(self, rows: int) -> "RowGradients":
        """Of so many rows from the top."""
        cell = None if self.cell is None else self.cell[:rows]
        return replace(self, hidden=self.hidden[:rows], cell=cell, pixels=self.pixels[:rows])

    @property
    def decades(self) -> float:
        """log10 of ||dL/dh(1)|| / ||dL/dh(T)||: -3 means that a thousandth reaches the first row."""
        return float(np.log10(self.hidden[0] / self.hidden[-1]))


def row_gradients(reader: Reader, frame: np.ndarray, label: int) -> RowGradients:
    """Gradients for frame (T, 28), 0 to 1, and the digit that it is."""
    import torch
    import torch.nn.functional as F

    x = torch.tensor(frame, dtype=torch.float64, requires_grad=True)
    unrolled = unroll(reader, x, _lstm_by_equations if reader.cell == "lstm" else _cell)
    logits = _logits(reader, unrolled.h[-1][-1])
    loss = F.cross_entropy(logits[None], torch.tensor([label]))
    (by_pixel,) = torch.autograd.grad(logits[label], x, retain_graph=True)
    return RowGradients(
        hidden=_norms(loss, unrolled.h),
        cell=_norms(loss, unrolled.C) if reader.cell == "lstm" else None,
        pixels=by_pixel.norm(dim=1).numpy(),
        loss=float(loss.detach()),
    )


def _norms(loss: "Tensor", states: list[list["Tensor"]]) -> np.ndarray:
    """(T,) norms of the loss's gradient over the units of all layers; states: L lists of T, (H,) each."""
    import torch

    found = torch.autograd.grad(loss, [state for layer in states for state in layer], retain_graph=True)
    return torch.stack(found).view(len(states), len(states[0]), -1).norm(dim=(0, 2)).numpy()


@dataclass(frozen=True, eq=False)
class Unrolled:
    """Every h(t), and for the LSTM every C(t), (H,) each: L lists of T."""

    h: list[list["Tensor"]]
    C: list[list["Tensor"]]


def unroll(reader: Reader, x: "Tensor", cell: "Callable[[Reader, int], Cell] | None" = None) -> Unrolled:
    """Runs cells over x (T, 28) float64 one row at a time, so that every h(t) is a node of the graph.

    cell: makes that of a layer; None: torch's own.
    """
    below, hidden, cells = list(x), [], []
    for k in range(reader.layers):
        states = list(_rows((cell or _cell)(reader, k), below))
        below = [state[0] for state in states]
        hidden.append(below)
        cells.append([state[1] for state in states if len(state) == 2])
    return Unrolled(hidden, cells)


def _lstm_by_equations(reader: Reader, k: int) -> "Cell":
    """An LSTM's layer (Hochreiter & Schmidhuber 1997; Gers 2000) in which every C(t) is a node of the graph."""
    import torch

    U, W, b, c = (torch.from_numpy(array).double() for array in reader.layer(k))
    nothing = torch.zeros(reader.hidden, dtype=torch.float64)

    def cell(x: "Tensor", state: "tuple[Tensor, ...] | None") -> "tuple[Tensor, ...]":
        h, C = state or (nothing, nothing)
        i, f, a, o = (U @ x + W @ h + b + c).chunk(4)
        C = f.sigmoid() * C + i.sigmoid() * a.tanh()
        return o.sigmoid() * C.tanh(), C

    return cell


def _cell(reader: Reader, k: int) -> "Cell":
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
