"""Chapter 3's experiment: networks that were trained to answer only after blank rows, and what was measured of them."""

from collections.abc import Iterable
from statistics import fmean

import streamlit as st

from core.training import waiting
from core.training.waiting import STARTS, WAITS, Training
from dashboard import readers, session, settings
from dashboard.components.live_plot import live_plot, message_of
from dashboard.formats import power_of_ten
from dashboard.learn import figures, predict, state
from dashboard.notice import joined, listed, notice
from dashboard.terms import marked
from dashboard.words import language, say

_LONGEST = WAITS[-1]
KNOWS = 0.5
"""More than half of the answers are right: guessing is right one time in ten."""


def show() -> None:
    rows = waiting.shipped()
    if not rows:
        return
    st.subheader(say("learn.memory"), anchor="memory")
    st.markdown(marked(say("learn.memory_text", longest=_LONGEST, seeds=len(waiting.SEEDS))))
    guess = predict.predicted("memory", ("lstm", "rnn", "none"), state.key("memory"))
    if guess is None:
        return
    holding = _holding(rows, "orthogonal", _LONGEST)
    predict.verdict(guess == _said(holding), outcome(rows))
    names = ("wait", "accuracy", "reach", "label", *(f"start_{start}" for start in STARTS))
    words = {word: say(f"learn.memory_{word}") for word in names}
    live_plot(message_of(figures.trained_to_wait(rows, words)), key="learn_waiting")
    notice(*findings(rows))
    st.caption(say("learn.memory_source", count=len(rows), command="python -m core waiting"))
    _train_one()


def accuracies(rows: Iterable[Training], cell: str, start: str, wait: int) -> list[float]:
    """Of each seed."""
    return [row.accuracy for row in rows if (row.cell, row.start, row.wait) == (cell, start, wait)]


def _holding(rows: list[Training], start: str, wait: int) -> list[str]:
    """The cells that are right more than half of the time after this wait, on the average of the seeds."""
    return [cell for cell in readers.CELLS if fmean(accuracies(rows, cell, start, wait)) > KNOWS]


def _said(holding: list[str]) -> str:
    """The option of the question that this is."""
    return "rnn" if "rnn" in holding else "lstm" if "lstm" in holding else "none"


def outcome(rows: list[Training]) -> str:
    """Who still answers after the longest wait, from each start."""
    told = []
    for start in STARTS:
        holding = [cell.upper() for cell in _holding(rows, start, _LONGEST)]
        word = "memory_hold" if holding else "memory_none"
        told.append(
            say(f"learn.{word}", start=say(f"learn.memory_start_{start}"), cells=listed(holding), longest=_LONGEST)
        )
    return joined(*told)


def findings(rows: list[Training]) -> list[str]:
    """Mean accuracies at the longest wait, how far seeds part, and what gradient reaches the digit before training."""
    told = []
    for start in STARTS:
        means = {cell: fmean(accuracies(rows, cell, start, _LONGEST)) for cell in readers.CELLS}
        shown = listed([f"{cell.upper()} {mean:.1%}" for cell, mean in means.items()])
        reached = listed([f"{cell.upper()} {_reach(rows, cell, start)}" for cell in readers.CELLS])
        name = say(f"learn.memory_start_{start}")
        told.append(say("learn.memory_found", start=name, accuracies=shown, longest=_LONGEST, reached=reached))
    return [*told, _spread(rows)]


def _reach(rows: list[Training], cell: str, start: str) -> str:
    """The share of the memory's gradient that comes back over the longest wait, before training."""
    logs = [row.reach_before for row in rows if (row.cell, row.start, row.wait) == (cell, start, _LONGEST)]
    return power_of_ten(10 ** fmean(logs))


def _spread(rows: list[Training]) -> str:
    """Where the seeds differ most."""
    groups = {
        (cell, start, wait): accuracies(rows, cell, start, wait)
        for cell in readers.CELLS for start in STARTS for wait in WAITS
    }  # fmt: skip
    (cell, start, wait), found = max(groups.items(), key=lambda item: max(item[1]) - min(item[1]))
    name = say(f"learn.memory_start_{start}")
    low, high = f"{min(found):.1%}", f"{max(found):.1%}"
    return say("learn.memory_spread", cell=cell.upper(), start=name, wait=wait, low=low, high=high)


def _train_one() -> None:
    """Any of the trainings, as a filled form of the Train page."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="learn_memory_train"):
        cell = st.selectbox(say("train.set_cell"), readers.CELLS, format_func=str.upper, key="memory_cell", width=110)
        wait = st.selectbox(say("train.set_wait"), WAITS, index=len(WAITS) - 1, key="memory_wait", width=110)
        start = st.selectbox(
            say("train.set_initialisation"),
            list(STARTS),
            format_func=lambda name: say(f"learn.memory_start_{name}"),
            key=f"memory_start_{language()}",
            width=260,
        )
        if st.button(say("learn.memory_train"), key="memory_train", icon=":material/model_training:"):
            settings.fill_form(waiting.config_of(cell, start, wait))
            session.want_form()
            session.go_to("train")
