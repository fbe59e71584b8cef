"""How a sweep's settings and its accuracy hang together: parallel coordinates, and a heat map of two settings."""

import statistics
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from core.runs.run import Run
from core.runs.sweeps import figure_of, settings_of
from dashboard import settings
from dashboard.charts import AXIS, FAINT, GRID, INK, SEQUENTIAL, axis_title, base_layout
from dashboard.components.live_plot import PlotMessage, message_of
from dashboard.formats import percent

FEWEST = 4
"""Runs that make a picture."""
_PALEST = 3  # of them that still stands out from the page
_HEIGHT = 320


def worth_showing(runs: Sequence[Run]) -> bool:
    """Whether enough of the runs have an accuracy and differ in more than the seed."""
    return len(_ranked(runs)) >= FEWEST and bool(settings_of(runs))


def _ranked(runs: Sequence[Run]) -> list[tuple[float, Run]]:
    """Accuracy and run, the best last: drawn over the others."""
    known = [(figure, run) for run in runs if (figure := figure_of(run)) is not None]
    return sorted(known, key=lambda pair: pair[0])


@st.cache_data(max_entries=16, show_spinner=False, hash_funcs={Run: lambda run: (run.id, run.name, figure_of(run))})
def messages(runs: Sequence[Run], words: Mapping[str, str]) -> list[PlotMessage]:
    """Parallel coordinates and, where two settings differ, the heat map. `words` has accuracy, parallel, heat."""
    figures = [_parallel(runs, words)]
    if len(settings_of(runs)) == 2:
        figures.append(_heat(runs, words))
    return [message_of(figure) for figure in figures]


def _parallel(runs: Sequence[Run], words: Mapping[str, str]) -> dict:
    """A line a run, through an axis a setting to its accuracy; thicker is better."""
    known, axes = _ranked(runs), settings_of(runs)
    low, high = known[0][0], known[-1][0]
    traces = []
    for figure, run in known:
        share = (figure - low) / (high - low) if high > low else 1.0
        y = [_height(values, getattr(run.config, name)) for name, values in axes.items()]
        told = f"{_text(run.name)}<br><b>{percent(figure)}</b><extra></extra>"
        shade = _PALEST + round(share * (len(SEQUENTIAL) - 1 - _PALEST))
        line = {
            "color": f"--st-chart-sequential-colors[{shade}]",
            "width": 1.5 + 2 * share,
            "shape": "spline",
            "smoothing": 0.5,
        }
        place = {"x": list(range(len(y) + 1)), "y": [*y, share], "uid": run.id}
        traces.append(
            {
                "type": "scatter",
                "mode": "lines+markers",
                "line": line,
                "marker": {"size": 5},
                "hovertemplate": told,
                **place,
            }
        )
    heads = [*map(settings.label, axes), words["accuracy"]]
    ticks = [
        (x, _height(values, value), settings.spoken(name, value))
        for x, (name, values) in enumerate(axes.items())
        for value in values
    ]
    ticks += [(len(axes), 0.0, percent(low)), (len(axes), 1.0, percent(high))]
    layout = {
        **base_layout(_HEIGHT, legend_y=1),
        "margin": {"l": 16, "r": 72, "t": 16, "b": 8},
        "showlegend": False,
        "hovermode": "closest",
        "xaxis": {
            **AXIS,
            "tickvals": list(range(len(heads))),
            "ticktext": heads,
            "range": [-0.15, len(heads) - 0.85],
            "gridcolor": f"{INK}/0.35",
        },
        "yaxis": {"visible": False, "range": [-0.08, 1.08]},
        "annotations": [_tick(*tick) for tick in ticks],
    }
    return {"data": traces, "layout": layout, "label": words["parallel"]}


def _height(values: list[Any], value: Any) -> float:
    """Values stand in order and evenly: what a sweep lists is spaced as it is meant."""
    ordered = sorted(values) if not isinstance(values[0], str) else values
    return ordered.index(value) / max(1, len(ordered) - 1)


def _tick(x: float, y: float, text: str) -> dict:
    place = {"x": x, "y": y, "xanchor": "left", "xshift": 8, "showarrow": False}
    return {"text": _text(text), "font": {"size": 12, "color": FAINT}, "bgcolor": "--st-background-color/0.8", **place}


def _heat(runs: Sequence[Run], words: Mapping[str, str]) -> dict:
    """The mean accuracy over seeds of each pair of values."""
    (across, columns), (down, rows) = ((name, sorted(values)) for name, values in settings_of(runs).items())
    cells: dict[tuple[Any, Any], list[float]] = {}
    for figure, run in _ranked(runs):
        cells.setdefault((getattr(run.config, down), getattr(run.config, across)), []).append(figure)
    means = [
        [statistics.fmean(cells[row, column]) if (row, column) in cells else None for column in columns] for row in rows
    ]
    trace = {
        "type": "heatmap",
        "z": means,
        "x": [settings.spoken(across, value) for value in columns],
        "y": [settings.spoken(down, value) for value in rows],
        "colorscale": SEQUENTIAL,
        "colorbar": {"tickformat": ".1%", "outlinewidth": 0, "thickness": 12},
        "texttemplate": "%{z:.2%}",
        "hovertemplate": "%{x}, %{y}<br><b>%{z:.2%}</b><extra></extra>",
        "xgap": 2,
        "ygap": 2,
    }
    axes = {
        name: {
            **AXIS,
            "type": "category",
            "gridcolor": GRID,
            "title": axis_title(settings.label(setting)),
        }
        for name, setting in (("xaxis", across), ("yaxis", down))
    }
    return {
        "data": [trace],
        "layout": {**base_layout(_HEIGHT, legend_y=1), "hovermode": "closest", **axes},
        "label": words["heat"],
    }


def _text(name: str) -> str:
    return name.replace("&", "&amp;").replace("<", "&lt;").replace("%{", "%\u200b{")
