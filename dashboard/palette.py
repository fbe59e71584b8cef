"""The colours of charts and elements, read from .streamlit/config.toml so that they live once."""

import tomllib
from functools import cache
from pathlib import Path

import streamlit as st

_CONFIG = Path(__file__).parent.parent / ".streamlit" / "config.toml"
CELLS = ("lstm", "gru", "rnn")
DASHES = {"lstm": "solid", "gru": "dash", "rnn": "dot"}


@cache
def theme(base: str) -> dict:
    """The theme `light` or `dark` as config.toml has it."""
    return tomllib.loads(_CONFIG.read_text(encoding="utf-8"))["theme"][base]


def base() -> str:
    """The theme that the browser shows, light or dark."""
    return st.context.theme.type or "light"


def shown() -> dict:
    """The theme that the browser shows, as config.toml has it."""
    return theme(base())
