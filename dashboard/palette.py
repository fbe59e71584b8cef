"""The colours of charts and elements, read from .streamlit/config.toml so that they live once."""

import tomllib
from functools import cache
from pathlib import Path

from core.reading import cells

_CONFIG = Path(__file__).parent.parent / ".streamlit" / "config.toml"
CELLS = tuple(cells.CELLS)
DASHES = {"lstm": "solid", "gru": "dash", "rnn": "dot"}


@cache
def theme(base: str) -> dict:
    """The theme `light` or `dark` as config.toml has it."""
    return tomllib.loads(_CONFIG.read_text(encoding="utf-8"))["theme"][base]


def cell_colour(cell: str, base: str) -> str:
    """The line colour of a cell; DASHES has its dash, for eyes and prints without colour."""
    return theme(base)["chartCategoricalColors"][CELLS.index(cell)]


def diverging(base: str) -> list[str]:
    """Ten colours, blue (most negative) through the page's own (zero) to orange (most positive)."""
    return theme(base)["chartDivergingColors"]


def sequential(base: str) -> list[str]:
    """Ten colours, the page's own (0) to ink-teal (1)."""
    return theme(base)["chartSequentialColors"]
