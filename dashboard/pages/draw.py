"""Draw: write a digit, and watch the network read it row by row while the pen is down. All of it on one screen."""

from typing import Any

import streamlit as st

from core.reading.readers import Reader
from core.reading.tracing import RowTrace, trace
from dashboard import readers, session
from dashboard.components.live_plot import expect_live_plot
from dashboard.components.row_player import Answer, row_player
from dashboard.draw import answer, asked, downloads, keeping, pen, pictures, saliency
from dashboard.draw.digit import Digit, given
from dashboard.words import say

SOURCES = {"pen": pen.drawn, "test": pictures.from_mnist, "upload": pictures.upload}
_ICONS = {"pen": ":material/draw:", "test": ":material/grid_on:", "upload": ":material/add_a_photo:"}
_START = "draw_cursor"


@st.fragment
def desk() -> None:
    """All that a stroke changes. A fragment: a stroke runs neither the front door nor the other pages' list."""
    left, right = _columns()
    digit, chosen = given(), None  # what stands where a person's mistake left a notice
    with left:
        source = _source()
        with session.noticed():
            digit = SOURCES[source]()
            asked.publish(source)
    session.show_notices()
    with right, session.noticed():
        chosen = answer.choose_reader()
    if chosen is not None:
        with right:
            _show(digit, source, *chosen)
    if source == "pen":  # last: the strips need not wait for it
        with left:
            pen.canvas()


def _show(digit: Digit, source: str, name: str, reader: Reader) -> None:
    reading = trace(reader, digit.frame.pixels)
    digit.publish()
    _player(digit, source, name, reader, reading)
    keeping.show(digit)
    downloads.show(digit, name, reading)
    saliency.show(digit, name, reader, reading)


def _columns():
    row = st.container(horizontal=True, gap="medium", key="draw_desk")
    left = row.container(width=pen.CANVAS, gap="small", key="draw_left")
    return left, row.container(width="stretch", key="draw_answer", gap="xxsmall")


def _source() -> str:
    st.session_state.setdefault(asked.SOURCE, "pen")
    chosen = st.segmented_control(
        say("draw.source"),
        SOURCES,
        format_func=lambda name: f"{_ICONS[name]} {say(f'draw.source_{name}')}",
        key=asked.SOURCE,
        label_visibility="collapsed",
        required=True,
    )
    return chosen or "pen"


def _player(digit: Digit, source: str, name: str, reader: Reader, reading: RowTrace) -> None:
    strokes = len(digit.frame.strokes or ()) if digit.drawn else 0
    row_player(
        reading,
        reader,
        key="draw_player",
        link=True,
        screen=True,
        scales=answer.scales(name, reader),
        answer=Answer(notices=answer.notices(digit, reading), strokes=strokes),
        live=pen.live() if source == "pen" else None,
        weights=readers.address(name),
        film=answer.film(name),
        **_cursor(reader, len(reading.x)),
    )


def _cursor(reader: Reader, rows: int) -> dict[str, Any]:
    """Row, layer and unit of the URL that the session began with, from 0, as far as this reader has them."""
    if _START not in st.session_state:
        st.session_state[_START] = {key: st.query_params.get(key, "") for key in ("row", "layer", "unit")}
    most = {"row": rows, "layer": reader.layers, "unit": reader.hidden}
    asked = st.session_state[_START]
    cursor: dict[str, Any] = {
        key: int(text) - 1 for key, text in asked.items() if text in map(str, range(1, most[key] + 1))
    }
    return cursor | ({"layer": "all"} if asked["layer"] == "all" else {})


answer.forget_addresses()
asked.take()
with st.container(key="draw_page", gap="xxsmall"):
    with st.container(key="draw_lead"):
        st.html(f'<h1 class="page-title">{say("draw.title")}</h1><p class="page-lead">{say("draw.lead")}</p>')
    desk()
expect_live_plot("draw_expected")  # Train and Learn have charts
