"""A trace as the one message that the browser gets: a JSON header, then numbers.

Layout: uint32 length of the header, header (UTF-8, padded with blanks to a multiple of 4), float32 probabilities
(T, K), int16 x (T, D), then int16 (L, T, S) of every letter; with `compare` its probabilities and letters follow
in the same way. An int16 is the value in thousandths, so that the three decimals on the screen are the trace's own.
Shapes as in the package.
"""

import hashlib
import json
import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from core.reading.cells import GATES
from core.reading.readers import Reader
from core.reading.strips import full_colour
from core.reading.tracing import RowTrace
from dashboard.words import say, texts

BUDGET_BYTES = 96 * 1024
"""Of the letters of one trace."""
_THOUSANDTHS_MOST = 32.767
_WORDS = "player."


def encode(
    trace: RowTrace,
    reader: Reader,
    *,
    start: dict[str, int | None],
    compare: RowTrace | None,
    options: dict[str, Any],
    scales: dict[str, float] | None = None,
) -> bytes:
    """The message for the browser; arguments as in `row_player`."""
    loudest = loudest_units(trace, reader)
    units = shown_units(trace, keep=[*loudest, *([] if start["unit"] is None else [start["unit"]])])
    states = trace.states()
    traces = [trace] if compare is None else [trace, compare]
    largest = {letter: max(_reach(one.states()[letter]) for one in traces) for letter in states}
    decimals = {letter: 3 if reach <= _THOUSANDTHS_MOST else 1 for letter, reach in largest.items()}
    body = b"".join(_numbers(one, units, decimals, with_x=one is trace) for one in traces)
    header = {
        "cell": trace.cell,
        "letters": list(states),
        "gates": [letter for letter in states if letter in GATES],
        "rows": len(trace.x),
        "columns": trace.x.shape[1],
        "layers": len(trace.h),
        "hidden": trace.h.shape[-1],
        "units": units.tolist(),
        "loudest": loudest,
        "decimals": decimals,
        "scale": {letter: full_colour(letter, [one.states()[letter] for one in traces]) for letter in states}
        | (scales or {}),
        "compare": compare is not None,
        "start": start,
        "options": options,
        "words": {key.removeprefix(_WORDS): say(key) for key in texts() if key.startswith(_WORDS)},
    }
    # While the trace is the same, the browser keeps what a person has set; it redraws where the rest differs.
    header["trace"] = hashlib.blake2b(body, digest_size=8).hexdigest()
    packed = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    packed += b" " * (-len(packed) % 4)
    return len(packed).to_bytes(4, "little") + packed + body


def loudest_units(trace: RowTrace, reader: Reader) -> list[int]:
    """The unit of each layer that a person sees first.

    Top layer: the one that adds most to the answer's logit, V[digit, u] h_u(T); below: the one whose h moves most.
    """
    contributions = reader.arrays["classifier.weight"][trace.digit] * trace.h[-1, -1]
    return [int(np.ptp(h, axis=0).argmax()) for h in trace.h[:-1]] + [int(contributions.argmax())]


def shown_units(trace: RowTrace, keep: Iterable[int] = ()) -> np.ndarray:
    """The units (S,) that fit BUDGET_BYTES: all, or every n-th and those of `keep`."""
    layers, rows, hidden = trace.h.shape
    most = max(1, BUDGET_BYTES // (2 * layers * rows * len(trace.states())))
    stride = math.ceil(hidden / most)
    return np.union1d(np.arange(0, hidden, stride), np.array(list(keep), int))


def _numbers(trace: RowTrace, units: np.ndarray, decimals: dict[str, int], with_x: bool) -> bytes:
    parts = [trace.probabilities.astype("<f4")]
    if with_x:
        parts.append(_fixed(trace.x, 3))
    parts += [_fixed(values[..., units], decimals[letter]) for letter, values in trace.states().items()]
    return b"".join(part.tobytes() for part in parts)


def _fixed(values: np.ndarray, decimals: int) -> np.ndarray:
    """Values as whole multiples of 10^-decimals, rounded as printing them would."""
    return np.rint(values.astype(np.float64) * 10**decimals).astype("<i2")


def _reach(values: np.ndarray) -> float:
    return float(np.abs(values).max())
