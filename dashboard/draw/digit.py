"""The digit on the page: its frame, what it is known to be, and where it came from."""

from dataclasses import dataclass
from typing import Any

import streamlit as st

from core.digits import links
from core.digits.drawing import Frame, from_strokes
from core.errors import DrawingError
from dashboard import samples, session
from dashboard.outside import parameter

_LINKED, _STANDING, _SAMPLE = "draw_linked", "draw_standing", "draw_sample"


@dataclass(frozen=True, eq=False)
class Digit:
    frame: Frame
    label: int | None = None
    """The true digit of a sample or an MNIST image; None where it is not known."""
    record: dict[str, Any] | None = None
    """What the person drew on the canvas, as a line of a drawings file; None for any other digit."""
    code: str | None = None
    """For the page's address, so that a reload finds it again; None for a sample."""

    @property
    def drawn(self) -> bool:
        return self.record is not None

    @property
    def strokes(self) -> int:
        """How many the person has drawn."""
        return len(self.frame.strokes or ()) if self.drawn else 0

    def publish(self) -> None:
        """For the other pages: the frame's pixels and its label."""
        st.session_state["frame"], st.session_state["frame_label"] = self.frame.pixels, self.label


def given() -> Digit:
    """What the empty canvas shows: the digit of the link that was followed, else a sample."""
    if (linked := _linked()) is not None:
        return Digit(linked, code=links.encode(linked))
    name = samples.ORDER[st.session_state.get(_SAMPLE, 0) % len(samples.ORDER)]
    return Digit(_sample(name), int(name))


def next_sample() -> None:
    """After the canvas was cleared: another one."""
    st.session_state[_SAMPLE] = st.session_state.get(_SAMPLE, 0) + 1
    st.session_state[_LINKED] = None


@st.cache_resource(show_spinner=False)
def _sample(name: str) -> Frame:
    return from_strokes(samples.strokes(name))


def _linked() -> Frame | None:
    """The digit of ?digit=, where it is none that is to stand on the canvas."""
    _follow_link()
    return st.session_state[_LINKED]


def standing() -> links.Drawing | None:
    """The drawing of ?digit= that is to stand on the canvas: once a session."""
    _follow_link()
    drawing, st.session_state[_STANDING] = st.session_state[_STANDING], None
    return drawing


def _follow_link() -> None:
    """Reads ?digit=, once a session; a damaged one leaves a notice."""
    if _LINKED in st.session_state:
        return
    st.session_state[_LINKED] = st.session_state[_STANDING] = None
    if code := parameter("digit"):
        try:
            st.session_state[_STANDING] = links.decode_drawing(code)
            st.session_state[_LINKED] = None if st.session_state[_STANDING] else links.decode(code)
        except DrawingError as error:
            session.leave_mistake(error)
