"""The colours of charts and elements, read from .streamlit/config.toml so that they live once."""

import tomllib
from functools import cache
from pathlib import Path

import streamlit as st

from core.reading import cells

_CONFIG = Path(__file__).parent.parent / ".streamlit" / "config.toml"
CELLS = tuple(cells.CELLS)
DASHES = {"lstm": "solid", "gru": "dash", "rnn": "dot"}
_FIRST_DIGIT = 4  # of the categorical colours: before it the three cells and neutral ink


def digit_colour(digit: int) -> str:
    """The digit's colour as live_plot and the elements name it."""
    return f"--st-chart-categorical-colors[{_FIRST_DIGIT + digit}]"


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
