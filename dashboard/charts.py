"""What all Plotly figures share: layout, axes, a cell's line, headings and packed arrays, as plain dictionaries.

Colours and the font are named by the theme's variables, which live_plot fills in in the browser.
"""

import base64

import numpy as np

from dashboard.palette import CELLS, DASHES

INK = "--st-text-color"
PAPER = "--st-background-color"
GRID = f"{INK}/0.1"
FAINT = f"{INK}/0.65"
_STOPS = 10  # of the sequential scale
SEQUENTIAL = [[stop / (_STOPS - 1), f"--st-chart-sequential-colors[{stop}]"] for stop in range(_STOPS)]
"""Plotly's colour scale of gates and probabilities: from the page itself to ink-teal."""
AXIS = {"gridcolor": GRID, "zeroline": False, "automargin": True, "tickfont": {"color": FAINT}}


def axis_title(text: str, standoff: int = 6) -> dict:
    """About as large as the numbers of its axis; standoff: pixels between them."""
    return {"text": text, "standoff": standoff, "font": {"size": 12, "color": FAINT}}


def base_layout(height: int, legend_y: float) -> dict:
    """height: pixels; legend_y: where the legend stands, 1 being the top of the plot."""
    return {
        "height": height,
        "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
        "paper_bgcolor": PAPER,
        "plot_bgcolor": PAPER,
        "font": {"family": "--st-font", "size": 13, "color": INK},
        "hovermode": "x unified",
        "hoverlabel": {"bgcolor": PAPER, "bordercolor": GRID, "font": {"color": INK}},
        "legend": {"orientation": "h", "x": 0, "xanchor": "left", "y": legend_y, "yanchor": "bottom"},
    }


def cell_colour(cell: str) -> str:
    return f"--st-chart-categorical-colors[{CELLS.index(cell)}]"


def cell_line(cell: str, width: float) -> dict:
    """A cell's colour and dash, so that eyes and prints without colour tell the cells apart."""
    return {"color": cell_colour(cell), "width": width, "dash": DASHES[cell]}


def heading(text: str, x: float, y: float, bold: bool = True) -> dict:
    """A text over a panel; x and y are fractions of the figure's plot."""
    return {
        "text": f"<b>{text}</b>" if bold else text,
        "x": x,
        "y": y,
        "xref": "paper",
        "yref": "paper",
        "xanchor": "left",
        "yanchor": "bottom",
        "showarrow": False,
    }


def packed(values: np.ndarray) -> dict:
    """The array in Plotly's binary form: a quarter of the text's size, and nothing to parse in the browser."""
    small = values.astype("<f4") if values.dtype.kind == "f" else values.astype("<i4")
    form = {"dtype": small.dtype.str[1:], "bdata": base64.b64encode(small.tobytes()).decode()}
    return form if values.ndim == 1 else form | {"shape": ", ".join(map(str, values.shape))}
