"""The test image that ?image= asks for: a link's, or that of a page that shows test images. It counts from 1."""

import streamlit as st

from dashboard.draw import answer, pictures
from dashboard.outside import parameter

SOURCE = "draw_source"
"""The key of the choice where the digit comes from."""
_ASKED = "image"
_TAKEN = "draw_image"  # the image of the URL as this page last took or wrote it


def take() -> None:
    """Before the first widget: shows the image, read by the reader of ?reader=."""
    asked = parameter(_ASKED)
    entered = SOURCE not in st.session_state  # Streamlit drops the state of widgets while another page is shown
    if not asked.isdecimal() or not (entered or asked != st.session_state.get(_TAKEN)):
        return
    st.session_state[SOURCE], st.session_state[_TAKEN] = "test", asked
    pictures.choose(int(asked))
    if reader := parameter("reader"):
        answer.take_reader(reader)


def publish(source: str) -> None:
    """The image into the URL, while one is shown."""
    shown = str(pictures.chosen()) if source == "test" else ""
    st.session_state[_TAKEN] = shown
    if shown:
        if parameter(_ASKED) != shown:
            st.query_params[_ASKED] = shown
    elif _ASKED in st.query_params:
        del st.query_params[_ASKED]
