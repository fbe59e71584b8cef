"""What every section needs: the digit and the reader that were chosen, and how a section begins and ends."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import streamlit as st

from core.reading.readers import Reader
from core.reading.tracing import RowTrace, trace
from dashboard import readers, samples, session
from dashboard.learn import state
from dashboard.words import say


@dataclass(frozen=True, eq=False)
class Subject:
    """The digit that is read and the reader that reads it."""

    name: str
    path: Path
    reader: Reader
    frame: np.ndarray
    """(28, 28) float32, 0 to 1."""
    label: int | None
    """The true digit; None for a drawing, where it is not known."""
    trace: RowTrace

    @property
    def target(self) -> int:
        """The digit that the loss is measured against: what it is, else the reader's answer."""
        return self.trace.digit if self.label is None else self.label

    @property
    def key(self) -> tuple:
        """Cache key for results about this reader and digit."""
        return str(self.path), readers.stamp(self.path), self.frame.tobytes(), self.target


def choose_subject() -> Subject:
    """The two choices at the head of the page."""
    known, drawn = readers.choices(), samples.choices()
    if samples.is_new("learn"):
        state.put(digit=samples.MINE)
    elif state.value("digit") not in drawn:
        state.put(digit=state.SETTINGS["digit"].default)
    if wanted := session.wanted_reader():
        state.put(reader=wanted)
    if state.value("reader") not in known:
        state.put(reader="lstm" if "lstm" in known else next(iter(known)))
    left, right = st.columns([1, 2])
    left.selectbox(
        say("learn.digit"),
        drawn,
        format_func=lambda name: say("learn.digit_mine") if name == samples.MINE else name,
        **state.kept("digit"),
        help=say("learn.digit_help"),
    )
    right.selectbox(
        say("learn.reader"),
        known,
        format_func=lambda name: readers.title(name, known[name]),
        **state.kept("reader"),
        help=say("learn.reader_help"),
    )
    name, digit = state.value("reader"), state.value("digit")
    reader, frame = readers.load(known[name]), samples.frame_of(digit)
    return Subject(name, known[name], reader, frame, samples.label_of(digit), trace(reader, frame))


def shipped(subject: Subject, cell: str) -> Subject:
    """The same digit, read by the reader of this cell that comes with the program."""
    path = readers.path_of(cell)
    reader = readers.load(path)
    return Subject(cell, path, reader, subject.frame, subject.label, trace(reader, subject.frame))


def fit(reader: Reader) -> None:
    """Limits layer and unit to what this reader has: a smaller reader may have been chosen."""
    state.put(layer=min(state.value("layer"), reader.layers), unit=min(state.value("unit"), reader.hidden))
