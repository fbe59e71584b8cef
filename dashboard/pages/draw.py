"""Draw: write a digit, and watch the network read it row by row while the pen is down. All of it on one screen."""

from dataclasses import replace
from html import escape
from typing import Any

import streamlit as st

from core.reading.readers import Reader
from core.reading.surgery import Surgery
from core.reading.tracing import RowTrace, trace
from dashboard import examine_link, readers, session
from dashboard.components.glossary import glossary
from dashboard.components.live_plot import expect_live_plot
from dashboard.components.row_player import Answer, Options, row_player, surgery_of
from dashboard.draw import answer, asked, downloads, keeping, pen, pictures, saliency
from dashboard.draw.digit import Digit
from dashboard.outside import parameter
from dashboard.page_settings import set_to
from dashboard.words import say

SOURCES = {"pen": pen.drawn, "test": pictures.from_mnist, "upload": pictures.uploaded}
_ICONS = {"pen": ":material/draw:", "test": ":material/grid_on:", "upload": ":material/add_a_photo:"}
_START, _TOGETHER = "draw_cursor", "draw"


@st.fragment
def desk() -> None:
    """All that a stroke changes. A fragment: a stroke runs neither the front door nor the other pages' list."""
    left, right = _columns()
    digit = chosen = None  # where a person's mistake left a notice: no other digit's answer stands in its place
    with left:
        source = _source()
        picture = st.container() if source == "upload" else None  # above where it is chosen, shown with its answers
        with session.noticed():
            digit = SOURCES[source]()
            asked.publish(source)
    session.show_notices()
    with right, session.noticed():
        chosen = answer.choose_reader()
    surgery = Surgery()
    with right:
        if digit is None:
            st.html(f'<p class="nothing"><b>{say("draw.nothing")}</b> {say("draw.nothing_help")}</p>')
        elif chosen is not None:
            surgery = _show(digit, source, chosen)
    if source == "pen":  # last: the strips need not wait for it
        with left:
            pen.canvas()
            if digit is not None:
                keeping.show(digit)  # here, where nothing else moves when it comes
    if picture is not None:
        with picture:
            pictures.show(chosen.reader if chosen else None)
    if chosen is not None:
        chosen.under(surgery)  # it takes a second


def _show(digit: Digit, source: str, chosen: answer.Chosen) -> Surgery:
    reading = trace(chosen.reader, digit.frame.pixels)
    digit.publish()
    beside = answer.beside()
    surgery = _player(digit, source, chosen, reading, together=_TOGETHER if beside else None)
    if beside:
        _companion(digit, source, *beside)
    downloads.show(digit, chosen.name, reading, beside[0] if beside else None)
    saliency.show(digit, chosen.name, chosen.reader, reading)
    return surgery


def _columns():
    row = st.container(horizontal=True, gap="medium", key="draw_desk")
    left = row.container(width=pen.CANVAS, gap="small", key="draw_left")
    return left, row.container(width="stretch", key="draw_answer", gap="xxsmall")


def _source() -> str:
    set_to(asked.SOURCE, st.session_state.get(asked.SOURCE) or "pen")
    chosen = st.segmented_control(
        say("draw.source"),
        SOURCES,
        format_func=lambda name: f"{_ICONS[name]} {say(f'draw.source_{name}')}",
        key=asked.SOURCE,
        label_visibility="collapsed",
        required=True,
    )
    return chosen or "pen"


def _player(digit: Digit, source: str, chosen: answer.Chosen, reading: RowTrace, together: str | None) -> Surgery:
    """Mounts it; returns what the person does to the network in it."""
    name, reader = chosen.name, chosen.reader
    options = _options(digit, source, name, reading)
    reported = row_player(
        reading,
        reader,
        key="draw_player",
        scales=answer.scales(name, reader),
        options=replace(
            options,
            link=True,
            digit=digit.code,
            film=answer.film(name),
            together=together,
            report_surgery=True,
            alike=examine_link.similar(name),
        ),
        **_cursor(reader, len(reading.x)),
    )
    return surgery_of(reported["surgery"], options.weights, reader)


def _companion(digit: Digit, source: str, name: str, reader: Reader) -> None:
    """The second reader on the same drawing, under the first one's cursor."""
    reading = trace(reader, digit.frame.pixels)
    st.html(f'<h2 class="companion">{escape(readers.title(name, readers.path_of(name)))}</h2>')
    row_player(
        reading,
        reader,
        key="draw_companion",
        scales=answer.scales(name, reader),
        options=replace(_options(digit, source, name, reading), together=_TOGETHER, companion=True),
    )


def _options(digit: Digit, source: str, name: str, reading: RowTrace) -> Options:
    """What any reader's player shows of the digit on the page."""
    return Options(
        screen=True,
        answer=Answer(notices=answer.notices(digit, reading), strokes=digit.strokes),
        live=pen.live() if source == "pen" else None,
        weights=readers.address(name),
    )


def _cursor(reader: Reader, rows: int) -> dict[str, Any]:
    """Row, layer and unit of the URL that the session began with, from 0, as far as this reader has them."""
    if _START not in st.session_state:
        st.session_state[_START] = {key: parameter(key) for key in ("row", "layer", "unit")}
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
glossary()  # the letters of the strips
