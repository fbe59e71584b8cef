"""Chapter 1: one network, unrolled over the 28 rows."""

import streamlit as st

from core.reading.readers import Reader
from dashboard.components.unrolled import unrolled
from dashboard.learn import state
from dashboard.learn.subject import Subject
from dashboard.notice import notice
from dashboard.terms import marked
from dashboard.words import say

_WORDS = ("folded", "unfolded", "fold", "label", "row", "reads")


def show(subject: Subject) -> None:
    reader = subject.reader
    with st.container(key="learn_unrolled_text"):
        st.markdown(marked(say("learn.unrolled_text")))
    unrolled(
        subject.frame,
        subject.trace.probabilities[: len(subject.frame)],
        state.value("row"),
        reader.layers,
        {word: say(f"learn.unrolled_{word}") for word in _WORDS},
        key="learn_unrolled",
        on_row=lambda row: state.put(row=row),
    )
    weights = sum(array.size for array in reader.arrays.values())
    size = say("learn.unrolled_size", hidden=reader.hidden, layers=reader.layers, weights=f"{weights:,}")
    notice(seen(reader), size)


def seen(reader: Reader) -> str:
    """What the circles are, and which of them was trained to be right."""
    return say("learn.unrolled_waits", wait=reader.wait) if reader.wait else say("learn.unrolled_notice")
