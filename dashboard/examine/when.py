"""When can it know? Accuracy if the answer were taken after row t, and the row where each digit is decided."""

import numpy as np
import streamlit as st

from core.examining import figures as numbers
from core.examining.states import ROWS
from core.reading.tracing import decision
from dashboard.components.live_plot import live_plot, message_of
from dashboard.examine import figures
from dashboard.examine.choices import choice
from dashboard.examine.subject import Own, Subject
from dashboard.formats import percent
from dashboard.notice import notice
from dashboard.outside import as_text
from dashboard.words import say

_CHART_WORDS = ("row", "accuracy", "settled", "share", "own", "digit", "images", "by_row_label", "deciding_label")
_EACH = "examine_each"
ENOUGH = 0.9
"""Of all images: the accuracy whose row is told."""


def show(subjects: list[Subject], own: Own) -> None:
    words = {name: say(f"examine.chart_{name}") for name in _CHART_WORDS}
    settled = [settled_row(subject, own) for subject in subjects]
    left, right = st.columns(2, gap="medium")
    with left:
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.markdown(f"**{say('examine.by_row')}**", help=say("examine.by_row_help"), width="content")
            each = choice(
                "each", (False, True), _EACH, False, lambda on: say("examine.each_digit" if on else "examine.each_all")
            )
        live_plot(message_of(figures.by_row(subjects, settled, each, words)), key="examine_by_row")
        found = each_finding(subjects[0]) if each else [row_finding(one, len(subjects) > 1) for one in subjects]
        notice(*found)
    with right:
        for place, (subject, row) in enumerate(zip(subjects, settled, strict=True)):
            named = f" · {as_text(subject.title)}" if len(subjects) > 1 else ""
            st.markdown(f"**{say('examine.deciding')}{named}**", help=say("examine.deciding_help"))
            marked = (row, answer_of(subject, own) if own.label is None else own.label)
            height = 290 if len(subjects) == 1 else 220
            live_plot(message_of(figures.deciding(subject, marked, height, words)), key=f"examine_deciding_{place}")
            notice(deciding_finding(subject), own_finding(subject, own, row))


def settled_row(subject: Subject, own: Own) -> int:
    """The row, from 1, after which the reader's answer to the person's digit never changed again."""
    return decision(own.read_by(subject)).settled + 1


def answer_of(subject: Subject, own: Own) -> int:
    return own.read_by(subject).digit


def row_finding(subject: Subject, named: bool) -> str:
    """From which row it is right often enough, and how much half of the digit tells."""
    accuracies = numbers.by_row(subject.answers)
    enough = next((row for row, value in enumerate(accuracies, 1) if value >= ENOUGH), None)
    half = percent(accuracies[13])
    if enough is None:
        text = say("examine.row_never", half=half, enough=f"{ENOUGH:.0%}", last=percent(accuracies[-1]))
    else:
        settled = percent(numbers.settled_by_row(subject.answers)[enough - 1])
        text = say("examine.row_found", half=half, enough=f"{ENOUGH:.0%}", row=enough, settled=settled)
    return say("examine.of_reader", reader=as_text(subject.title), text=text) if named else text


def each_finding(subject: Subject) -> list[str]:
    """The digits that are known first and last, for good; and what the reader says before it has seen ink."""
    rows = {}
    for digit, values in enumerate(numbers.by_row_and_digit(subject.answers)):
        below = [row for row, value in enumerate(values, 1) if value is None or value < 0.5]
        if not below or below[-1] < ROWS:
            rows[digit] = (below[-1] if below else 0) + 1
    if len(rows) < 2:
        return [say("examine.each_never")]
    first, last = min(rows, key=rows.__getitem__), max(rows, key=rows.__getitem__)
    blind = int(np.bincount(subject.answers.by_row[0], minlength=10).argmax())
    told = say("examine.each_found", first=first, early=rows[first], last=last, late=rows[last])
    return [told, say("examine.each_blind", digit=blind)]


def deciding_finding(subject: Subject) -> str:
    """The row where half of all images are decided, and the digits that are decided first and last."""
    found = subject.answers
    half = int(np.median(found.settled)) + 1
    medians = {d: float(np.median(found.settled[found.labels == d])) + 1 for d in np.unique(found.labels).tolist()}
    first, last = min(medians, key=medians.__getitem__), max(medians, key=medians.__getitem__)
    values = {"first": first, "early": f"{medians[first]:.0f}", "last": last, "late": f"{medians[last]:.0f}"}
    return say("examine.deciding_found", half=half, **values)


def own_finding(subject: Subject, own: Own, row: int) -> str:
    """Where one's own digit stands among those of its answer."""
    answer = answer_of(subject, own)
    same = subject.answers.settled[subject.answers.final == answer]
    if not len(same):
        return ""
    earlier = float((same + 1 < row).mean())
    return say("examine.own_found", answer=answer, row=row, earlier=f"{earlier:.0%}")
