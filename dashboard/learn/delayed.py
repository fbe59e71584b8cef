"""Readers that nobody trained to wait: how long they remember a digit over blank rows."""

import streamlit as st

from core.training import delay
from dashboard import readers
from dashboard.components.live_plot import live_plot, message_of
from dashboard.learn import figures, predict, state
from dashboard.learn.memory import KNOWS
from dashboard.notice import joined, listed, notice
from dashboard.words import say

_ASKED_ROWS = 14
"""The blank rows that the question is about."""


def show() -> None:
    table = delay.shipped()
    if table is None:
        return
    st.subheader(say("learn.delay"), anchor="delay")
    st.markdown(say("learn.delay_text"))
    guess = predict.predicted("delay", ("all", "gated", "none"), state.key("delay"))
    if guess is None:
        return
    holding = holding_after(table, _ASKED_ROWS)
    word, cells = "hold" if holding else "none", listed([cell.upper() for cell in holding])
    predict.verdict(guess == _said(holding), say(f"learn.delay_{word}", rows=_ASKED_ROWS, cells=cells))
    words = {word: say(f"learn.delay_{word}") for word in ("delay", "accuracy", "label")}
    live_plot(message_of(figures.waiting(table, words)), key="learn_delay_chart")
    notice(findings(table))
    st.caption(say("learn.delay_source", images=f"{table['images']:,}", command=table["command"]))


def holding_after(table: dict, rows: int) -> list[str]:
    """The cells that are right more than half of the time after so many blank rows."""
    at = table["delays"].index(rows)
    return [cell for cell in readers.CELLS if table["cells"][cell]["accuracy"][at] > KNOWS]


def _said(holding: list[str]) -> str | None:
    """The option of the question that this is; None where it is none of them, such as one cell alone."""
    return {(): "none", ("gru", "lstm"): "gated", ("rnn", "gru", "lstm"): "all"}.get(tuple(holding))


def findings(table: dict) -> str:
    """The accuracies after 0, 28 and 112 blank rows, and how long each cell remembers, from the table's numbers."""
    picked = [table["delays"].index(rows) for rows in (0, 28, 112)]
    found = {cell: [table["cells"][cell]["accuracy"][index] for index in picked] for cell in readers.CELLS}
    shown = listed(
        [f"{cell.upper()} {' → '.join(f'{accuracy:.1%}' for accuracy in three)}" for cell, three in found.items()]
    )
    lasting = listed([f"{cell.upper()} {_lasting(table, cell)}" for cell in readers.CELLS])
    return joined(say("learn.delay_found", accuracies=shown), say("learn.delay_lasting", rows=lasting))


def _lasting(table: dict, cell: str) -> int:
    """The longest measured delay up to which the cell is right more than half of the time."""
    measured = zip(table["delays"], table["cells"][cell]["accuracy"], strict=True)
    return max((delay for delay, accuracy in measured if accuracy > KNOWS), default=0)
