"""Which units carry an answer: how many must fall silent, one after another, until another digit is read.

NumPy only. Shapes: B candidates, T rows, D inputs of the top layer, H hidden, K = 10 classes. Units count from 0.
"""

from dataclasses import dataclass

import numpy as np

from core.reading.readers import Reader
from core.reading.surgery import LayerSurgery
from core.reading.tracing import RowTrace, softmax, top_logits

MOST = 20
"""Units that are silenced at most."""
SHORTLIST = 48
"""After the first unit only the so many whose silence alone costs most are tried: a wide layer would take minutes."""


@dataclass(frozen=True, eq=False)
class Carriers:
    """Units of the top layer in the order in which they fell silent: N <= MOST of them."""

    digit: int
    """The answer that they carry."""
    units: tuple[int, ...]
    probabilities: np.ndarray
    """(N,) the digit's, with the first 1, 2, ..., N units silent."""
    answers: np.ndarray
    """(N,) the answer by then; all but the last are the digit."""

    @property
    def changed(self) -> bool:
        """Whether another digit is read at last; else MOST units, or all, do not suffice."""
        return int(self.answers[-1]) != self.digit


class _Silences(LayerSurgery):
    """Another set of silent units for each of the B readings, in place of one for all."""

    def __init__(self, heard: np.ndarray):
        """heard: (B, H) bool."""
        super().__init__([], [])
        self._heard = heard

    def silence(self, t: int, *states: np.ndarray) -> None:
        for state in states:
            state[t] *= self._heard


def carriers(reader: Reader, trace: RowTrace) -> Carriers:
    """Greedy: each time the unit whose silence over all rows costs the answer's probability most, by reading again.

    trace: the reader's own, without surgery.
    """
    digit, below = trace.digit, trace.x if reader.layers == 1 else trace.h[-2]
    candidates, units, found = np.arange(reader.hidden), [], []
    while len(units) < min(MOST, reader.hidden) and not (found and found[-1][1] != digit):
        heard = np.ones((len(candidates), reader.hidden), bool)
        heard[:, units] = False
        heard[np.arange(len(candidates)), candidates] = False
        logits = top_logits(reader, below, len(heard), _Silences(heard)).astype(np.float64)
        order = np.argsort(_log_probability(logits, digit), kind="stable")
        worst = order[0]
        units.append(int(candidates[worst]))
        found.append((float(softmax(logits[worst])[digit]), int(logits[worst].argmax())))
        candidates = candidates[order[1 : SHORTLIST + 1]]
    probabilities, answers = zip(*found, strict=True)
    return Carriers(digit, tuple(units), np.array(probabilities), np.array(answers))


def _log_probability(logits: np.ndarray, digit: int) -> np.ndarray:
    """(B, K) -> (B,): unlike the probability it still tells the surest answers apart."""
    top = logits.max(1)
    return logits[:, digit] - top - np.log(np.exp(logits - top[:, None]).sum(1))
