"""LSTMVis's question: which test digits have the chosen units on (or off) over the chosen rows?

Strobelt, Gehrmann, Pfister & Rush 2018, LSTMVis. A unit is on where its state exceeds a threshold.

Shapes: M digits in the index, H hidden, K = 10 classes. Rows, layers, units and images count from 0.
"""

from typing import Any

import numpy as np

from core.errors import ConfigError
from core.examining.index import Index, check_number, place_of
from core.examining.states import ROWS

COUNT = 24


def units_on(states: np.ndarray, rows: tuple[int, int], threshold: float, above: bool = True) -> list[int]:
    """The units of a trace's states (T, H) that exceed the threshold in every row from rows[0] to rows[1].

    `above` False: that fall below it.
    """
    part = states[rows[0] : rows[1] + 1]
    return np.flatnonzero(((part > threshold) if above else (part < threshold)).all(0)).tolist()


def matching(
    index: Index,
    units: list[int],
    rows: tuple[int, int],
    threshold: float,
    *,
    state: str = "h",
    layer: int = -1,
    above: bool = True,
    count: int = COUNT,
) -> dict[str, Any]:
    """The test digits whose `units` all exceed the threshold in every row from rows[0] to rows[1], last included.

    Returns `images` (how many do), `of` (M), `digits` (K counts of them), `fractions` (K: of the index's images of a
    digit, how many do; None without any) and `matches`: the `count` that do it best, each with index, digit, `held`
    (the fraction of units and rows that comply, 1 for a full match) and `margin` (the mean distance from the threshold
    on the right side). Sorted by held, then margin. Raises ConfigError.
    """
    _check(index, units, rows, state, layer, threshold, count)
    held, margin = _degrees(index, units, rows, threshold if above else -threshold, state, layer, 1 if above else -1)
    full = held == 1
    best = np.lexsort((-margin, -held))[:count]
    labels = index.labels
    digits, known = np.bincount(labels[full], minlength=10), np.bincount(labels, minlength=10)
    return {
        "images": int(full.sum()),
        "of": len(index),
        "digits": digits.tolist(),
        "fractions": [int(part) / int(whole) if whole else None for part, whole in zip(digits, known, strict=True)],
        "matches": [
            {
                "index": int(index.chosen[place]),
                "digit": int(labels[place]),
                "held": float(held[place]),
                "margin": float(margin[place]),
            }
            for place in best
        ],
    }


def _degrees(
    index: Index, units: list[int], rows: tuple[int, int], threshold: float, state: str, layer: int, sign: int
) -> tuple[np.ndarray, np.ndarray]:
    """(M,) the fraction of units and rows where sign * state > threshold, and (M,) by how much on average."""
    held, margin = np.zeros(len(index), np.int64), np.zeros(len(index))
    for row in range(rows[0], rows[1] + 1):
        gaps = sign * index.states(state, layer, row, units) - np.float32(threshold)
        held += (gaps > 0).sum(1)
        margin += gaps.sum(1)
    places = len(units) * (rows[1] - rows[0] + 1)
    return held / places, margin / places


def _check(
    index: Index, units: list[int], rows: tuple[int, int], state: str, layer: int, threshold: float, count: int
) -> None:
    place_of(index.reader, state, layer)
    for row in rows:
        check_number("row", row, ROWS)
    if rows[0] > rows[1]:
        raise ConfigError(
            "Rows {first} to {last} do not exist: give a first row from 0 and a last row after it.",
            first=str(rows[0]), last=str(rows[1]),
        )  # fmt: skip
    for unit in units:
        check_number("unit", unit, index.reader.hidden)
    if not units or len(set(units)) < len(units):
        raise ConfigError("The selection has no unit, or one twice: choose one unit or several different ones.")
    if not np.isfinite(threshold) or count < 1:
        raise ConfigError("A threshold is a finite number, and at least one match is listed: correct the selection.")
