"""The unrolled network: one network folded, its 28 copies unfolded, the copy that is being read lit."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import streamlit as st

_HERE = Path(__file__).parent
_unrolled = st.components.v2.component(
    "unrolled",
    html='<div class="unrolled"></div>\n',
    css=(_HERE / "unrolled.css").read_text(encoding="utf-8"),
    js=(_HERE / "unrolled.js").read_text(encoding="utf-8"),
)


def unrolled(
    frame: np.ndarray,
    probabilities: np.ndarray,
    row: int,
    layers: int,
    words: dict[str, str],
    key: str,
    on_row: Callable[[], None],
) -> None:
    """frame (28, 28) 0 to 1, probabilities (28, 10) of each row's y(t), row 1 to 28.

    A row that is chosen in it stands in `st.session_state[key]["row"]` when `on_row` is called.
    `words`: folded, unfolded, fold, label, row, reads.
    """
    data = {
        "pixels": np.round(frame * 255).astype(int).tolist(),
        "answers": probabilities.argmax(1).tolist(),
        "certainty": np.round(probabilities.max(1), 3).tolist(),
        "row": row,
        "layers": layers,
        "words": words,
    }
    _unrolled(data=data, key=key, on_row_change=on_row)
