"""Digits that are not drawn here: MNIST's test images, and a picture from the person's own device."""

import random
from io import BytesIO

import numpy as np
import streamlit as st
from PIL import Image, ImageColor

from core.digits.drawing import from_pixels
from core.digits.pictures import ENDINGS, LARGEST_BYTES
from core.reading.readers import Reader
from dashboard import palette, test_set
from dashboard.draw import cuts
from dashboard.draw.digit import Digit, given
from dashboard.draw.pen import CANVAS
from dashboard.page_settings import set_to
from dashboard.words import say
from dashboard.words.core import translated

_INDEX = "draw_index"
_UPLOAD = "draw_upload"


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
    set_to(_INDEX, min(st.session_state.get(_INDEX, 1), len(labels)))
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


def uploaded() -> Digit:
    """The chosen digit of a picture of the person's own; until there is one, the sample. Raises DrawingError.

    The uploader is mounted before anything is read: a run that ends before it forgets the picture.
    """
    help_text = say("draw.upload_help", mib=LARGEST_BYTES >> 20)
    file = st.file_uploader(say("draw.upload"), ENDINGS, key=_UPLOAD, help=help_text)
    return given() if file is None else Digit(cuts.chosen_frame(file.getvalue()))


def show(reader: Reader | None) -> None:
    """The picture with its digits and this reader's answers."""
    if (file := st.session_state.get(_UPLOAD)) is None:
        _show(toned(given().frame.pixels))
    else:
        cuts.show(file.getvalue(), reader)


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
