"""Three experiments of the surgery section: each asks what will become of the answer, then shows it beside the reason.

An answer stays, wavers (it loses WAVERS of its probability or more) or changes.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from core.digits import data as mnist
from core.reading.carriers import Carriers, carriers
from core.reading.readers import Reader
from core.reading.surgery import CLAMPABLE, Surgery
from core.reading.tracing import RowTrace, trace
from dashboard import accuracy, background
from dashboard.formats import probability
from dashboard.learn import predict, state
from dashboard.learn.subject import Subject
from dashboard.learn.surgery_settings import surgery_of
from dashboard.notice import joined
from dashboard.words import say

WAVERS = 0.1
LAST_WRITTEN = 14
"""The row after which the input gates are shut, counted from 1."""
HELD: dict[str, dict[str, Any]] = {"forget": {"f": "1"}, "close": {"i": "0", "rows": (LAST_WRITTEN + 1, 28)}}
"""Experiment -> the controls that it sets."""
_OUTCOMES = ("stays", "wavers", "changes")
_COUNTS = {"few": 5, "some": 10}
"""Option -> the most units that it means; `many` is above."""
_CARD_PIXELS = 300


def show(subject: Subject) -> None:
    grid = st.grid(3, min_column_width=_CARD_PIXELS, gap="small", border=True)
    for name in HELD:
        with grid.cell(), st.container():
            _held(subject, name)
    with grid.cell(), st.container():
        _carried(subject)


def _held(subject: Subject, name: str) -> None:
    """An experiment that holds one gate of the LSTM."""
    settings = HELD[name]
    possible = next(iter(settings)) in CLAMPABLE[subject.reader.cell]
    wanted = settings if possible else settings | {"reader": "lstm"}
    guess = _asked(name, _OUTCOMES, partial(_set_up, name, wanted), subject.trace.digit)
    if guess is None:
        return
    if not possible:
        st.caption(say("learn.needs_lstm"))
    else:
        surgery = surgery_of({**state.defaults(state.SURGERY), **settings}, subject.reader)
        after = trace(subject.reader, subject.frame, surgery)
        came = outcome(subject.trace, after)
        reason = {"forget": forget_reason, "close": close_reason}[name](subject.trace, after)
        predict.verdict(guess == came, reason)
        _compared(name, subject, surgery, after)
    _below(name, wanted)


def _carried(subject: Subject) -> None:
    """The experiment that counts the units that carry the answer."""
    guess = _asked("carry", (*_COUNTS, "many"), _want, subject.trace.digit)
    if guess is None:
        return
    with st.spinner(say("learn.carry_wait")):
        carried = _carriers(subject.key, subject.reader, subject.trace)
    settings = {"silent": ", ".join(str(unit + 1) for unit in sorted(carried.units))}
    if st.session_state.pop(_WANTED, False):
        _apply(settings)
    surgery = surgery_of({**state.defaults(state.SURGERY), **settings}, subject.reader)
    predict.verdict(guess == count_of(carried), carry_reason(carried, subject.reader.hidden))
    after = trace(subject.reader, subject.frame, surgery)
    _compared("carry", subject, surgery, after)
    _below("carry", settings)


@st.cache_resource(max_entries=32, show_spinner=False)
def _carriers(key: tuple, _reader: Reader, _trace: RowTrace) -> Carriers:
    """A fifth of a second for 128 units, seconds for 512."""
    return carriers(_reader, _trace)


def _asked(name: str, options: tuple[str, ...], on_change: Callable[[], None], digit: int) -> str | None:
    st.markdown(f"**{say(f'learn.{name}_title', digit=digit)}**")
    return predict.predicted(name, options, state.key(name), on_change, digit=digit)


_WANTED = "learn_carry_wanted"


def _want() -> None:
    """The units are not known yet: they are set once they are."""
    st.session_state[_WANTED] = state.value("carry") is not None


def _set_up(name: str, settings: dict[str, Any]) -> None:
    """A prediction is what sets an experiment up."""
    if state.value(name) is not None:
        _apply(settings)


def _apply(settings: dict[str, Any]) -> None:
    state.clear(state.SURGERY)
    state.put(**settings)


def _is_shown(settings: dict[str, Any]) -> bool:
    """Whether the controls and strips below are set to this."""
    wanted = {**state.defaults(state.SURGERY), **settings}
    return all(state.value(name) == value for name, value in wanted.items())


def _below(name: str, settings: dict[str, Any]) -> None:
    """The way back to this experiment, where the controls and strips below show another."""
    if not _is_shown(settings):
        st.button(
            say("learn.below"), key=f"learn_below_{name}", on_click=_apply, args=(settings,), icon=":material/south:"
        )


def _compared(name: str, subject: Subject, surgery: Surgery, after: RowTrace) -> None:
    """Answer, probability and, where it is measured, accuracy: before and now."""
    before, digit = subject.trace, subject.trace.digit
    table = st.container(key=f"learn_compared_{name}")  # styles.css makes it small
    was, now = (probability(float(one.probabilities[-1, digit])) for one in (before, after))
    lines = [
        f"| | {say('learn.before')} | {say('learn.now')} |\n|:--|--:|--:|",
        f"| {say('learn.answer')} | {digit} | {after.digit} |",
        f"| {say('learn.probability', digit=digit)} | {was} | {now} |",
    ]
    if mnist.describe().source != "full":
        table.markdown("\n".join(lines))
        return
    works = [accuracy.measured(subject.path, subject.reader, one) for one in (Surgery(), surgery)]
    found = [probability(work.result()) if work.done() else "…" for work in works]
    title = say("learn.accuracy", images=f"{accuracy.TEST_DIGITS:,}")
    table.markdown("\n".join([*lines, f"| {title} | {found[0]} | {found[1]} |"]))
    if "…" in found:  # either may be there first
        missing = works[found.index("…")]
        background.eventually(missing, say("learn.accuracy_wait"), lambda _: st.rerun())


def outcome(before: RowTrace, after: RowTrace) -> str:
    """What became of the answer."""
    if after.digit != before.digit:
        return "changes"
    lost = before.probabilities[-1, before.digit] - after.probabilities[-1, before.digit]
    return "wavers" if lost >= WAVERS else "stays"


def count_of(carried: Carriers) -> str:
    """The option of the question that this is."""
    if not carried.changed:
        return "many"
    return next((option for option, most in _COUNTS.items() if len(carried.units) <= most), "many")


def forget_reason(before: RowTrace, after: RowTrace) -> str:
    """How much C has piled up by the last row."""
    sizes = [float(np.abs(one.C[:, -1]).mean()) for one in (before, after) if one.C is not None]
    word = "grows" if sizes[1] > sizes[0] else "shrinks"
    piled = say(f"learn.forget_{word}", before=f"{sizes[0]:.2g}", after=f"{sizes[1]:.2g}")
    return joined(piled, say(f"learn.forget_{outcome(before, after)}", digit=before.digit, new=after.digit))


def close_reason(before: RowTrace, after: RowTrace) -> str:
    """What was thought when the gates shut."""
    then = before.probabilities[LAST_WRITTEN - 1]
    digit = int(then.argmax())
    seen = say("learn.close_seen", row=LAST_WRITTEN, digit=digit, probability=probability(float(then[digit])))
    return joined(seen, say(f"learn.close_{outcome(before, after)}", digit=before.digit, new=after.digit))


def carry_reason(carried: Carriers, hidden: int) -> str:
    """How many units it took, and what the first of them alone does."""
    count, last = len(carried.units), probability(float(carried.probabilities[-1]))
    told = {"count": count, "hidden": hidden, "digit": carried.digit, "last": last}
    if not carried.changed:
        return say("learn.carry_kept", **told)
    first = probability(float(carried.probabilities[0]))
    word = "carry_one" if count == 1 else "carry_changed"
    changed = say(f"learn.{word}", **told, first=first, new=int(carried.answers[-1]))
    return joined(changed, say(f"learn.carry_{count_of(carried)}", digit=carried.digit))
