"""The cells' equations, written as the article writes them: what the Learn page shows, and the oracle of the tests.

NumPy float64, one row at a time, no batch, nothing fused. U acts on x(t), W on h(t-1), b is the bias; V h(t) + c is
the readout. One layer's x(t) is the frame's row; the next layer's x(t) is h(t) of the layer below.

Shapes: T rows, D inputs of a layer, H hidden, L layers, K = 10 classes. Rows, layers and units count from 0.
LSTM: Hochreiter & Schmidhuber 1997 with the forget gate of Gers 2000. GRU: Cho 2014 in PyTorch's form, where r(t)
acts on W h(t-1) + b after the product. https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTM.html
"""

from dataclasses import dataclass

import numpy as np

from core.reading.cells import CELLS
from core.reading.readers import Reader
from core.reading.tracing import RowTrace

Terms = dict[str, dict[str, np.ndarray]]
"""Equation -> its terms in the order in which they are written, the last of them `value`; each (H,)."""


def sigma(z: np.ndarray) -> np.ndarray:
    """1 / (1 + exp(-z)); exp of a positive number is never taken, so it cannot overflow."""
    small = np.exp(-np.abs(z))
    return np.where(z >= 0, 1, small) / (1 + small)


def softmax(z: np.ndarray) -> np.ndarray:
    powers = np.exp(z - z.max())
    return powers / powers.sum()


@dataclass(frozen=True, eq=False)
class Layer:
    """One layer's weights by gate letter: U (H, D), W (H, H), and PyTorch's two biases (H,), whose sum is b."""

    U: dict[str, np.ndarray]
    W: dict[str, np.ndarray]
    b_U: dict[str, np.ndarray]
    b_W: dict[str, np.ndarray]

    def gate(self, letter: str, squash, h: np.ndarray, x: np.ndarray) -> dict[str, np.ndarray]:
        """squash(W h(t-1) + U x(t) + b), term by term."""
        W_h, U_x, b = self.W[letter] @ h, self.U[letter] @ x, self.b_U[letter] + self.b_W[letter]
        return {"W h": W_h, "U x": U_x, "b": b, "sum": W_h + U_x + b, "value": squash(W_h + U_x + b)}


def layer_of(reader: Reader, k: int) -> Layer:
    letters = CELLS[reader.cell].weight_order
    U, W, b_U, b_W = (
        dict(zip(letters, np.split(array.astype(np.float64), len(letters)), strict=True)) for array in reader.layer(k)
    )
    return Layer(U, W, b_U, b_W)


def rnn(layer: Layer, x: np.ndarray, h: np.ndarray, C: np.ndarray) -> Terms:
    """h(t) = tanh(W h(t-1) + U x(t) + b)"""
    return {"h": layer.gate("h", np.tanh, h, x)}


def lstm(layer: Layer, x: np.ndarray, h: np.ndarray, C: np.ndarray) -> Terms:
    """The article's six; x is x(t), h is h(t-1), C is C(t-1).

    f(t) = sigma(W_f h(t-1) + U_f x(t) + b_f)      i(t) = sigma(W_i h(t-1) + U_i x(t) + b_i)
    a(t) = tanh(W_a h(t-1) + U_a x(t) + b_a)       C(t) = C(t-1) * f(t) + i(t) * a(t)
    o(t) = sigma(W_o h(t-1) + U_o x(t) + b_o)      h(t) = o(t) * tanh(C(t))
    """
    f, i = layer.gate("f", sigma, h, x), layer.gate("i", sigma, h, x)
    a, o = layer.gate("a", np.tanh, h, x), layer.gate("o", sigma, h, x)
    kept, added = C * f["value"], i["value"] * a["value"]
    after = kept + added
    cell = {"C before": C, "f": f["value"], "i": i["value"], "a": a["value"], "kept": kept, "added": added}
    hidden = {"o": o["value"], "C": after, "tanh C": np.tanh(after), "value": o["value"] * np.tanh(after)}
    return {"f": f, "i": i, "a": a, "C": cell | {"value": after}, "o": o, "h": hidden}


def gru(layer: Layer, x: np.ndarray, h: np.ndarray, C: np.ndarray) -> Terms:
    """PyTorch's GRU; h is h(t-1).

    r(t) = sigma(W_r h(t-1) + U_r x(t) + b_r)      z(t) = sigma(W_z h(t-1) + U_z x(t) + b_z)
    n(t) = tanh(U_n x(t) + b_n + r(t) * (W_n h(t-1) + d_n))
    h(t) = (1 - z(t)) * n(t) + z(t) * h(t-1)
    """
    r, z = layer.gate("r", sigma, h, x), layer.gate("z", sigma, h, x)
    U_x, W_h, b, d = layer.U["n"] @ x, layer.W["n"] @ h, layer.b_U["n"], layer.b_W["n"]
    total = U_x + b + r["value"] * (W_h + d)
    n = {"U x": U_x, "b": b, "r": r["value"], "W h": W_h, "d": d, "sum": total, "value": np.tanh(total)}
    new, kept = (1 - z["value"]) * n["value"], z["value"] * h
    hidden = {"z": z["value"], "n": n["value"], "h before": h, "new": new, "kept": kept, "value": new + kept}
    return {"r": r, "z": z, "n": n, "h": hidden}


EQUATIONS = {"rnn": rnn, "lstm": lstm, "gru": gru}


def terms(reader: Reader, trace: RowTrace, layer: int, row: int, unit: int) -> dict[str, dict[str, float]]:
    """Every term of every equation of one unit at one row, from the states that a trace without surgery holds."""
    before = np.zeros(reader.hidden)
    x = trace.x[row] if layer == 0 else trace.h[layer - 1, row]
    h = trace.h[layer, row - 1] if row else before
    C = trace.C[layer, row - 1] if row and trace.C is not None else before
    found = EQUATIONS[reader.cell](layer_of(reader, layer), *(array.astype(np.float64) for array in (x, h, C)))
    return {name: {term: float(values[unit]) for term, values in parts.items()} for name, parts in found.items()}


def readout(reader: Reader, h: np.ndarray) -> dict[str, np.ndarray]:
    """o(t) = V h(t) + c, y(t) = softmax(o(t)), from the top layer's h(t) (H,): `V h`, `c`, `o`, `y`, each (K,)."""
    V, c = (reader.arrays[f"classifier.{name}"].astype(np.float64) for name in ("weight", "bias"))
    V_h = V @ h.astype(np.float64)
    return {"V h": V_h, "c": c, "o": V_h + c, "y": softmax(V_h + c)}


def states(reader: Reader, frame: np.ndarray) -> dict[str, np.ndarray]:
    """frame (T, 28), 0 to 1 -> each letter of the cell (L, T, H), logits (T, K) and probabilities (T, K), float64."""
    below, layers = np.asarray(frame, dtype=np.float64), []
    for k in range(reader.layers):
        layer, h, C = layer_of(reader, k), np.zeros(reader.hidden), np.zeros(reader.hidden)
        rows = []
        for x in below:
            row = {name: parts["value"] for name, parts in EQUATIONS[reader.cell](layer, x, h, C).items()}
            h, C = row["h"], row.get("C", C)
            rows.append(row)
        layers.append({letter: np.stack([row[letter] for row in rows]) for letter in rows[0]})
        below = layers[-1]["h"]
    answers = [readout(reader, h) for h in below]
    every = {letter: np.stack([layer[letter] for layer in layers]) for letter in layers[0]}
    return every | {"logits": np.stack([a["o"] for a in answers]), "probabilities": np.stack([a["y"] for a in answers])}
