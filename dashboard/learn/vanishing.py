"""Chapter 3: why an RNN forgets, measured on the person's own digit; and how long an answer is remembered."""

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from core.reading import gradients, jacobians
from core.reading.readers import Reader
from core.reading.tracing import trace
from dashboard import background, readers
from dashboard.components.live_plot import live_plot, message_of
from dashboard.learn import delayed, figures, memory, snapshots, state
from dashboard.learn.figures import Place, Reach
from dashboard.learn.findings import findings
from dashboard.learn.subject import Subject
from dashboard.notice import notice
from dashboard.outside import as_plotly_text, as_text
from dashboard.terms import marked
from dashboard.words import say

_PLACES = ("place1", "place2", "place3")
_STARTS = {"run": {}, "default": {"initialisation": "pytorch", "forget_bias": 0.0, "input_scale": 1.0}}


def show(subject: Subject) -> None:
    st.markdown(marked(say("learn.vanishing_text")))
    memory.show()
    st.subheader(say("learn.reaching"), anchor="reaching")
    st.markdown(marked(say("learn.reaching_text")))
    chosen = _choose()
    paths = tuple(str(path) for _, path in chosen)
    stamps, start = tuple(readers.stamp(path) for _, path in chosen), state.value("start")
    step = snapshots.chosen_step([name for name, _ in chosen])
    then = [(name, readers.load(path), snapshots.then(name, path, step)) for name, path in chosen]
    key = ("reach", paths, stamps, start, step, subject.frame.tobytes(), subject.target)
    work = background.job(key, compare, then, subject.frame, subject.target, _STARTS[start])
    with st.container(key="learn_reach"):  # styles.css keeps its height while another point is measured
        background.eventually(work, say("learn.vanishing_wait"), lambda places: _gradients(places, step))
    delayed.show()


def _choose() -> list[tuple[str, Path]]:
    """The three places' readers: the shipped cells at first, any run of the person's own in their stead."""
    known = readers.choices()
    for place, cell in zip(_PLACES, readers.CELLS, strict=True):
        if state.value(place) not in known:
            state.put(**{place: cell if cell in known else next(iter(known))})
    with st.expander(say("learn.places"), icon=":material/tune:"):
        for column, place in zip(st.columns(3), _PLACES, strict=True):
            column.selectbox(
                say(f"learn.{place}"),
                known,
                format_func=lambda name: readers.title(name, known[name]),
                **state.kept(place),
                help=say("learn.place_help"),
            )
    st.segmented_control(
        say("learn.start"),
        _STARTS,
        format_func=lambda start: say(f"learn.start_{start}"),
        **state.kept("start"),
        help=say("learn.start_help"),
        required=True,
    )
    names = dict.fromkeys(state.value(place) for place in _PLACES)
    return [(name, known[name]) for name in names]


def compare(
    readers: list[tuple[str, Reader, Reader | None]], frame: np.ndarray, label: int, changes: dict[str, Any]
) -> list[Place]:
    """The reach on frame (28, 28) of each named reader before its training (its start changed so), and of itself at
    the chosen point (None: not known).
    """
    from core.training.learner import untrained

    places = []
    with background.torch_alone():
        for name, reader, then in readers:
            start = untrained(reader, **changes)
            both = [None if one is None else _measured(_Asked(one, frame, label)) for one in (start, then)]
            places.append(Place(name, reader.cell, *both))
    return places


class _Asked:
    """A reader on a digit, the same for the same weights: on its way through a run's snapshots the figure asks again
    and again for what does not change.
    """

    def __init__(self, reader: Reader, frame: np.ndarray, label: int):
        self.reader, self.frame, self.label = reader, frame, label
        digest = sha256(frame.tobytes())
        for name in sorted(reader.arrays):
            digest.update(reader.arrays[name].tobytes())
        self._mark = digest.digest(), reader.cell, reader.wait, label

    def __hash__(self) -> int:
        return hash(self._mark)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Asked) and self._mark == other._mark


@lru_cache(maxsize=128)
def _measured(asked: _Asked) -> Reach:
    """Over the digit's rows; a reader that waits is asked for its answer after the wait."""
    reader, rows = asked.reader, len(asked.frame)
    traced = trace(reader, asked.frame)
    gate = gradients.RETENTION_GATES.get(reader.cell)
    kept = None if gate is None else gradients.kept(traced.states()[gate])[:rows]
    reach = gradients.row_gradients(reader, traced.x, asked.label).first(rows)
    return Reach(reach, jacobians.carried(reader, traced)[:rows], kept)


def _gradients(places: list[Place], step: int | None) -> None:
    names = ("before", "after", "memory", "hidden", "pixels", "carried", "alone_lstm", "alone_gru", "label")
    words = {word: say(f"learn.reach_{word}") for word in names} | {"row": say("learn.row")}
    if step is not None:
        words["after"] = say("learn.reach_point", step=f"{step:,}")
    live_plot(message_of(figures.vanishing(_titled(places, as_plotly_text), words)), key="learn_gradients")
    notice(*findings(_titled(places, as_text), step))


def _titled(places: list[Place], shown: Callable[[str], str]) -> list[Place]:
    """With the readers' titles in place of their names; a person's own name of a run is shown as text."""
    known = readers.choices()
    return [
        replace(place, name=place.cell.upper() if place.name in readers.CELLS else shown(_title(place.name, known)))
        for place in places
    ]


def _title(name: str, known: dict[str, Path]) -> str:
    return readers.title(name, known[name]) if name in known else name
