"""Find similar: test digits whose state is nearest to one's own digit's, or whose units do the same over some rows."""

from typing import Any

import numpy as np
import streamlit as st

from core.examining import neighbours, selection
from core.examining.states import LETTERS, ROWS
from dashboard.components.live_plot import live_plot, message_of
from dashboard.examine import figures, images
from dashboard.examine import state as settings
from dashboard.examine.choices import choice
from dashboard.examine.subject import Own, Subject
from dashboard.notice import listed, notice
from dashboard.words import say

WAYS, SIDES = ("nearest", "units"), ("above", "below")
_KEYS = "examine_similar_{}"
_CHART_WORDS = ("row", "digit", "share", "images", "threshold", "unit", "shares_label", "units_label")
_STEP = 0.05
_LISTED = 8
"""Units that a sentence names, and the figure draws."""


def show(subjects: list[Subject], own: Own) -> None:
    """Of the first reader alone."""
    subject = subjects[0]
    letters, layers = LETTERS[subject.reader.cell], list(range(1, subject.reader.layers + 1))
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        way = choice("way", WAYS, settings.key("way"), "nearest", lambda way: say(f"examine.way_{way}"))
        state = choice("state", letters, _KEYS.format("state"), letters[0], lambda letter: f"{letter}(t)")
        layer = choice("layer", layers, settings.key("layer"), layers[-1], lambda n: say("examine.layer_n", layer=n))
        if way == "nearest":
            metric = choice(
                "metric", neighbours.METRICS, _KEYS.format("metric"), "cosine", lambda name: say(f"examine.{name}")
            )
    words = {name: say(f"examine.chart_{name}") for name in _CHART_WORDS}
    if way == "nearest":
        _nearest(subject, own, state, layer - 1, metric, words)
    else:
        _units(subject, own, state, layer - 1, words)


def _nearest(subject: Subject, own: Own, state: str, layer: int, metric: str, words: dict[str, str]) -> None:
    left, right = st.columns([2, 3], gap="medium")
    with left:
        row = st.slider(say("examine.row_t"), 1, ROWS, ROWS, key=_KEYS.format("row"), help=say("examine.row_t_help"))
        found = neighbours.nearest(subject.index, own.frame, row - 1, state=state, layer=layer, metric=metric)
        parts = [count / sum(found["digits"]) for count in found["digits"]]
        live_plot(message_of(figures.shares(parts, found["digits"], words)), key="examine_nearest_shares")
        notice(nearest_finding(found, row))
    with right:
        numbers = np.array([one["index"] for one in found["neighbours"]])
        notes = [f"{one['distance']:.3f}" for one in found["neighbours"]]
        images.show(subject, numbers, key="examine_nearest", notes=notes)


def nearest_finding(found: dict[str, Any], row: int) -> str:
    digits = found["digits"]
    most = int(np.argmax(digits))
    nearest, last = found["neighbours"][0]["distance"], found["neighbours"][-1]["distance"]
    if last == 0:
        return say("examine.nearest_same", row=row)
    values = {"count": digits[most], "of": sum(digits), "digit": most, "row": row}
    return say("examine.nearest_found", **values, nearest=f"{nearest:.3f}", last=f"{last:.3f}")


def _units(subject: Subject, own: Own, state: str, layer: int, words: dict[str, str]) -> None:
    values, hidden = own.read_by(subject).states()[state][layer], subject.reader.hidden
    asked = [unit for unit in settings.value("units") if 1 <= unit <= hidden]
    if asked != settings.value("units"):
        settings.put(units=asked)  # of a larger reader
    left, right = st.columns([2, 3], gap="medium")
    with left:
        rows, threshold, above = _selection(values, state, [unit - 1 for unit in asked])
        units = st.multiselect(
            say("examine.units"),
            range(1, hidden + 1),
            **settings.kept("units"),
            placeholder=say("examine.units_all"),
            help=say("examine.units_help"),
        )
        chosen = [unit - 1 for unit in units] or selection.units_on(values, rows, threshold, above)
        if not chosen:
            st.info(say("examine.no_units"), icon=":material/info:")
            return
        drawn = figures.unit_lines(values, chosen[:_LISTED], rows, threshold, words)
        live_plot(message_of(drawn), key="examine_unit_lines")
    found = selection.matching(subject.index, chosen, rows, threshold, state=state, layer=layer, above=above)
    with right:
        if found["images"]:
            parts = [part or 0.0 for part in found["fractions"]]
            live_plot(message_of(figures.shares(parts, found["digits"], words)), key="examine_unit_shares")
        notice(unit_finding(found, chosen, rows))
        numbers = np.array([one["index"] for one in found["matches"]])
        notes = [f"{one['held']:.0%}" for one in found["matches"]]
        images.show(subject, numbers, key="examine_matches", notes=notes, height=190)


def _selection(values: np.ndarray, state: str, units: list[int]) -> tuple[tuple[int, int], float, bool]:
    """Rows from 0, both included, the threshold, and whether the units (without any: all) are to lie above it."""
    reach = 1.0 if state == "h" else max(1.0, float(np.ceil(np.abs(values).max())))
    st.slider(say("examine.rows"), 1, ROWS, **settings.kept("rows"), help=say("examine.rows_help"))
    first, last = settings.value("rows")
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        side = choice("side", SIDES, settings.key("side"), SIDES[0], lambda name: say(f"examine.side_{name}"))
        above = side == SIDES[0]
        threshold = st.slider(
            say("examine.threshold"),
            -reach,
            reach,
            _usual(values[first - 1 : last], reach, above, units),
            _STEP,
            key=_KEYS.format(f"threshold_{state}_{above}_{reach:g}"),
            help=say("examine.threshold_help"),
        )
    return (first - 1, last - 1), float(threshold), above


def _usual(part: np.ndarray, reach: float, above: bool, units: list[int]) -> float:
    """A threshold to begin with: beyond it lie the units of one's own digit, (rows, H); without any two, or a few."""
    margins = np.sort(part.min(0) if above else -part.max(0))
    last = min(part[:, units].min(0) if above else -part[:, units].max(0)) if units else margins[-min(2, len(margins))]
    usual = float(np.clip(np.floor(float(last) / _STEP - 1e-6) * _STEP, -reach, reach))
    return round(usual if above else -usual, 2)


def unit_finding(found: dict[str, Any], units: list[int], rows: tuple[int, int]) -> str:
    """Which digit does the same most often."""
    named = listed([str(unit + 1) for unit in units[:_LISTED]]) + (" …" if len(units) > _LISTED else "")
    values = {"units": named, "first": rows[0] + 1, "last": rows[1] + 1, "of": f"{found['of']:,}"}
    if not found["images"]:
        return say("examine.unit_none", **values, best=f"{found['matches'][0]['held']:.0%}")
    parts = [part or 0.0 for part in found["fractions"]]
    most = int(np.argmax(parts))
    return say("examine.unit_found", **values, images=f"{found['images']:,}", digit=most, part=f"{parts[most]:.0%}")
