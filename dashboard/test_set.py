"""MNIST as all pages share it: read once, and its test images as one file for the browser."""

import streamlit as st

from core.digits import data
from dashboard import served
from dashboard.words.core import translated


@st.cache_resource(show_spinner=False)
def mnist() -> data.Mnist:
    """Raises DataError."""
    return data.load()


def address() -> str | None:
    """Where the browser gets all test images, 784 bytes each, 0 paper to 255 ink; None outside of a dashboard."""
    return served.address(_content(), "test images")


@st.cache_resource(show_spinner=False)
def _content() -> bytes:
    return mnist().test.images.tobytes()


def source_note() -> str:
    """What is to be said where this is not the full MNIST; else empty."""
    found = mnist()
    return "" if found.source == "full" else translated(found.note)
