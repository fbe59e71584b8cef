"""Your digit while it learns: what the run that is shown has thought of the person's digit at each of its snapshots."""

from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass

import numpy as np
import streamlit as st

from core.errors import RowByRowError
from core.runs.opinions import Snapshot, course, opinion, snapshots
from core.runs.run import Run
from dashboard import pixels, readers, samples
from dashboard.background import Jobs
from dashboard.charts import AXIS, FAINT, SEQUENTIAL, axis_title, base_layout
from dashboard.components.live_plot import PlotMessage, live_plot, message_of
from dashboard.components.picture import picture
from dashboard.formats import probability
from dashboard.words import say

_MOST_KEPT = 10_000
"""Opinions: those on a hundred drawings of a run or two."""
_DIGITS = 10
_HEIGHT = 186
_THUMBNAIL = 44
_WORDS = ("step", "label", "hover")


@dataclass(frozen=True, eq=False)
class Subject:
    """The digit that is read."""

    frame: np.ndarray
    """(28, 28) float32, 0 to 1."""
    label: int | None
    """The true digit of a sample; None where it is not known."""
    drawn: bool
    """Whether it is the one of the Draw page."""


def subject() -> Subject:
    """The digit of the Draw page, else the sample that an empty canvas shows first."""
    drawn = samples.mine()
    choice = samples.ORDER[0] if drawn is None else samples.MINE
    return Subject(samples.frame_of(choice), samples.label_of(choice), drawn is not None)


@st.cache_resource(show_spinner=False)
def _jobs() -> Jobs:
    """One at a time, beside the page: forty large networks are read in seconds."""
    return Jobs("opinions", workers=1, most_kept=_MOST_KEPT)


def _asked(run: Run, frame: np.ndarray) -> list[tuple[int, Future]]:
    """(step, coming opinion) of each snapshot, oldest first. Each file is read once for each digit."""
    mark, found = frame.tobytes(), []
    for kept in snapshots(run):
        try:
            key = (str(kept.path), readers.stamp(kept.path), mark)
        except OSError:  # the run has just been deleted
            continue
        found.append((kept.step, _jobs().ask(key, lambda kept=kept: _read(kept, frame))))
    return found


def _read(kept: Snapshot, frame: np.ndarray) -> np.ndarray | None:
    """None for a file that cannot be read: the others still tell how the answer came about."""
    try:
        return opinion(kept, frame)
    except RowByRowError:
        return None


def waiting(run: Run) -> bool:
    """Whether opinions are still on their way."""
    return not all(coming.done() for _, coming in _asked(run, subject().frame))


def show(run: Run) -> None:
    """The strip of this run, and in one sentence how the answer came about. No widget: a tick may redraw it."""
    what = subject()
    asked = _asked(run, what.frame)
    read = [(step, value) for step, coming in asked if coming.done() and (value := coming.result()) is not None]
    complete = all(coming.done() for _, coming in asked)
    steps = [step for step, _ in read]
    known = np.array([value for _, value in read], np.float32).reshape(-1, _DIGITS)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="opinions_head"):
        with st.container(width=_THUMBNAIL):
            title = say("train.opinions_mine" if what.drawn else "train.opinions_sample")
            picture(pixels.square(pixels.ink(what.frame), title, _THUMBNAIL), key="opinions_digit")
        with st.container(width="stretch", gap=None):
            st.markdown(f"**{title}**")
            st.caption(_sentence(steps, known, what.label) if complete else say("train.opinions_reading"))
    words = {name: say(f"train.opinions_{name}") for name in _WORDS}
    live_plot(_message(steps, known, max(run.facts.steps, *steps, 1), words), "opinions")


def _sentence(steps: Sequence[int], known: np.ndarray, label: int | None) -> str:
    """How the answer came about, once all that there is has been read."""
    if not steps:
        return say("train.opinions_none")
    how = course(steps, known)
    named = {"first": how.first, "kept": how.kept, "begun": how.begun}
    told = {name: f"{step:,}" for name, step in named.items()}
    told |= {"digit": str(how.digit), "probability": probability(how.probability)}
    if len(steps) == 1:
        sentence = say("train.opinions_once", **told)
    elif how.kept == how.begun:
        sentence = say("train.opinions_always", **told)
    elif how.kept == how.first:
        sentence = say("train.opinions_kept", **told)
    else:
        sentence = say("train.opinions_back", **told)
    wrong = label is not None and label != how.digit
    return say("train.opinions_wrong", sentence=sentence, label=label) if wrong else sentence


@st.cache_data(max_entries=64, show_spinner=False)
def _message(steps: Sequence[int], known: np.ndarray, last: int, words: dict) -> PlotMessage:
    return message_of(strip(steps, known, last, words))


def strip(steps: Sequence[int], known: np.ndarray, last: int, words: dict) -> dict:
    """Probabilities (N, K) at N steps as a heat map: steps to the right, each tenfold as wide, digits down.

    last: the run's last step, so that the strip grows into the frame that it will fill.
    """
    trace = {
        "type": "heatmap",
        "x": _edges(steps).tolist(),
        "y": list(range(_DIGITS)),
        "z": known.T.astype(float).round(4).tolist(),
        "customdata": [list(steps)] * _DIGITS,
        "zmin": 0,
        "zmax": 1,
        "colorscale": SEQUENTIAL,
        "colorbar": {"tickformat": ".0%", "tickvals": [0, 0.5, 1], "outlinewidth": 0, "thickness": 8, "xpad": 4},
        "hovertemplate": words["hover"],
    }
    tens = range(len(str(last)))
    across = {
        **AXIS,
        "showgrid": False,
        "range": [-0.03, np.log10(max(last, 2)) + 0.03],
        "tickvals": list(tens),
        "ticktext": [f"{10**power:,}" for power in tens],
        "title": axis_title(words["step"], 4),
        "fixedrange": True,
    }
    down = {**AXIS, "showgrid": False, "range": [9.5, -0.5], "dtick": 1, "fixedrange": True}
    down["tickfont"] = {"size": 10, "color": FAINT}
    layout = {**base_layout(_HEIGHT, legend_y=1), "hovermode": "closest", "xaxis": across, "yaxis": down}
    return {"data": [trace] if len(steps) else [], "layout": layout, "label": words["label"]}


def _edges(steps: Sequence[int]) -> np.ndarray:
    """(N + 1,) where the columns of N steps begin and end on the axis of log10: half-way between two steps."""
    if not len(steps):
        return np.zeros(0)
    places = np.log10(np.asarray(steps, float))
    middles = (places[1:] + places[:-1]) / 2
    half = max(middles[-1] - places[-2], 0.02) if len(steps) > 1 else 0.1
    return np.concatenate([[places[0] - 0.1], middles, [places[-1] + half]])
