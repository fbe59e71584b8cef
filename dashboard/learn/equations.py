"""Chapters 2 and 4: every equation with the numbers of one unit at one row, and the cell that they make."""

import math

import streamlit as st

from core.reading import equations
from dashboard import readers
from dashboard.components.formulas import live_formulas
from dashboard.components.picture import picture
from dashboard.learn import formulas, state
from dashboard.learn.diagram import diagram
from dashboard.learn.subject import Subject
from dashboard.notice import joined, notice
from dashboard.terms import marked
from dashboard.words import say

_COLUMNS = {"rnn": 1, "lstm": 3, "gru": 2}
"""The most of them; fewer where the page is narrow."""
_FORMULA_PIXELS, _HALF_PIXELS = 272, 340
"""A column is never narrower, unless it is alone; styles.css makes the formulas in it small enough."""


def show(subject: Subject) -> None:
    cell = subject.reader.cell
    st.markdown(marked(say(f"learn.equations_{cell}")))
    row, layer, unit = _choose(subject)
    terms = equations.terms(subject.reader, subject.trace, layer, row, unit)
    _formulas(cell, formulas.lines(cell, terms))
    halves = st.grid(2, min_column_width=_HALF_PIXELS, gap="medium")
    with halves.cell():
        picture(diagram(cell, terms, say("learn.diagram", cell=cell.upper(), row=row + 1, unit=unit + 1)), "learn_cell")
        notice(say(f"learn.diagram_{cell}"))
    with halves.cell():
        _readout(subject, row)
    _live(subject, layer)


def _choose(subject: Subject) -> tuple[int, int, int]:
    """Row, layer and unit, counted from 0."""
    reader = subject.reader
    columns = st.columns([5, 2, 2], vertical_alignment="bottom")
    columns[0].slider(say("learn.row"), 1, 28, **state.kept("row"), help=say("learn.row_help"))
    columns[1].selectbox(
        say("learn.layer"),
        range(1, reader.layers + 1),
        **state.kept("layer"),
        help=say("learn.layer_help"),
    )
    columns[2].number_input(
        say("learn.unit", hidden=reader.hidden),
        1,
        reader.hidden,
        **state.kept("unit"),
        help=say("learn.unit_help", hidden=reader.hidden),
    )
    if state.value("layer") > 1:
        st.caption(say("learn.input_below", below=state.value("layer") - 1))
    return state.value("row") - 1, state.value("layer") - 1, state.value("unit") - 1


def _formulas(cell: str, lines: dict[str, str]) -> None:
    grid = st.grid(_COLUMNS[cell], min_column_width=_FORMULA_PIXELS, gap="small")
    for letter, line in lines.items():
        with grid.cell(), st.container(key=f"learn_formula_{letter}"):
            st.markdown(marked(say(f"learn.{cell}_{letter}")))
            st.markdown(rf"$\displaystyle {line}$")
    if cell == "lstm":
        st.caption(joined(say("learn.two_letters"), say("learn.typo")))


def _readout(subject: Subject, row: int) -> None:
    trace, target = subject.trace, subject.target
    answer = equations.readout(subject.reader, trace.h[-1, row])
    terms = {term: float(values[target]) for term, values in answer.items()}
    terms["L"] = -math.log(max(terms["y"], 1e-300))
    for name, formula in (("readout", formulas.readout), ("loss", formulas.loss)):
        with st.container(key=f"learn_formula_{name}"):
            st.markdown(marked(say(f"learn.{name}", digit=target)))
            st.markdown(rf"$\displaystyle {formula(target, terms)}$")


def _live(subject: Subject, layer: int) -> None:
    """Fills the same formulas in the browser, while the slider is still in the hand."""
    places, weights = formulas.places(subject.reader.cell), readers.address(subject.name)
    if weights:
        live_formulas(
            weights,
            subject.frame,
            layer,
            subject.target,
            places,
            page=".st-key-learn_page",
            controls={name: f".st-key-{state.key(name)}" for name in ("row", "unit")},
            diagram=".st-key-learn_cell >>> svg",
            formulas={name: f".st-key-learn_formula_{name}" for name in places},
        )
