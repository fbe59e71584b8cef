"""The confusion matrix: a table of ten by ten, a cell of which can be chosen."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from dashboard.components import component
from dashboard.words import say

_WORDS = ("truth", "answer", "cell", "right", "none", "most", "total", "label")
_element = component("matrix", html='<div class="matrix"></div>')


def matrix(
    counts: list[list[int]],
    *,
    key: str,
    shares: bool,
    most: float,
    chosen: tuple[int, int] | None,
    on_cell: Callable[[int, int], None],
) -> None:
    """counts: 10 x 10, rows the truth, columns the answer; only what lies off the diagonal is coloured, 0 to `most`.

    shares: a cell says and shows its part of its row in place of its count, and `most` is one. chosen: the cell that
    is marked. A cell that is clicked is given to `on_cell(truth, answer)`, as in a callback: before the next run.
    """
    words = {name: say(f"examine.matrix_{name}") for name in _WORDS}
    data: dict[str, Any] = {"counts": counts, "shares": shares, "most": most, "chosen": chosen, "words": words}

    def take() -> None:
        if cell := (st.session_state.get(key) or {}).get("cell"):
            on_cell(int(cell["truth"]), int(cell["answer"]))

    _element(data=data, key=key, on_cell_change=take)
