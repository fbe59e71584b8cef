"""What happened to a run, as marks on its curves: paused, a learning rate set, other images from then on, killed."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from core.runs.marks import NAMES, Mark
from dashboard.charts import PAPER
from dashboard.words import say

_SYMBOLS = {
    "paused": "square",
    "resumed": "triangle-right",
    "learning_rate": "diamond",
    "hardest": "triangle-up",
    "pen_digits": "triangle-down",
    "stopped": "square-open",
    "failed": "x",
    "killed": "x",
}


def words() -> dict[str, str]:
    """What each mark is called, for a figure that is cached by its words."""
    return {f"mark_{name}": say(f"marks.{name}") for name in NAMES}


def trace(
    marks: Sequence[Mark], step: np.ndarray, x: np.ndarray, y: np.ndarray, words: Mapping[str, str], **place: Any
) -> dict | None:
    """The marks on a curve whose points are at these steps; `place` has yaxis, uid and the colour."""
    if not marks or not len(step):
        return None
    steps, colour = [mark.step for mark in marks], place.pop("colour")
    symbols = [_SYMBOLS[mark.name] for mark in marks]
    return {
        "type": "scatter",
        "mode": "markers",
        "x": np.interp(steps, step, x).tolist(),
        "y": np.interp(steps, step, y).tolist(),
        "text": [_told(mark, words) for mark in marks],
        "marker": {"symbol": symbols, "size": 9, "color": colour, "line": {"color": PAPER, "width": 1}},
        "hovertemplate": "%{text}<extra></extra>",
        "cliponaxis": False,
        "showlegend": False,
        **place,
    }


def _told(mark: Mark, words: Mapping[str, str]) -> str:
    return words[f"mark_{mark.name}"] + (f" {mark.value:g}" if mark.value is not None else "")
