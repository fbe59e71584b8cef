"""What a row does to the memory of earlier rows: the product of the Jacobians of all later steps. NumPy float64.

In an RNN a step is ds(t)/ds(t-1) = diag(1 - h(t)^2) W, and their product is what a gradient is multiplied by on its
way back: Pascanu, Mikolov & Bengio 2013, On the difficulty of training recurrent neural networks, equation 5. It is
the counterpart of the product of an LSTM's forget gates, which is that product along the cell state alone.

s is the state that carries the past: C of an LSTM, h of a GRU or RNN. The layer's inputs are held, so this is the
recurrent way within a layer; in an LSTM it has every path that leaves C(t), through h(t) and the gates as well.
Shapes: T rows, H hidden, L layers. Rows count from 0.
"""

import numpy as np

from core.reading import equations
from core.reading.equations import Layer
from core.reading.readers import Reader
from core.reading.tracing import RowTrace

States = dict[str, np.ndarray]
"""Letter -> (T, H) of one layer, float64."""


def carried(reader: Reader, trace: RowTrace) -> np.ndarray:
    """(T,): ||ds(T)/ds(t)|| by Frobenius over sqrt(H), averaged over layers; 1 at the last row.

    So scaled it is the root mean square of the singular values: by how much a small change of the state after row t
    has grown or shrunk at the end, on the average of all directions.
    """
    norms = []
    for k in range(reader.layers):
        states = {letter: values[k].astype(np.float64) for letter, values in trace.states().items()}
        norms.append([np.linalg.norm(J) for J in products(reader, equations.layer_of(reader, k), states)])
    return np.mean(norms, axis=0) / np.sqrt(reader.hidden)


def products(reader: Reader, layer: Layer, states: States) -> list[np.ndarray]:
    """ds(T)/ds(t), (H, H), of every row of one layer."""
    step = {"rnn": _rnn, "gru": _gru, "lstm": _lstm}[reader.cell]
    H, T = reader.hidden, len(states["h"])
    pair = reader.cell == "lstm"  # its steps map (h, C) to (h, C)
    back = np.hstack([np.zeros((H, H)), np.eye(H)]) if pair else np.eye(H)
    found = []
    for t in range(T - 1, -1, -1):
        found.append(back[:, :H] * _shown(states, t) + back[:, H:] if pair else back)
        if t:
            back = back @ step(layer, states, t)
    return found[::-1]


def _rnn(layer: Layer, states: States, t: int) -> np.ndarray:
    return (1 - states["h"][t] ** 2)[:, None] * layer.W["h"]


def _gru(layer: Layer, states: States, t: int) -> np.ndarray:
    r, z, n = (states[letter][t] for letter in "rzn")
    before = states["h"][t - 1]
    by_z = ((before - n) * z * (1 - z))[:, None] * layer.W["z"]
    reset = (layer.W["n"] @ before + layer.b_W["n"]) * r * (1 - r)
    by_n = ((1 - z) * (1 - n**2))[:, None] * (r[:, None] * layer.W["n"] + reset[:, None] * layer.W["r"])
    return np.diag(z) + by_z + by_n


def _lstm(layer: Layer, states: States, t: int) -> np.ndarray:
    """(2H, 2H): of (h, C) after row t with respect to (h, C) before it."""
    f, i, a, o, C = (states[letter][t] for letter in "fiaoC")
    written = (
        (states["C"][t - 1] * f * (1 - f))[:, None] * layer.W["f"]
        + (a * i * (1 - i))[:, None] * layer.W["i"]
        + (i * (1 - a**2))[:, None] * layer.W["a"]
    )
    opened = (np.tanh(C) * o * (1 - o))[:, None] * layer.W["o"]
    shown = _shown(states, t)
    return np.block([[opened + shown[:, None] * written, np.diag(shown * f)], [written, np.diag(f)]])


def _shown(states: States, t: int) -> np.ndarray:
    """(H,) dh(t)/dC(t) of an LSTM, its output gate held."""
    return states["o"][t] * (1 - np.tanh(states["C"][t]) ** 2)
