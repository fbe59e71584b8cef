"""Digits that are not drawn here: MNIST's test images, and a picture from the person's own device."""

import random
from io import BytesIO

import numpy as np
import streamlit as st
from PIL import Image, ImageColor

from core.digits.drawing import Frame, from_pixels
from core.digits.pictures import LARGEST_BYTES, from_picture
from dashboard import palette, test_set
from dashboard.draw.digit import Digit, given
from dashboard.draw.pen import CANVAS
from dashboard.words import say
from dashboard.words.core import translated

_INDEX = "draw_index"
_ENDINGS = ("png", "jpg", "jpeg", "gif", "webp", "bmp", "tif", "tiff")


_MOST = 10_000


def choose(number: int) -> None:
    """The test image that is to be shown, from 1, as far as there is one; before its widget is."""
    st.session_state[_INDEX] = max(1, min(number, _MOST))


def chosen() -> int:
    return st.session_state[_INDEX]


def from_mnist() -> Digit:
    """One of MNIST's test images, by number."""
    with st.spinner(say("draw.loading"), show_time=True):
        mnist = test_set.mnist()
    images, labels = mnist.test.images, mnist.test.labels
    st.session_state[_INDEX] = min(st.session_state.get(_INDEX, 1), len(labels))
    index = st.session_state[_INDEX] - 1
    _show(toned(images[index] / 255))
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.number_input(
            say("draw.index"), 1, len(labels), key=_INDEX, help=say("draw.index_help", images=f"{len(labels):,}")
        )
        st.button(
            say("draw.random"),
            icon=":material/casino:",
            help=say("draw.random_help"),
            on_click=lambda: st.session_state.update({_INDEX: random.randint(1, len(labels))}),
            key="draw_random",
        )
    note = "" if mnist.source == "full" else f" {translated(mnist.note)}"
    st.caption(say("draw.labelled", label=labels[index]) + note)
    return Digit(from_pixels(images[index]), int(labels[index]))


def upload() -> Digit:
    """A picture of the person's own; until there is one, the sample. Raises DrawingError."""
    place = st.container()
    file = st.file_uploader(
        say("draw.upload"),
        _ENDINGS,
        key="draw_upload",
        help=say("draw.upload_help", mib=LARGEST_BYTES >> 20),
    )
    digit = given() if file is None else Digit(_read(file.getvalue()))
    with place:
        _show(toned(digit.frame.pixels) if digit.frame.picture is None else digit.frame.picture)
    return digit


@st.cache_data(max_entries=8, show_spinner=False)
def _read(content: bytes) -> Frame:
    return from_picture(content)


def toned(pixels: np.ndarray) -> np.ndarray:
    """(28, 28), 0 to 1 -> (28, 28, 3) uint8: the page's ink on the page's paper."""
    theme = palette.shown()
    paper, ink = (np.array(ImageColor.getrgb(theme[name])) for name in ("backgroundColor", "textColor"))
    return np.rint(paper + pixels[..., None] * (ink - paper)).astype(np.uint8)


def png_of(pixels: np.ndarray, side: int | None = None) -> bytes:
    """uint8 grey or colour -> PNG; with `side`, each pixel a square."""
    image, content = Image.fromarray(pixels), BytesIO()
    (image.resize((side, side), Image.Resampling.NEAREST) if side else image).save(content, "PNG")
    return content.getvalue()


def _show(pixels: np.ndarray) -> None:
    with st.container(key="draw_picture", width=CANVAS, gap=None):
        st.image(png_of(pixels, 2 * CANVAS), width=CANVAS)
