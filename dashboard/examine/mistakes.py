"""The confusion matrix and the images behind it: a cell's, all mistakes, the hardest that were answered rightly."""

import numpy as np
import streamlit as st

from core.examining import answers as answered
from core.examining import figures as numbers
from dashboard.components.matrix import matrix
from dashboard.examine import images, state
from dashboard.examine.choices import choice
from dashboard.examine.subject import Own, Subject
from dashboard.formats import probability
from dashboard.notice import notice
from dashboard.outside import as_text
from dashboard.page_settings import set_to
from dashboard.words import say

ORDERS = ("confidence", "loss", "digit")
SHOWN = 60
"""Images that are shown at first, and with each press of the button below them."""
_KIND, _ORDER, _SHARES, _WHOSE, _MORE = (f"examine_{name}" for name in ("kind", "order", "shares", "whose", "more"))


def show(subjects: list[Subject], own: Own) -> None:
    left, right = st.columns([2 * len(subjects), 3 if len(subjects) == 1 else 4], gap="medium")
    with left:
        _matrices(subjects)
    with right:
        _gallery(subjects)


def _matrices(subjects: list[Subject]) -> None:
    counts = [numbers.confusion(subject.answers) for subject in subjects]
    shares = st.session_state.get(_SHARES, "counts") == "shares"
    most = most_of(counts, shares)
    columns = st.columns(len(subjects)) if len(subjects) > 1 else [st.container()]
    for place, (column, subject, found) in enumerate(zip(columns, subjects, counts, strict=True)):
        with column:
            if len(subjects) > 1:
                st.markdown(f"**{as_text(subject.title)}**")
            matrix(
                found.tolist(),
                key=f"examine_matrix_{place}",
                shares=shares,
                most=most,
                chosen=_cell() if _whose(subjects) == place else None,
                on_cell=lambda truth, answer, place=place: _choose(truth, answer, place),
            )
    choice("scale", ("counts", "shares"), _SHARES, "counts", lambda name: say(f"examine.scale_{name}"))
    notice(*(confusion_finding(subject, len(subjects) > 1) for subject in subjects))


def most_of(counts: list[np.ndarray], shares: bool) -> float:
    """The end of the scale of what lies off the diagonal, one for all matrices."""
    largest = 0.0
    for found in counts:
        apart = found.astype(float)
        if shares:
            apart /= np.maximum(found.sum(1, keepdims=True), 1)
        np.fill_diagonal(apart, 0)
        largest = max(largest, float(apart.max()))
    return largest or 1


def _cell() -> tuple[int, int] | None:
    text = state.value("cell")
    return (int(text[0]), int(text[1])) if text else None


def _whose(subjects: list[Subject]) -> int:
    return min(st.session_state.get(_WHOSE, 0), len(subjects) - 1)


def _choose(truth: int, answer: int, place: int) -> None:
    """A click in the matrix, before the next run."""
    state.put(cell=f"{truth}{answer}")
    st.session_state[_KIND], st.session_state[_WHOSE], st.session_state[_MORE] = "cell", place, 1


def _gallery(subjects: list[Subject]) -> None:
    subject, cell = subjects[_whose(subjects)], _cell()
    found = subject.answers
    kinds = ["mistakes", *(["cell"] if cell else []), "hardest"]
    wrong = int((~found.right).sum())
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        kind = choice("kind", kinds, _KIND, "cell" if cell else "mistakes", lambda name: _kind_name(name, cell, wrong))
        if len(subjects) > 1:
            choice("whose", range(len(subjects)), _WHOSE, 0, lambda place: subjects[place].title)
        order = _order() if kind == "mistakes" else "confidence"
    chosen = images_of(subject, kind, cell, order)
    count = SHOWN * st.session_state.get(_MORE, 1)
    if not len(chosen):
        st.info(say("examine.no_images"), icon=":material/check_circle:")
        return
    images.show(subject, chosen[:count], key="examine_gallery")
    if len(chosen) > count:
        st.button(
            say("examine.more", count=f"{len(chosen) - count:,}"),
            key="examine_more",
            help=say("examine.more_help"),
            on_click=lambda: st.session_state.update({_MORE: st.session_state.get(_MORE, 1) + 1}),
        )
    notice(gallery_finding(subject, chosen, kind))


def images_of(subject: Subject, kind: str, cell: tuple[int, int] | None, order: str) -> np.ndarray:
    if kind == "cell" and cell:
        return answered.cell(subject.answers, *cell)
    if kind == "hardest":
        return answered.hardest_right(subject.answers)
    return answered.mistakes(subject.answers, order)


def _kind_name(kind: str, cell: tuple[int, int] | None, mistakes: int) -> str:
    if kind == "cell" and cell:
        return say("examine.kind_cell", truth=cell[0], answer=cell[1])
    return say(f"examine.kind_{kind}", count=f"{mistakes:,}") if kind == "mistakes" else say(f"examine.kind_{kind}")


def _order() -> str:
    set_to(_ORDER, st.session_state.get(_ORDER, ORDERS[0]))
    return st.selectbox(
        say("examine.order"),
        ORDERS,
        format_func=lambda name: say(f"examine.order_{name}"),
        key=_ORDER,
        help=say("examine.order_help"),
        label_visibility="collapsed",
        width=190,
    )


def confusion_finding(subject: Subject, named: bool) -> str:
    """The most frequent mistakes."""
    found = numbers.confusions(subject.answers, 1)
    if not found:
        return say("examine.no_mistakes", reader=as_text(subject.title))
    frequent = found[0]
    back = int(numbers.confusion(subject.answers)[frequent["answer"], frequent["truth"]])
    values = {"truth": frequent["truth"], "answer": frequent["answer"], "count": frequent["images"], "back": back}
    text = say("examine.confusion_found", **values)
    return say("examine.of_reader", reader=as_text(subject.title), text=text) if named else text


def gallery_finding(subject: Subject, chosen: np.ndarray, kind: str) -> str:
    """How sure the first of them is, and how many are more than 90 % sure."""
    sure = subject.answers.confidence[chosen]
    first = probability(float(sure[0]))
    if kind == "hardest":
        return say("examine.gallery_hardest", first=first)
    high = int((sure > 0.9).sum())
    return say(
        "examine.gallery_found", count=f"{len(chosen):,}", high=f"{high:,}", first=probability(float(sure.max()))
    )
