"""Runs side by side: what came of them, with the difference, and their settings, those that differ marked."""

from collections.abc import Callable, Sequence
from html import escape
from typing import Any

import streamlit as st

from core.runs.comparison import FIGURES, SETTINGS, Comparison, Spread, compare
from core.runs.naming import default_name
from core.runs.run import Run
from core.training.config import PRESETS
from dashboard import palette, settings
from dashboard.formats import NONE, duration, percent
from dashboard.outside import as_text
from dashboard.runs import overlay, table
from dashboard.words import say

_SHOWN = tuple(name for name in FIGURES if name != "accuracy")

_FIRST_WIDTH, _WIDTH = 11, 14  # rem, of the columns: two tables below one another are in line


def legend(runs: Sequence[Run]) -> str:
    """Each run's line and name, as HTML."""
    entries = (f"<span>{_line(place)}{escape(run.name)}</span>" for place, run in enumerate(runs))
    return f'<div class="run-legend">{"".join(entries)}</div>'


def _line(place: int) -> str:
    colours = palette.shown()["chartCategoricalColors"]
    dash = {"solid": "solid", "dash": "dashed", "dot": "dotted"}[overlay.dash(place)]
    return f'<i class="line" style="border-top: 3px {dash} {colours[place % len(colours)]}"></i>'


def figures(runs: Sequence[Run]) -> None:
    """What came of each run and how it differs from the first; below, what the seed alone changes."""
    found = compare(runs)
    rows = [(say(f"runs.figure_{name}"), _compared(found, name)) for name in _SHOWN if name in found.figures]
    st.html(_table([_name(place, run) for place, run in enumerate(runs)], rows))
    for group in found.seeds:
        spread = {
            name: value
            for name, value in group.figures.items()
            if name in ("test_accuracy", "best_accuracy", "test_loss")
        }
        if spread:
            told = " · ".join(f"{say(f'runs.figure_{name}')} {_spread(name, value)}" for name, value in spread.items())
            first = next(run.config for run in runs if run.id == group.runs[0])
            name = as_text(default_name(first.with_(seed=PRESETS[first.preset].seed)))
            st.caption(say("runs.seeds", name=name, runs=len(group.runs), figures=told))


def _spread(name: str, spread: Spread) -> str:
    if name.endswith("accuracy"):
        return f"{percent(spread.mean)} ± {100 * spread.deviation:.2f}"
    return f"{spread.mean:.4f} ± {spread.deviation:.4f}"


def _compared(found: Comparison, name: str) -> list[str]:
    """The cells of a figure: the value, and where it is not the first run's by how much, as HTML."""
    cells = []
    for value, less in zip(found.figures[name], found.differences[name], strict=True):
        difference = f" <small>{escape(_difference(name, less))}</small>" if less else ""
        cells.append(f"{escape(_figure(name, value))}{difference}")
    return cells


def _figure(name: str, value: float | None) -> str:
    if value is None or (value == 0 and name in ("seconds", "images_per_second", "step")):
        return NONE
    if name.endswith("accuracy"):
        return percent(value)
    if name == "seconds":
        return duration(value)
    return f"{value:,.0f}" if name in ("images_per_second", "step") else f"{value:.4f}"


def _difference(name: str, less: float) -> str:
    sign = "+" if less > 0 else "−"
    if name.endswith("accuracy"):
        return f"{sign}{100 * abs(less):.2f}"
    if name == "seconds":
        return f"{sign}{duration(abs(less))}"
    return f"{sign}{abs(less):,.0f}" if name in ("images_per_second", "step") else f"{sign}{abs(less):.4f}"


def all_settings(runs: Sequence[Run], every: bool) -> None:
    """The settings that differ, or `every` one with those marked."""
    found = compare(runs).settings
    names = SETTINGS if every else tuple(found)
    if not names:
        st.caption(say("runs.same_settings"))
        return
    rows = [
        (settings.label(name), [escape(settings.spoken(name, getattr(run.config, name))) for run in runs])
        for name in names
    ]
    heads = [_name(place, run) for place, run in enumerate(runs)]
    st.html(_table(heads, rows, marked=lambda row: every and names[row] in found))


def _name(place: int, run: Run) -> str:
    return f"{_line(place)}{escape(run.name)}"


def _table(
    heads: Sequence[str], rows: Sequence[tuple[str, list[str]]], marked: Callable[[int], Any] = lambda row: False
) -> str:
    """heads and cells are HTML, a row's name is text."""
    head = "".join(f'<th scope="col">{name}</th>' for name in heads)
    lines = []
    for number, (name, cells) in enumerate(rows):
        mark = ' class="differs"' if marked(number) else ""
        values = "".join(f"<td>{cell}</td>" for cell in cells)
        lines.append(f'<tr{mark}><th scope="row">{escape(name)}</th>{values}</tr>')
    width = _FIRST_WIDTH + _WIDTH * len(heads)
    top = f"<thead><tr><td></td>{head}</tr></thead>"
    return (
        f'<div class="side-by-side"><table style="width: {width}rem">{top}<tbody>{"".join(lines)}</tbody></table></div>'
    )


def as_csv(runs: Sequence[Run]) -> str:
    """A row a run: identity, figures, every setting."""
    import csv
    import io

    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["id", "name", "note", "state", "created", "device", *FIGURES, *SETTINGS])
    for run in runs:
        told = [run.id, run.name, run.note, run.state, f"{run.created:.0f}", run.facts.device]
        figures_ = [table.seconds(run) if name == "seconds" else getattr(run.facts, name) for name in FIGURES]
        writer.writerow([*told, *figures_, *(getattr(run.config, name) for name in SETTINGS)])
    return out.getvalue()
