"""Chapter 6: hold gates, silence units, blank or reorder rows, and see what becomes of the answer."""

from typing import Any

import streamlit as st

from core.digits import data as mnist
from core.errors import ConfigError
from core.reading.readers import Reader
from core.reading.surgery import CLAMPABLE, Surgery
from core.reading.tracing import RowTrace, trace
from dashboard import accuracy, background, test_set
from dashboard.components.row_player import row_player
from dashboard.formats import probability
from dashboard.learn import experiments, state
from dashboard.learn.subject import Subject
from dashboard.learn.surgery_settings import surgery_of
from dashboard.outside import as_text
from dashboard.terms import marked
from dashboard.words import say
from dashboard.words.core import translated


@st.fragment
def show(subject: Subject) -> None:
    if state.value("reader") != subject.name:
        st.rerun()  # of the whole page: an experiment has put another reader at its head
    st.markdown(marked(say("learn.surgery_text")))
    experiments.show(subject)
    settings = _controls(subject)
    try:
        surgery = surgery_of(settings, subject.reader)
    except ConfigError as error:
        st.warning(as_text(translated(error.message)), icon=":material/edit:")
        surgery = Surgery()
    _outcome(subject, surgery)
    state.publish()


def _controls(subject: Subject) -> dict[str, Any]:
    """The controls, and their values by name. A control that does not apply to this cell is not shown."""
    reader, gates = subject.reader, CLAMPABLE[subject.reader.cell]
    state.put(in_=min(state.value("in"), reader.layers))
    with st.container(border=True):
        if gates:
            _holds(reader, gates)
        left, right = st.columns(2, gap="medium")
        left.text_input(
            say("learn.silent"),
            **state.kept("silent"),
            placeholder="3, 17, 40-44",
            help=say("learn.silent_help"),
        )
        right.selectbox(
            say("learn.order"),
            state.ORDERS,
            format_func=lambda order: say(f"learn.order_{order}"),
            **state.kept("order"),
            help=say("learn.order_help"),
        )
        if state.value("order") == "blank":
            right.slider(say("learn.blank"), 1, 28, **state.kept("blank"), help=say("learn.blank_help"))
        st.button(
            say("learn.undo"),
            icon=":material/undo:",
            type="tertiary",
            on_click=state.clear,
            args=(state.SURGERY,),
            help=say("learn.undo_help"),
        )
    return {name: state.value(name) for name in state.SURGERY}


def _holds(reader: Reader, gates: tuple[str, ...]) -> None:
    for column, gate in zip(st.columns(len(gates), gap="medium"), gates, strict=True):
        column.segmented_control(
            say(f"learn.hold_{gate}"),
            ["0", "1"],
            format_func=lambda held: say(f"learn.held_{held}"),
            **state.kept(gate),
            help=say("learn.hold_help"),
        )
    if all(state.value(gate) is None for gate in gates):
        return
    where = st.columns([2, 3, 2], gap="medium")
    where[0].selectbox(
        say("learn.in"),
        range(reader.layers + 1),
        format_func=lambda layer: str(layer) if layer else say("learn.in_all"),
        **state.kept("in"),
        help=say("learn.in_help"),
    )
    where[1].slider(say("learn.rows"), 1, 28, **state.kept("rows"), help=say("learn.rows_help"))
    where[2].text_input(
        say("learn.units"),
        **state.kept("units"),
        placeholder=say("learn.units_all"),
        help=say("learn.units_help"),
    )


def _outcome(subject: Subject, surgery: Surgery) -> None:
    before = subject.trace
    after = trace(subject.reader, subject.frame, surgery) if surgery else before
    figures, strips = st.container(), st.container()
    with strips:  # first: the browser paints them while the accuracy is worked out
        if surgery:
            st.caption(say("learn.surgery_notice"))
        same_shape = bool(surgery) and after.h.shape == before.h.shape
        row_player(after, subject.reader, key="learn_player", compare=before if same_shape else None)
    with figures:
        _figures(subject, surgery, after)


def _figures(subject: Subject, surgery: Surgery, after: RowTrace) -> None:
    before, digit = subject.trace, subject.trace.digit
    columns = st.columns(3)
    columns[0].metric(say("learn.answer"), after.digit, _was(surgery, str(digit)), **_PLAIN)
    p, was = (probability(float(trace.probabilities[-1, digit])) for trace in (after, before))
    columns[1].metric(say("learn.probability", digit=digit), p, _was(surgery, was), **_PLAIN)
    with columns[2]:
        _accuracy(subject, surgery)


_PLAIN: dict[str, Any] = {"delta_color": "off", "delta_arrow": "off"}


def _was(surgery: Surgery, value: str) -> str | None:
    return say("learn.was", value=value) if surgery else None


def _accuracy(subject: Subject, surgery: Surgery) -> None:
    title = say("learn.accuracy", images=f"{accuracy.TEST_DIGITS:,}")
    if mnist.describe().source != "full" and not st.session_state.get("learn_fetch"):
        st.caption(title)
        st.button(say("learn.fetch"), key="learn_fetch", help=say("learn.fetch_help"))
        return
    baseline = accuracy.measured(subject.path, subject.reader, Surgery())
    work = accuracy.measured(subject.path, subject.reader, surgery)

    def metric(found: float) -> None:
        was = _was(surgery, probability(baseline.result()))
        explained = say("learn.accuracy_help", note=translated(test_set.mnist().note))
        st.metric(title, probability(found), was, help=explained, **_PLAIN)

    missing = work if baseline.done() else baseline  # either may be there first
    background.eventually(missing, say("learn.accuracy_wait"), lambda _: metric(work.result()))
