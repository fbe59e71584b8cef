"""Curves of several runs over one another: one figure of loss and accuracy, one of learning rate and gradient norm."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st

from core.runs.comparison import epochs_at, seconds_at
from core.runs.curves import Curve
from core.runs.marks import Mark
from core.runs.run import Run
from dashboard import run_marks, session
from dashboard.charts import AXIS, FAINT, INK, base_layout, heading, packed
from dashboard.components.live_plot import PlotMessage, message_of
from dashboard.outside import as_plotly_text

PAIRS = (("loss", "accuracy"), ("learning_rate", "gradient_norm"))
AXES = ("step", "epoch", "seconds")
_FORMS = {"loss": ".4f", "accuracy": ".2%", "learning_rate": ".3g", "gradient_norm": ".3f"}
_COLOURS = 4
_DASHES = ("solid", "dash", "dot")
MOST = _COLOURS * len(_DASHES)
"""Curves that can still be told apart."""
_HEIGHT = 400
_GAP = 0.12  # of the height, between the two panels


def colour(place: int) -> str:
    """Of the run at this place among those chosen, as live_plot and run_table name it."""
    return f"--st-chart-categorical-colors[{place % _COLOURS}]"


def dash(place: int) -> str:
    return _DASHES[place // _COLOURS % len(_DASHES)]


@dataclass(frozen=True, eq=False)
class Line:
    """A run's curves along the axis that was chosen."""

    run: Run
    curve: Curve
    x: np.ndarray
    marks: list[Mark]


@st.cache_data(max_entries=64, show_spinner=False)
def _line(folder: str, run_id: str, moment: tuple, over: str) -> Line:
    """`moment` is there for the cache: all that the line depends on."""
    store = session.store_of(folder)
    run, curve = store.run(run_id), store.curve(run_id)
    match over:
        case "epoch":
            x = epochs_at(curve, run)
        case "seconds":
            x = seconds_at(store, curve, run)
        case _:
            x = curve.step.astype(float)
    return Line(run, curve, x, store.marks(run_id))


def moment(run: Run) -> tuple:
    """What a run's picture depends on; the same while nothing has come to it."""
    facts = run.facts
    return run.id, run.name, run.state, facts.step, facts.seconds, facts.test_accuracy, facts.test_loss, facts.lr_set


@st.cache_data(max_entries=32, show_spinner=False)
def messages(
    folder: str, moments: Sequence[tuple], over: str, logarithmic: bool, words: dict[str, str]
) -> list[PlotMessage]:
    """The messages of both figures, for the runs of these moments in the order of their colours."""
    lines = [_line(folder, moment[0], moment, over) for moment in moments]
    return [message_of(_figure(lines, pair, over, logarithmic, words)) for pair in PAIRS]


def _figure(lines: list[Line], pair: tuple[str, str], over: str, logarithmic: bool, words: Mapping[str, str]) -> dict:
    traces = []
    for panel, quantity in enumerate(pair):
        axis = "y2" if panel else "y"
        for place, line in enumerate(lines):
            traces.append(_curve(line, quantity, axis, place))
            traces += _tested(line, quantity, axis, place, words)
            about = {"yaxis": axis, "uid": f"{line.run.id}-marks-{quantity}", "colour": colour(place)}
            traces.append(
                run_marks.trace(line.marks, line.curve.step, line.x, getattr(line.curve, quantity), words, **about)
            )
    ids = " ".join(line.run.id for line in lines)
    return {
        "data": [trace for trace in traces if trace],
        "layout": _layout(pair, over, logarithmic, words, ids),
        "label": words["label"],
    }


def _curve(line: Line, quantity: str, axis: str, place: int) -> dict:
    return {
        "type": "scatter",
        "mode": "lines",
        "x": packed(line.x),
        "y": packed(getattr(line.curve, quantity)),
        "yaxis": axis,
        "line": {"color": colour(place), "width": 2, "dash": dash(place)},
        "name": as_plotly_text(line.run.name),
        "hovertemplate": f"<b>%{{y:{_FORMS[quantity]}}}</b> · {as_plotly_text(line.run.name)}<extra></extra>",
        "uid": f"{line.run.id}-{quantity}",
    }


def _tested(line: Line, quantity: str, axis: str, place: int, words: Mapping[str, str]) -> list[dict]:
    """The test set's figure, at the end of the run."""
    value = getattr(line.run.facts, f"test_{quantity}", None)
    if value is None or not len(line.x):
        return []
    marker = {"symbol": "circle-open", "size": 9, "color": colour(place), "line": {"color": colour(place), "width": 2}}
    return [
        {
            "type": "scatter",
            "mode": "markers",
            "x": [line.x[-1]],
            "y": [value],
            "yaxis": axis,
            "marker": marker,
            "hovertemplate": f"{words['test']} <b>%{{y:{_FORMS[quantity]}}}</b><extra></extra>",
            "cliponaxis": False,
            "uid": f"{line.run.id}-test-{quantity}",
        }
    ]


def _layout(pair: tuple[str, str], over: str, logarithmic: bool, words: Mapping[str, str], ids: str) -> dict:
    middle = (1 - _GAP) / 2
    tops = ((middle + _GAP, 1.0), (0.0, middle))
    scales = {name: _scale(name, logarithmic) for name in pair}
    title = {"text": words[f"over_{over}"], "standoff": 6, "font": {"size": 13, "color": FAINT}}
    spike = {"showspikes": True, "spikecolor": f"{INK}/0.45", "spikethickness": 1, "spikedash": "solid"}
    form = ",d" if over == "step" else ".4~g"
    hovered = {"text": f"{words[f'over_{over}']} %{{x:{form}}}"}
    return {
        **base_layout(_HEIGHT, legend_y=1.06),
        "margin": {"l": 8, "r": 8, "t": 28, "b": 8},
        "showlegend": False,
        "uirevision": f"{ids} {over}",
        "hoversubplots": "axis",
        "dragmode": "zoom",
        "xaxis": {**AXIS, "anchor": "y2", "title": title, "rangemode": "tozero", **spike, "unifiedhovertitle": hovered},
        "yaxis": {**AXIS, "domain": tops[0], **scales[pair[0]]},
        "yaxis2": {**AXIS, "domain": tops[1], **scales[pair[1]]},
        "annotations": [heading(words[name], 0, top) for name, (_, top) in zip(pair, tops, strict=True)],
    }


def _scale(quantity: str, logarithmic: bool) -> dict:
    """Its own zoom is forgotten where the scale changes."""
    if quantity == "accuracy":
        return {"tickformat": ".0%", "nticks": 5}
    if quantity == "loss" and logarithmic:
        return {
            "type": "log",
            "tickvals": [digit * 10.0**power for power in range(-5, 3) for digit in (1, 2, 5)],
            "uirevision": "log",
        }
    return {"rangemode": "tozero", "nticks": 5, "uirevision": "linear"}
