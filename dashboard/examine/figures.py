"""The Examine page's Plotly figures, plain dictionaries."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from core.examining import figures as numbers
from core.examining.states import ROWS
from dashboard.charts import AXIS, FAINT, GRID, INK, PAPER, axis_title, base_layout
from dashboard.examine.subject import Subject
from dashboard.outside import as_plotly_text
from dashboard.palette import digit_colour

ROW_NUMBERS = list(range(1, ROWS + 1))
_TICKS = [1, 7, 14, 21, 28]
_HEIGHT = 290
_FINE = {"width": 1, "color": FAINT}


def reliability(subjects: Sequence[Subject], found: Sequence[Mapping], words: Mapping[str, str]) -> dict:
    """The accuracy of each bin of confidence, with its 95 % interval, against perfect calibration.

    `words`: confidence, accuracy, perfect, images, bins_label.
    """
    line = {"color": f"{INK}/0.45", "width": 1, "dash": "dot"}
    perfect = {"type": "scatter", "mode": "lines", "x": [0, 1], "y": [0, 1], "line": line, "hoverinfo": "skip"}
    traces = [perfect | {"name": words["perfect"]}]
    for subject, one in zip(subjects, found, strict=True):
        bins = [row for row in one["calibration"]["bins"] if row["count"]]
        ends = [numbers.wilson(round(row["accuracy"] * row["count"]), row["count"]) for row in bins]
        traces.append(
            {
                "type": "scatter",
                "mode": "lines+markers",
                "x": [row["confidence"] for row in bins],
                "y": [row["accuracy"] for row in bins],
                "error_y": {
                    "type": "data",
                    "symmetric": False,
                    "array": [high - row["accuracy"] for row, (_, high) in zip(bins, ends, strict=True)],
                    "arrayminus": [row["accuracy"] - low for row, (low, _) in zip(bins, ends, strict=True)],
                    "thickness": 1,
                    "width": 3,
                    "color": subject.colour,
                },
                "customdata": [[row["count"], low, high] for row, (low, high) in zip(bins, ends, strict=True)],
                "name": as_plotly_text(subject.title),
                "line": {"color": subject.colour, "width": 2, "dash": subject.dash},
                "marker": {"size": [5 + min(9, np.log10(row["count"]) * 2.5) for row in bins]},
                "hovertemplate": f"{words['confidence']} %{{x:.1%}} · {words['accuracy']} <b>%{{y:.1%}}</b>"
                f" (%{{customdata[1]:.1%}} – %{{customdata[2]:.1%}})<br>"
                f"%{{customdata[0]:,d}} {words['images']}<extra></extra>",
            }
        )
    axis = {**AXIS, "range": [0, 1.03], "tickformat": ".0%", "dtick": 0.25}
    layout: dict[str, Any] = _layout(words["confidence"], words["accuracy"]) | {"hovermode": "closest"}
    layout["xaxis"] |= axis
    layout["yaxis"] |= axis
    return {"data": traces, "layout": layout, "label": words["bins_label"]}


def per_digit(subjects: Sequence[Subject], found: Sequence[Mapping], words: Mapping[str, str]) -> dict:
    """A row a digit: recall with its 95 % interval as a disc, precision as a diamond.

    `words`: precision, recall, digit, images, digits_label.
    """
    traces = []
    for place, (subject, one) in enumerate(zip(subjects, found, strict=True)):
        rows = one["per_digit"]
        lift = 0 if len(subjects) == 1 else 0.16 - 0.32 * place  # two readers' marks do not hide each other
        name = "" if len(subjects) == 1 else f"{as_plotly_text(subject.title)} · "
        for quantity, symbol in (("recall", "circle"), ("precision", "diamond-open")):
            kept = [row for row in rows if row[quantity] is not None]
            trace: dict[str, Any] = {
                "type": "scatter",
                "mode": "markers",
                "x": [row[quantity] for row in kept],
                "y": [row["digit"] + lift for row in kept],
                "customdata": [[row["digit"], row["images"]] for row in kept],
                "name": f"{name}{words[quantity]}",
                "marker": {"symbol": symbol, "size": 9, "color": subject.colour, "line": {"width": 1.5}},
                "hovertemplate": f"%{{customdata[0]}} · {words[quantity]} <b>%{{x:.2%}}</b> · "
                f"%{{customdata[1]:,d}} {words['images']}<extra></extra>",
            }
            if quantity == "recall":
                ends = [numbers.wilson(round(row["recall"] * row["images"]), row["images"]) for row in kept]
                highs = [high - row["recall"] for row, (_, high) in zip(kept, ends, strict=True)]
                lows = [row["recall"] - low for row, (low, _) in zip(kept, ends, strict=True)]
                bars = {"type": "data", "symmetric": False, "array": highs, "arrayminus": lows}
                trace["error_x"] = {**bars, "thickness": 1, "width": 3, "color": subject.colour}
            traces.append(trace)
    layout: dict[str, Any] = _layout("", words["digit"]) | {"hovermode": "closest"}
    layout["xaxis"] |= {"tickformat": ".1~%", "nticks": 6}
    layout["yaxis"] |= {"tickvals": list(range(10)), "range": [9.6, -0.6]}
    return {"data": traces, "layout": layout, "label": words["digits_label"]}


def by_row(subjects: Sequence[Subject], owns: Sequence[int], each: bool, words: Mapping[str, str]) -> dict:
    """Accuracy if the answer were taken after row t, and the share that is settled; `each`: of each digit apart.

    owns: the row, from 1, after which each reader has settled on the person's digit. `words`: row, accuracy, settled,
    share, own, by_row_label.
    """
    traces = []
    for subject in subjects[: 1 if each else None]:
        if each:
            lists = numbers.by_row_and_digit(subject.answers)
            traces += [
                _curve(str(digit), values, {"color": digit_colour(digit), "width": 1.6})
                for digit, values in enumerate(lists)
            ]
            continue
        named = "" if len(subjects) == 1 else f"{as_plotly_text(subject.title)} · "
        line = {"color": subject.colour, "width": 2.4, "dash": subject.dash}
        found = subject.answers
        traces.append(_curve(f"{named}{words['accuracy']}", numbers.by_row(found), line))
        thin = {"color": subject.colour, "width": 1.4, "dash": "dot"}
        traces.append(_curve(f"{named}{words['settled']}", numbers.settled_by_row(found), thin))
    layout = _layout(words["row"], words["share"])
    layout["xaxis"] |= {"tickvals": _TICKS, "range": [0.5, 28.5]}
    layout["yaxis"] |= {"tickformat": ".0%", "range": [0, 1.03], "dtick": 0.25}
    layout["shapes"] = [
        {"type": "line", "x0": row, "x1": row, "y0": 0, "y1": 1, "yref": "paper", "line": _FINE, "layer": "below"}
        for row in dict.fromkeys(owns)
    ]
    layout["annotations"] = [_own_mark(row, words["own"]) for row in list(dict.fromkeys(owns))[:1]]
    return {"data": traces, "layout": layout, "label": words["by_row_label"]}


def _own_mark(row: int, text: str) -> dict:
    left = row > ROWS // 2
    return {
        "text": text,
        "x": row,
        "y": 0.04,
        "yref": "paper",
        "xanchor": "right" if left else "left",
        "showarrow": False,
        "font": {"size": 12, "color": INK},
        "bgcolor": f"{PAPER}/0.8",
    }


def deciding(subject: Subject, own: tuple[int, int], height: int, words: Mapping[str, str]) -> dict:
    """How many images of each digit settle after each row, as parts of the digit's images.

    own: row from 1, and digit, of the person's own.

    `words`: row, digit, settles, images, own, deciding_label.
    """
    counts = np.array(numbers.settled_by_digit(subject.answers), float)
    parts = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    row, digit = own
    heat = {
        "type": "heatmap",
        "x": ROW_NUMBERS,
        "y": list(range(10)),
        "z": parts.round(5).tolist(),
        "customdata": counts.astype(int).tolist(),
        "zmin": 0,
        "colorscale": [[step / 9, f"--st-chart-sequential-colors[{step}]"] for step in range(10)],
        "colorbar": {"tickformat": ".0%", "thickness": 10, "outlinewidth": 0, "len": 1, "nticks": 5},
        "xgap": 1,
        "ygap": 1,
        "hovertemplate": f"%{{y}} · {words['row']} %{{x}}: <b>%{{z:.1%}}</b> ({words['images']} %{{customdata}})"
        "<extra></extra>",
    }
    mark = {
        "type": "scatter",
        "mode": "markers",
        "x": [row],
        "y": [digit],
        "name": words["own"],
        "marker": {"symbol": "circle-open", "size": 15, "color": INK, "line": {"width": 2.5}},
        "hovertemplate": f"{words['own']}: {words['row']} %{{x}}<extra></extra>",
    }
    layout = _layout(words["row"], words["digit"], height) | {"hovermode": "closest", "showlegend": False}
    layout["xaxis"] |= {"tickvals": _TICKS, "range": [0.5, 28.5], "showgrid": False}
    layout["yaxis"] |= {"tickvals": list(range(10)), "range": [9.5, -0.5], "showgrid": False}
    return {"data": [heat, mark], "layout": layout, "label": words["deciding_label"]}


def shares(parts: Sequence[float], counts: Sequence[int], words: Mapping[str, str]) -> dict:
    """A bar a digit: which part of something is or does so. `words`: digit, share, images, shares_label."""
    bars = {
        "type": "bar",
        "x": list(range(10)),
        "y": list(parts),
        "customdata": list(counts),
        "marker": {"color": [digit_colour(digit) for digit in range(10)]},
        "hovertemplate": f"%{{x}}: <b>%{{y:.1%}}</b> · %{{customdata:,d}} {words['images']}<extra></extra>",
    }
    layout = _layout(words["digit"], words["share"], 190) | {"hovermode": "closest", "showlegend": False}
    layout["xaxis"] |= {"tickvals": list(range(10)), "showgrid": False}
    layout["yaxis"] |= {"tickformat": ".1~%", "rangemode": "tozero", "nticks": 5}
    return {"data": [bars], "layout": layout, "label": words["shares_label"]}


def unit_lines(
    values: np.ndarray, units: Sequence[int], rows: tuple[int, int], threshold: float, words: Mapping[str, str]
) -> dict:
    """The units of (T, H) over the rows, the chosen rows shaded, the threshold dashed.

    `words`: row, threshold, unit, units_label.
    """
    traces = [
        _curve(f"{words['unit']} {unit + 1}", values[:, unit].tolist(), {"color": digit_colour(place), "width": 1.8})
        | {"hovertemplate": "%{y:.3f}"}
        for place, unit in enumerate(units)
    ]
    layout = _layout(words["row"], "", 220)
    layout["xaxis"] |= {"tickvals": _TICKS, "range": [0.5, 28.5]}
    dashes = {"color": FAINT, "width": 1.5, "dash": "dash"}
    span = {"type": "rect", "x0": rows[0] + 0.5, "x1": rows[1] + 1.5, "y0": 0, "y1": 1, "yref": "paper"}
    layout["shapes"] = [
        {**span, "fillcolor": f"{INK}/0.08", "line": {"width": 0}, "layer": "below"},
        {"type": "line", "x0": 0.5, "x1": 28.5, "y0": threshold, "y1": threshold, "line": dashes},
    ]
    return {"data": traces, "layout": layout, "label": words["units_label"]}


def _curve(name: str, values: Sequence[float | None], line: dict) -> dict:
    return {
        "type": "scatter",
        "mode": "lines",
        "x": ROW_NUMBERS,
        "y": list(values),
        "name": name,
        "uid": name,
        "line": line,
        "hovertemplate": "%{y:.1%}",
    }


def _layout(x: str, y: str, height: int = _HEIGHT) -> dict[str, Any]:
    axes = {
        "xaxis": {**AXIS, "title": axis_title(x)},
        "yaxis": {**AXIS, "title": axis_title(y), "gridcolor": GRID},
    }
    return base_layout(height, legend_y=1.02) | axes
