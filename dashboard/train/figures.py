"""The Train page's learning curves as a Plotly figure, a plain dictionary."""

from collections.abc import Mapping, Sequence

import numpy as np

from core.runs.curves import Curve, smoothing
from core.runs.diagnosis import Finding
from core.runs.store import History
from dashboard import run_marks
from dashboard.charts import AXIS, FAINT, INK, PAPER, base_layout, cell_colour, cell_line, heading, packed

_SPARSE = 40  # epochs: more of them would hide the curves behind marks and lines
_GUESSING = 2.5  # a little above ln 10, the loss of one who guesses
_HEIGHT, _LOW = 480, 300
_GAP = 0.1  # of the height, between the two panels
SHADE = f"{INK}/0.1"
"""Of the steps in which something goes wrong."""
AXES = {"loss": "y", "accuracy": "y2"}
FORMS = {"loss": ".4f", "accuracy": ".2%", "learning_rate": ".3g", "gradient_norm": ".3f"}
SYMBOLS = {
    "validation": {"symbol": "diamond", "line": {"color": PAPER, "width": 1}},
    "test": {"symbol": "circle-open", "line": {"color": INK, "width": 2}},
}


def learning_curves(
    history: History, words: Mapping[str, str], logarithmic: bool = False, findings: Sequence[Finding] = ()
) -> dict:
    """Loss above, accuracy below, one time axis: raw extremes as a band, EMA on it, tests as markers at epochs' ends.

    `words` has loss, accuracy, raw, smooth, validation, test, batch, step, label, and a text for each kind of mark.
    The steps of the findings are shaded, above.
    """
    run, curve = history.run, history.curve
    colour, line = cell_colour(run.config.cell), cell_line(run.config.cell, 2)
    traces = []
    for quantity in AXES:
        low, high = getattr(curve, f"{quantity}_min"), getattr(curve, f"{quantity}_max")
        traces.append(_band(quantity, curve.step, low, high, colour, words))
        traces.append(_smooth(quantity, curve, low, high, line, words))
        traces += [_markers(quantity, split, history, words) for split in SYMBOLS]
        traces.append(_marks(quantity, AXES[quantity], history, words))
    layout = _two_panels(words, run.id, logarithmic, ends=[row.step for row in history.epochs])
    layout["shapes"] += [_shade(finding, "y") for finding in findings]
    if not len(curve.step):
        _frame(layout, run.facts.steps)
    return {"data": [trace for trace in traces if trace], "layout": layout, "label": words["label"]}


def steering_curves(history: History, words: Mapping[str, str], findings: Sequence[Finding] = ()) -> dict:
    """Learning rate above, gradient norm below, as the curves of `learning_curves`."""
    run, curve = history.run, history.curve
    traces = []
    for axis, quantity in (("y", "learning_rate"), ("y2", "gradient_norm")):
        line = {"x": packed(curve.step), "y": packed(getattr(curve, quantity)), "yaxis": axis, "uid": quantity}
        style = {"type": "scatter", "mode": "lines", "line": cell_line(run.config.cell, 2), "showlegend": False}
        hover = f"{words[quantity]} <b>%{{y:{FORMS[quantity]}}}</b><extra></extra>"
        traces += [{**line, **style, "hovertemplate": hover}, _marks(quantity, axis, history, words)]
    layout = _two_panels(words, run.id, False, [row.step for row in history.epochs], ("learning_rate", "gradient_norm"))
    layout["shapes"] += [_shade(one, "y2") for one in findings if one.evidence.curve == "gradient_norm"]
    layout |= {"height": _LOW, "margin": {**layout["margin"], "t": 28}}  # no legend keeps a place for the heading
    for axis in ("yaxis", "yaxis2"):
        layout[axis] |= {"rangemode": "tozero", "tickformat": "~g", "nticks": 5}
    if not len(curve.step):
        _frame(layout, run.facts.steps, {"yaxis": [0, run.config.lr], "yaxis2": [0, 1]})
    return {"data": [trace for trace in traces if trace], "layout": layout, "label": words["steering_label"]}


def _marks(quantity: str, axis: str, history: History, words: Mapping[str, str]) -> dict | None:
    curve = history.curve
    place = {"yaxis": axis, "uid": f"marks-{quantity}", "colour": INK}
    return run_marks.trace(history.marks, curve.step, curve.step, getattr(curve, quantity), words, **place)


def _last(curve: Curve) -> int:
    return int(curve.step[-1]) if len(curve.step) else 1


def _frame(layout: dict, steps: int, ranges: Mapping[str, list[float]] | None = None) -> None:
    """Before the first step: the axes that the run will have, and nothing on them."""
    layout["xaxis"] |= {"range": [0, max(steps, 1)], "autorange": False}
    if not steps:
        layout["xaxis"] |= {"showticklabels": False}
    for axis, limits in (ranges or {"yaxis": [0, _GUESSING], "yaxis2": [0, 1]}).items():
        logarithmic = layout[axis].get("type") == "log"
        layout[axis] |= {"range": [-2, 0.5] if logarithmic else limits, "autorange": False}


def _band(quantity: str, step, low, high, colour: str, words: Mapping[str, str]) -> dict:
    """The raw values between each bucket's least and greatest; where a bucket is one step, the raw line itself."""
    return {
        "type": "scatter",
        "mode": "lines",
        "x": packed(np.concatenate([step, step[::-1]])),
        "y": packed(np.concatenate([high, low[::-1]])),
        "fill": "toself",
        "fillcolor": f"{colour}/0.22",
        "line": {"color": f"{colour}/0.28", "width": 1},
        "hoverinfo": "skip",
        **_place(quantity, "raw", words["raw"]),
    }


def _smooth(quantity: str, curve: Curve, low, high, line: dict, words: Mapping[str, str]) -> dict:
    form = FORMS[quantity]
    raw = f"%{{customdata[0]:{form}}}" + (f" – %{{customdata[1]:{form}}}" if curve.width > 1 else "")
    return {
        "type": "scatter",
        "mode": "lines",
        "x": packed(curve.step),
        "y": packed(getattr(curve, quantity)),
        "customdata": packed(np.stack([low, high], axis=-1)),
        "line": line,
        "hovertemplate": f"{words[quantity]} <b>%{{y:{form}}}</b> · {words['batch']} {raw}<extra></extra>",
        **_place(quantity, "smooth", words["smooth"].format(factor=f"{smoothing(_last(curve)):.2g}")),
    }


def _markers(quantity: str, split: str, history: History, words: Mapping[str, str]) -> dict | None:
    """What was measured on digits that are not trained on: at epochs' ends, or the test set once, at the run's end."""
    name, run = f"{split}_{quantity}", history.run
    points = [(row.step, value) for row in history.epochs if (value := getattr(row, name)) is not None]
    if not points and getattr(run.facts, name, None) is not None:
        points = [(run.facts.step, getattr(run.facts, name))]
    if not points:
        return None
    step, values = zip(*points, strict=True)
    return {
        "type": "scatter",
        "mode": "markers",
        "x": step,
        "y": values,
        "marker": {"size": 9 if len(points) <= _SPARSE else 5, "color": INK, **SYMBOLS[split]},
        "hovertemplate": f"{words[split]} <b>%{{y:{FORMS[quantity]}}}</b><extra></extra>",
        **_place(quantity, split, words[split]),
    }


def _place(quantity: str, group: str, name: str) -> dict:
    """Axis and legend: one entry serves both panels. The uid keeps a hidden curve hidden when traces come or go."""
    legend = {"name": name, "legendgroup": group, "showlegend": quantity == "loss"}
    return {"yaxis": AXES[quantity], "uid": f"{group}-{quantity}", **legend}


_SCALES = {
    "linear": {"type": "linear", "nticks": 6},
    "log": {"type": "log", "tickvals": [digit * 10.0**power for power in range(-5, 3) for digit in (1, 2, 5)]},
}
_SPIKE = {"showspikes": True, "spikecolor": "--st-text-color/0.45", "spikethickness": 1, "spikedash": "solid"}


def _two_panels(
    words: Mapping[str, str],
    revision: str,
    logarithmic: bool,
    ends: Sequence[int],
    quantities: tuple[str, str] = ("loss", "accuracy"),
) -> dict:
    scale = "log" if logarithmic else "linear"
    middle = (1 - _GAP) / 2
    upper, lower = quantities
    panels = {upper: [middle + _GAP, 1], lower: [0, middle]}
    title = {"text": words["step"], "standoff": 6, "font": {"size": 13, "color": FAINT}}
    hovered = {"text": f"{words['step']} %{{x:,d}}"}
    return {
        **base_layout(_HEIGHT, legend_y=1.06),
        "uirevision": revision,
        "hoversubplots": "axis",
        "dragmode": "zoom",
        "xaxis": {**AXIS, "anchor": "y2", "title": title, "tickformat": ",d", **_SPIKE, "unifiedhovertitle": hovered},
        "yaxis": {**AXIS, "domain": panels[upper], "uirevision": f"{revision} {scale}", **_SCALES[scale]},
        "yaxis2": {**AXIS, "domain": panels[lower], "tickformat": ".0%", "nticks": 6},
        "annotations": [heading(words[name], 0, top) for name, (_, top) in panels.items()],
        "shapes": [_epoch_end(step) for step in ends] if len(ends) <= _SPARSE else [],
    }


def _epoch_end(step: int) -> dict:
    line = {"color": "--st-text-color/0.18", "width": 1, "dash": "dot"}
    return {"type": "line", "x0": step, "x1": step, "y0": 0, "y1": 1, "yref": "paper", "line": line, "layer": "below"}


def _shade(finding: Finding, axis: str) -> dict:
    """The steps of a finding's evidence, over the height of the panel of this axis."""
    where = finding.evidence
    edges = {"x0": where.first - 0.5, "x1": where.last + 0.5, "y0": 0, "y1": 1, "yref": f"{axis} domain"}
    return {"type": "rect", **edges, "fillcolor": SHADE, "line": {"width": 0}, "layer": "below"}
