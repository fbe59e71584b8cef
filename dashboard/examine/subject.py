"""What is examined: a reader, perhaps a second one beside it, and the digit whose way is shown."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.examining.answers import Answers
from core.examining.index import Index
from core.reading.readers import Reader
from core.reading.tracing import RowTrace, trace
from core.runs import imported
from dashboard import pixels, readers, samples, session
from dashboard.charts import INK, cell_colour
from dashboard.components.picture import picture
from dashboard.examine import examined, state
from dashboard.palette import DASHES
from dashboard.words import say

_PICTURE = 40  # pixels: as high as a choice
NOW = ""
"""In place of a step: a run's weights as they are now."""


@dataclass(frozen=True, eq=False)
class Subject:
    """A reader that has been examined."""

    name: str
    """NAME or NAME@STEP, as links say it."""
    title: str
    index: Index
    second: bool = False

    @property
    def reader(self) -> Reader:
        return self.index.reader

    @property
    def answers(self) -> Answers:
        return self.index.answers

    @property
    def colour(self) -> str:
        """Its cell's; the second of two has ink, so that two of one cell are told apart."""
        return f"{INK}/0.65" if self.second else cell_colour(self.reader.cell)

    @property
    def dash(self) -> str:
        return "dash" if self.second else DASHES["lstm"]


@dataclass(frozen=True, eq=False)
class Own:
    """The digit whose way is shown among the others."""

    frame: np.ndarray
    """(28, 28) float32, 0 to 1."""
    label: int | None
    mine: bool
    """Whether it comes from the Draw page; else it is a sample."""

    def read_by(self, subject: Subject) -> RowTrace:
        return trace(subject.reader, self.frame)


def choose() -> tuple[list[Subject], Own] | None:
    """The choices at the head of the page; None while a reader is still examined, whose progress is then shown.

    Raises RowByRowError.
    """
    known, notices = readers.choices(), session.held_place()
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="examine_choices"):
        first = _reader("reader", known, notices)
        second = _reader("beside", known, notices)
        own = _own()
    with session.held_place():
        found = _examined([name for name in (first, second) if name])
    return (found, own) if found else None


def _reader(which: str, known: dict[str, Path], notices: DeltaGenerator) -> str:
    """The name that was chosen, with its step; empty: none."""
    names = list(known) if which == "reader" else ["", *known]
    wanted, instead = state.value(which), "lstm" if which == "reader" and "lstm" in known else names[0]
    with notices:
        found = readers.known_or_else(wanted, names, instead, told=f"examine.unknown_{which}")
    if found != wanted:
        state.put(**{which: found})
    name = st.selectbox(
        say(f"examine.{which}"),
        names,
        format_func=lambda name: readers.title(name, known[name]) if name else say("examine.no_second"),
        **state.kept(which),
        help=say(f"examine.{which}_help"),
        width=300 if which == "reader" else 240,
    )
    step = _step(which, name) if name else NOW
    return f"{name}@{step}" if step else name


def _step(which: str, name: str) -> str:
    """The step of a run's training; what it is now where it has kept none."""
    setting = "step" if which == "reader" else "beside_step"
    steps = [NOW, *map(str, sorted(readers.earlier(name), reverse=True))]
    if state.value(setting) not in steps:
        state.put(**{setting: NOW})
    if len(steps) == 1:
        return NOW
    return st.selectbox(
        say("examine.step"),
        steps,
        format_func=lambda step: f"{int(step):,}" if step else say("examine.step_now"),
        **state.kept(setting),
        help=say("examine.step_help"),
        width=130,
    )


def _own() -> Own:
    drawn = samples.choices()
    if samples.is_new("examine"):
        state.put(digit=samples.MINE)
    elif state.value("digit") not in drawn:
        state.put(digit=state.SETTINGS["digit"].default)
    choice = st.selectbox(
        say("examine.digit"),
        drawn,
        format_func=lambda name: say("examine.digit_mine") if name == samples.MINE else name,
        **state.kept("digit"),
        help=say("examine.digit_help"),
        width=190,
    )
    own = Own(samples.frame_of(choice), samples.label_of(choice), choice == samples.MINE)
    with st.container(width=_PICTURE, key="examine_own"):
        picture(pixels.square(pixels.ink(own.frame), say("examine.digit"), _PICTURE), key="examine_own_picture")
    return own


def _examined(names: list[str]) -> list[Subject]:
    """The readers' subjects; none while one of them is still examined."""
    found = []
    for place, name in enumerate(dict.fromkeys(names)):
        path, title = readers.path_of(name), title_of(name)
        work = examined.ask(path)
        if not work.done():
            examined.show_progress(path, title, work)
            return []
        found.append(Subject(name, title, work.result(), second=place > 0))
    return found


def title_of(name: str) -> str:
    """LSTM; a run's name, with the step of an earlier one; what an imported one is called."""
    base, _, step = name.partition("@")
    if base in readers.CELLS:
        return base.upper()
    if base.startswith(imported.PREFIX):
        return readers.title(base, readers.path_of(base))
    title = session.store().run(base).name
    return say("examine.at_step", reader=title, step=f"{int(step):,}") if step else title
