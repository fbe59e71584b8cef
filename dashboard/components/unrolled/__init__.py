"""The unrolled network: one network folded, its 28 copies unfolded, the copy that is being read lit."""

from collections.abc import Callable

import numpy as np
import streamlit as st

from dashboard.components import component

_unrolled = component("unrolled", html='<div class="unrolled"></div>')


def unrolled(
    frame: np.ndarray,
    probabilities: np.ndarray,
    row: int,
    layers: int,
    words: dict[str, str],
    key: str,
    on_row: Callable[[int], None],
) -> None:
    """frame (28, 28) 0 to 1, probabilities (28, 10) of each row's y(t), row 1 to 28.

    A row that is chosen in it is given to `on_row`, as in a callback: before the next run.
    `words`: folded, unfolded, fold, label, row, reads.
    """
    data = {
        "moment": _choice(key).get("moment"),  # tells it which of its choices `row` follows
        "pixels": np.round(frame * 255).astype(int).tolist(),
        "answers": probabilities.argmax(1).tolist(),
        "certainty": np.round(probabilities.max(1), 3).tolist(),
        "row": row,
        "layers": layers,
        "words": words,
    }
    _unrolled(data=data, key=key, on_choice_change=lambda: on_row(int(_choice(key)["row"])))


def _choice(key: str) -> dict:
    """The row that was last chosen in it, and the moment in ms: the same row may be chosen twice. Empty: none yet."""
    return st.session_state.get(key, {}).get("choice") or {}
