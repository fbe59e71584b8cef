"""A table of contents that stays in sight; on a phone it folds to the chapter that is open."""

from collections.abc import Callable, Sequence

import streamlit as st

from dashboard.components import component

_contents = component("contents", html='<nav class="contents"></nav>')


def contents(chapters: Sequence[str], chapter: int, label: str, key: str, on_chapter: Callable[[int], None]) -> None:
    """chapters: their titles; chapter: the open one, counted from 1; label: what the whole is called.

    A chapter that is chosen is given to `on_chapter`, as in a callback: before the next run.
    """
    data = {"chapters": list(chapters), "chapter": chapter, "label": label}
    _contents(data=data, key=key, on_choice_change=lambda: on_chapter(int(st.session_state[key]["choice"])))
