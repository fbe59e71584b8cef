"""Draw: write a digit, see what the network answers, and watch it read row by row."""

import streamlit as st

from core.tracing import RowTrace, trace
from dashboard import session
from dashboard.components.live_plot import plotly_library
from dashboard.components.row_player import row_player
from dashboard.draw import answer, keep, pen, pictures
from dashboard.draw.digit import Digit
from dashboard.words import say

SOURCES = {"pen": pen.pen, "test": pictures.test_image, "upload": pictures.upload}
_ICONS = {"pen": ":material/draw:", "test": ":material/grid_on:", "upload": ":material/add_a_photo:"}
_SOURCE, _START = "draw_source", "draw_cursor"


@st.fragment
def desk() -> None:
    """All that a stroke changes. A fragment: a stroke runs neither the front door nor the other pages' list."""
    left, right = _columns()
    with left, session.noticed():
        digit = _digit()
    session.show_notices()
    first, then = right.container(gap="small"), right.container(gap="small")
    with then, session.noticed():
        name, reader = answer.choose_reader()
    reading = trace(reader, digit.frame.pixels)
    digit.publish()
    with first:
        answer.show(digit, reading)
        answer.decided(reading)
    _player(digit, name, reader, reading)


def _columns():
    row = st.container(horizontal=True, gap="large", key="draw_desk")
    return row.container(width=pen.CANVAS, gap="small"), row.container(width="stretch", key="draw_answer", gap="small")


def _digit() -> Digit:
    source = st.segmented_control(
        say("draw.source"),
        SOURCES,
        default="pen",
        format_func=lambda name: f"{_ICONS[name]} {say(f'draw.source_{name}')}",
        key=_SOURCE,
        label_visibility="collapsed",
        required=True,
    )
    return SOURCES[source]()


def _player(digit: Digit, name: str, reader, reading: RowTrace) -> None:
    frame = digit.frame
    original = frame.strokes if frame.picture is None else pictures.data_url(frame.picture)
    row_player(reading, reader, key="draw_player", original=original, link=True, **_cursor(reader, len(reading.x)))
    keep.show(digit, name, reading)


def _cursor(reader, rows: int) -> dict[str, int | str | None]:
    """Row, layer and unit of the URL that the session began with, from 0, where this reader has them."""
    if _START not in st.session_state:
        st.session_state[_START] = {key: st.query_params.get(key, "") for key in ("row", "layer", "unit")}
    most = {"row": rows, "layer": reader.layers, "unit": reader.hidden}
    asked = st.session_state[_START].items()
    return {key: int(text) - 1 for key, text in asked if text.isdecimal() and 1 <= int(text[:6]) <= most[key]}


with st.container(gap=None):
    plotly_library()
    st.title(say("draw.title"), anchor=False)
st.markdown(say("draw.lead"))
desk()
