"""How good, honestly: accuracy with its interval, loss, calibration, precision and recall of each digit."""

from html import escape

import streamlit as st

from core.examining import figures as numbers
from core.runs.drawings import Drawings
from dashboard import session, test_set
from dashboard.components.live_plot import live_plot, message_of
from dashboard.examine import figures, mine
from dashboard.examine.subject import Own, Subject
from dashboard.formats import percent
from dashboard.notice import listed, notice
from dashboard.outside import as_text
from dashboard.words import say

_CHART_WORDS = (
    "confidence",
    "accuracy",
    "perfect",
    "precision",
    "recall",
    "digit",
    "images",
    "bins_label",
    "digits_label",
)


def show(subjects: list[Subject], own: Own) -> None:
    found = [summary(subject) for subject in subjects]
    for column, subject, one in zip(st.columns(len(subjects)), subjects, found, strict=True):
        with column:
            _headline(subject, one)
    words = {name: say(f"examine.chart_{name}") for name in _CHART_WORDS}
    left, right = st.columns(2, gap="medium")
    with left:
        st.markdown(f"**{say('examine.calibration')}**", help=say("examine.calibration_help"))
        live_plot(message_of(figures.reliability(subjects, found, words)), key="examine_reliability")
        notice(*(calibration_finding(subject, one) for subject, one in zip(subjects, found, strict=True)))
    with right:
        st.markdown(f"**{say('examine.per_digit')}**", help=say("examine.per_digit_help"))
        live_plot(message_of(figures.per_digit(subjects, found, words)), key="examine_digits")
        notice(*(digit_finding(subject, one, len(subjects) > 1) for subject, one in zip(subjects, found, strict=True)))


@st.cache_data(max_entries=16, show_spinner=False)
def _summary(path: str, images: int, _subject: Subject) -> dict:
    """`path`, which holds the hashes of weights and images, tells indexes apart."""
    return numbers.summary(_subject.answers, test_set.mnist().source)


def summary(subject: Subject) -> dict:
    return _summary(str(subject.index.path), len(subject.answers), subject)


def _headline(subject: Subject, found: dict) -> None:
    low, high = (percent(end) for end in found["accuracy_interval"])
    wrong = round(found["images"] * (1 - found["accuracy"]))
    told = say("examine.headline", low=low, high=high, wrong=f"{wrong:,}", images=f"{found['images']:,}")
    loss = say("examine.headline_loss", reader=escape(subject.title), loss=f"{found['loss']:.4f}")
    accuracy, note = percent(found["accuracy"]), test_set.source_note()
    own = ""
    with session.noticed():  # a damaged file of drawings is not to hide the reader's figures
        own = own_digits(subject)
    st.html(f'<div class="examined"><b>{accuracy}</b><span>{told}</span><span>{loss} {note} {own}</span></div>')


def own_digits(subject: Subject) -> str:
    """How many of the person's own digits it reads rightly, but for those it was trained on; empty without any."""
    kept = Drawings(session.store())
    if not (drawings := kept.all()):
        return ""
    if not (tested := mine.unlearned(subject.reader, drawings)):
        return ""
    right = int(mine.answered(subject.reader, tested).right.sum())
    key = "examine.headline_mine" if len(tested) == len(drawings) else "examine.headline_mine_taught"
    return say(key, right=right, count=len(tested))


def calibration_finding(subject: Subject, found: dict) -> str:
    """Too sure or not sure enough, by the mean confidence and the accuracy."""
    calibration = found["calibration"]
    error, gap = calibration["expected_calibration_error"], calibration["confidence"] - found["accuracy"]
    verdict = "even" if abs(gap) < 0.001 else "sure" if gap > 0 else "unsure"
    return say(
        f"examine.calibration_{verdict}",
        reader=as_text(subject.title),
        confidence=percent(calibration["confidence"]),
        accuracy=percent(found["accuracy"]),
        error=percent(error),
    )


def digit_finding(subject: Subject, found: dict, named: bool) -> str:
    """Which digit is missed most, and which answer is trusted least."""
    rows = found["per_digit"]
    seen = [row for row in rows if row["recall"] is not None]
    given = [row for row in rows if row["precision"] is not None]
    if not seen or not given:
        return ""
    missed, trusted = min(seen, key=lambda row: row["recall"]), min(given, key=lambda row: row["precision"])
    never = [str(row["digit"]) for row in rows if row["precision"] is None]
    text = say(
        "examine.digit_found",
        missed=missed["digit"],
        recall=percent(missed["recall"]),
        trusted=trusted["digit"],
        precision=percent(trusted["precision"]),
    )
    if named:
        text = say("examine.of_reader", reader=as_text(subject.title), text=text)
    return f"{text} {say('examine.digit_never', digits=listed(never))}" if never else text
