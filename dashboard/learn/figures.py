"""The Learn page's Plotly figures, plain dictionaries."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np

from core.reading.gradients import RowGradients
from core.training.waiting import STARTS, WAITS, Training
from dashboard.charts import AXIS, FAINT, axis_title, base_layout, cell_line, heading, packed

_OF_ACCURACY = {"range": [0, 1.03], "tickformat": ".0%"}
_MARKS = ("", "circle", "diamond-open")
"""A second and a third reader of the same cell have its colour and dash, and these on their lines."""


@dataclass(frozen=True, eq=False)
class Reach:
    """How far the rows reach in one reader, before its training or after."""

    gradients: RowGradients
    carried: np.ndarray
    """(T,) the norm of the product of the later steps' Jacobians, as core.reading.jacobians scales it."""
    kept: np.ndarray | None
    """(T,) the product of the later forget (GRU: update) gates alone; None for an RNN."""


@dataclass(frozen=True, eq=False)
class Place:
    """One of the readers that are compared."""

    name: str
    cell: str
    before: Reach | None
    """None where the weights do not say how they began."""
    after: Reach | None
    """At the chosen point of its training; None where no snapshot of then is kept."""


def vanishing(places: Sequence[Place], words: Mapping[str, str]) -> dict:
    """Four rows (dL/dC or dL/dh, dL/dh, dlogit/dx, product of Jacobians) by two columns (before, after), each row on
    one log axis. The last row has thin lines besides: the product of the gates alone.

    `words`: before, after, memory, hidden, pixels, carried, alone_lstm, alone_gru, row, label.
    """
    rows = ("memory", "hidden", "pixels", "carried")
    traces = []
    for index, place in enumerate(places):
        mark = _MARKS[[earlier.cell for earlier in places[:index]].count(place.cell)]
        for column, reach in enumerate((place.before, place.after)):
            if reach is None:
                continue
            traces += [
                _line(place, index, values, 2 * row + column + 1, mark) for row, values in enumerate(_series(reach))
            ]
            if reach.kept is not None:
                name = words[f"alone_{place.cell}"].format(name=place.name)
                traces.append(_alone(_line(place, index, reach.kept, 2 * len(rows) - 1 + column, mark), name))
    _name_once(traces)
    layout = {**base_layout(900, legend_y=1.06), "annotations": [], "margin": {"l": 8, "r": 8, "t": 70, "b": 8}}
    steps = [_decades_a_tick(places, row) for row in range(len(rows))]
    for row, name in enumerate(rows):
        top = 1 - row * 0.263
        for column in range(2):
            _panel(layout, row, column, [top - 0.2, top], steps[row], words)
        layout["annotations"].append(heading(words[name], 0, top + 0.012))
    for column, name in enumerate(("before", "after")):
        layout["annotations"].append(heading(words[name], 0.54 * column, 1.04, bold=False))
    return {"data": traces, "layout": layout, "label": words["label"]}


def _line(place: Place, index: int, values: np.ndarray, panel: int, mark: str) -> dict:
    number = "" if panel == 1 else str(panel)
    return {
        "type": "scatter",
        "mode": "lines+markers" if mark else "lines",
        "x": packed(np.arange(1, len(values) + 1)),
        "y": [float(value) if value > 0 else None for value in values],  # a log axis has no zero
        "xaxis": f"x{number}",
        "yaxis": f"y{number}",
        "name": place.name,
        "legendgroup": str(index),
        "showlegend": False,
        "uid": f"{index}-{panel}",
        "line": cell_line(place.cell, 2.2),
        "marker": {"symbol": mark, "size": 6} if mark else {},
        "hovertemplate": "%{y:.2g}",
    }


def _alone(line: dict, name: str) -> dict:
    """The thin line of the gates' product, with its own place in the legend."""
    alone = {"legendgroup": f"{line['legendgroup']}-alone", "uid": f"{line['uid']}-alone"}
    return {**line, **alone, "name": name, "line": {**line["line"], "width": 1}}


def _name_once(traces: list[dict]) -> None:
    """A line in the legend for each group, whichever panels it has."""
    named = set()
    for trace in traces:
        trace["showlegend"] = trace["legendgroup"] not in named
        named.add(trace["legendgroup"])


def _series(reach: Reach) -> tuple[np.ndarray, ...]:
    gradients = reach.gradients
    return gradients.memory, gradients.hidden, gradients.pixels, reach.carried


def _decades_a_tick(places: Sequence[Place], row: int) -> int:
    """Powers of ten between two ticks, so that a row of panels has about five and none between powers."""
    reaches = [reach for place in places for reach in (place.before, place.after) if reach]
    found = [values[values > 0] for reach in reaches for values in (_series(reach)[row],)]
    found += [reach.kept[reach.kept > 0] for reach in reaches if row == 3 and reach.kept is not None]
    logs = np.log10(np.concatenate(found or [np.ones(1)]))
    return max(1, round(float(np.ptp(logs)) / 5)) if logs.size else 1


def _panel(layout: dict, row: int, column: int, domain: list[float], decades: int, words: Mapping[str, str]) -> None:
    panel = 2 * row + column + 1
    number = "" if panel == 1 else str(panel)
    axis = AXIS | {"tickfont": {"color": FAINT, "size": 11}}
    last = row == 3
    layout[f"xaxis{number}"] = {
        **axis,
        "domain": [0, 0.46] if column == 0 else [0.54, 1],
        "anchor": f"y{number}",
        "range": [0.5, 28.5],
        "tickvals": [1, 7, 14, 21, 28],
        "showticklabels": last,
        "title": axis_title(words["row"] if last else "", 14),
    }
    left = str(panel - column) if panel - column > 1 else ""
    layout[f"yaxis{number}"] = {
        **axis,
        "domain": domain,
        "anchor": f"x{number}",
        "type": "log",
        "exponentformat": "power",
        "dtick": decades,
        **({"matches": f"y{left}", "showticklabels": False} if column else {}),
    }


def trained_to_wait(rows: Sequence[Training], words: Mapping[str, str]) -> dict:
    """Two rows (accuracy; the gradient that reaches the digit) by two columns (starts), over the wait, a line a cell.

    A point is the mean over the seeds, its whisker the least and the most. `words`: start_NAME, accuracy, reach, wait,
    label.
    """
    layout = {**base_layout(560, legend_y=1.1), "annotations": [], "margin": {"l": 8, "r": 8, "t": 80, "b": 48}}
    traces = []
    for column, start in enumerate(STARTS):
        layout["annotations"].append(heading(words[f"start_{start}"], 0.54 * column, 1.07, bold=False))
        for cell in ("rnn", "gru", "lstm"):
            found = [[row for row in rows if (row.cell, row.start, row.wait) == (cell, start, wait)] for wait in WAITS]
            of_cell = [[row.accuracy for row in seeds] for seeds in found]
            reach = [[10**row.reach_before for row in seeds] for seeds in found]
            traces += [_whiskers(cell, of_cell, column + 1), _whiskers(cell, reach, column + 3)]
    least = math.floor(min(row.reach_before for row in rows))
    of_reach = {"type": "log", "exponentformat": "power", "range": [least - 0.2, 0.3]}
    for panel, scale in enumerate((_OF_ACCURACY, _OF_ACCURACY, of_reach, of_reach), 1):
        _waiting_panel(layout, panel, words, scale)
    for name, top in (("accuracy", 1.0), ("reach", 0.42)):
        layout["annotations"].append(heading(words[name], 0, top + 0.012))
    # once for both columns: on a phone two titles would cover one another
    below = {"x": 0.5, "xanchor": "center", "yanchor": "top", "yshift": -26}
    layout["annotations"].append(heading(words["wait"], 0.5, 0, bold=False) | below)
    return {"data": traces, "layout": layout, "label": words["label"]}


def _whiskers(cell: str, found: Sequence[Sequence[float]], panel: int) -> dict:
    """found: of each wait the values of its seeds."""
    means = [fmean(values) for values in found]
    number = "" if panel == 1 else str(panel)
    spread = {
        "type": "data",
        "symmetric": False,
        "array": [max(values) - mean for values, mean in zip(found, means, strict=True)],
        "arrayminus": [mean - min(values) for values, mean in zip(found, means, strict=True)],
        "thickness": 1,
        "width": 4,
    }
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "x": [str(wait) for wait in WAITS],
        "y": means,
        "error_y": spread,
        "xaxis": f"x{number}",
        "yaxis": f"y{number}",
        "name": cell.upper(),
        "legendgroup": cell,
        "showlegend": panel == 1,
        "uid": f"{cell}-{panel}",
        "line": cell_line(cell, 2.2),
        "marker": {"size": 7},
        "hovertemplate": "%{y:.1%}" if panel <= 2 else "%{y:.2g}",
    }


def _waiting_panel(layout: dict, panel: int, words: Mapping[str, str], scale: Mapping) -> None:
    number, column = "" if panel == 1 else str(panel), (panel - 1) % 2
    left = "" if panel <= 2 else "3"
    layout[f"xaxis{number}"] = {
        **AXIS,
        "type": "category",
        "domain": [0, 0.46] if column == 0 else [0.54, 1],
        "anchor": f"y{number}",
        "showticklabels": panel > 2,
    }
    layout[f"yaxis{number}"] = {
        **AXIS,
        **scale,
        "domain": [0.58, 1] if panel <= 2 else [0, 0.42],
        "anchor": f"x{number}",
        **({"matches": f"y{left}", "showticklabels": False} if column else {}),
    }


def waiting(table: Mapping, words: Mapping[str, str]) -> dict:
    """Accuracy over the delay, a line a cell; `table` as core.training.delay has it.

    `words`: delay, accuracy, label.
    """
    traces = [
        {
            "type": "scatter",
            "mode": "lines+markers",
            "x": [str(delay) for delay in table["delays"]],
            "y": table["cells"][cell]["accuracy"],
            "name": cell.upper(),
            "line": cell_line(cell, 2.2),
            "marker": {"size": 7},
            "hovertemplate": "%{y:.2%}",
        }
        for cell in ("rnn", "gru", "lstm")
    ]
    layout = base_layout(320, legend_y=1.08) | {
        "xaxis": {**AXIS, "type": "category", "title": axis_title(words["delay"])},
        "yaxis": {**AXIS, "range": [0, 1.03], "tickformat": ".0%", "title": axis_title(words["accuracy"])},
    }
    return {"data": traces, "layout": layout, "label": words["label"]}
