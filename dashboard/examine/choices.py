"""Small choices of a view, whose labels are heard and not seen."""

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from dashboard.page_settings import set_to
from dashboard.words import say


def choice(name: str, options: Sequence[Any], key: str, default: Any, shown: Callable[[Any], str]) -> Any:
    """What was chosen of the options; where that is no longer offered, the default. Words: `name`, `name_help`."""
    value = st.session_state.get(key)
    value = value if value in options else default
    set_to(key, value, shown(value))
    return st.segmented_control(
        say(f"examine.{name}"),
        options,
        format_func=shown,
        key=key,
        persist_state="session",
        help=say(f"examine.{name}_help"),
        label_visibility="collapsed",
        required=True,
        width="content",
    )
