"""A link carries a digit exactly, and nothing else through."""

import base64
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.digits.drawing import Frame, from_pixels, from_strokes
from core.digits.links import LONGEST, Drawing, decode, decode_drawing, encode, encode_drawing
from core.errors import DrawingError

SEVEN = [[(60, 60), (200, 60), (120, 220)], [(90, 140), (160, 140)]]


def link_of(frame: Frame) -> str:
    code = encode(frame)
    assert code is not None
    return code


def code_of(content: bytes) -> str:
    return base64.urlsafe_b64encode(zlib.compress(content)).decode().rstrip("=")


def test_strokes_come_back_with_the_very_pixels():
    frame = from_strokes(SEVEN)
    again = decode(link_of(frame))
    assert again.strokes is not None
    assert frame.strokes is not None
    assert np.array_equal(again.pixels, frame.pixels)
    assert all(np.array_equal(a, b) for a, b in zip(again.strokes, frame.strokes, strict=True))


def test_pixels_come_back():
    image = np.random.default_rng(0).integers(0, 256, (28, 28)).astype(np.uint8)
    assert np.array_equal(decode(link_of(from_pixels(image))).pixels, from_pixels(image).pixels)


def test_link_is_short():
    assert len(link_of(from_strokes(SEVEN))) < 200


def test_scribble_that_no_link_can_carry_gives_none():
    scribble = np.random.default_rng(0).uniform(0, 280, (15_000, 2)).tolist()
    assert encode(from_strokes([scribble])) is None


@pytest.mark.parametrize(
    "code",
    [
        "",
        "../../etc/passwd",
        "é",
        "A" * (LONGEST + 1),
        "AAAA",
        code_of(b""),
        code_of(b"p" + bytes(783)),
        code_of(b"x" + bytes(784)),
        code_of(b"s"),
        code_of(b"s\x00\x00"),
        code_of(b"s\x05\x00" + bytes(4)),
        code_of(b"s\xff\xff" + bytes(4)),
        code_of(b"s\x01\x00\xff\x7f\x00\x00"),
        code_of(b"s\x01\x00\xff\xff\x00\x00"),
        code_of(b"d"),
        code_of(b"d\x20\x01\x01\x00" + bytes(4)),
        code_of(b"d\x20\x01\x03\x00" + bytes(12)),
        code_of(b"d\x00\x00\x02\x00" + bytes(8)),
        code_of(b"d\x20\x01\x02\x00\xff\x7f" + bytes(6)),
        code_of(b"p" + bytes(784))[:-8],
        code_of(bytes(50_000_000)),
    ],
)
def test_anything_else_is_refused_with_a_word(code):
    with pytest.raises(DrawingError, match="link"):
        decode(code)


@given(st.binary(max_size=400))
def test_no_content_brings_a_traceback(content):
    for code in (code_of(content), code_of(b"s" + content), code_of(b"d" + content), content.decode("latin-1")):
        try:
            frame = decode(code)
        except DrawingError:
            continue
        assert 0 <= frame.pixels.min() <= frame.pixels.max() <= 1


COORDINATE = st.integers(-20 * 16, 300 * 16).map(lambda sixteenths: sixteenths / 16)
POINT = st.tuples(COORDINATE, COORDINATE)


@st.composite
def pencil_paths(draw) -> list[list]:
    curves = draw(st.lists(st.tuples(POINT, POINT), max_size=20))
    middle = [["Q", *control, *end] for control, end in curves]
    return [["M", *draw(POINT)], *middle, ["L", *draw(POINT)]]


@given(st.lists(pencil_paths(), min_size=1, max_size=4), st.integers(6, 36))
def test_a_drawing_comes_back_as_it_stood_on_the_canvas(paths, width):
    drawing = Drawing(paths=paths, width=width)
    code = encode_drawing(drawing)
    assert code is not None
    assert decode_drawing(code) == drawing
    assert np.array_equal(decode(code).pixels, drawing.frame.pixels)


def test_a_frame_is_no_drawing():
    assert decode_drawing(link_of(from_strokes(SEVEN))) is None


def test_what_the_pencil_does_not_draw_has_no_code():
    assert encode_drawing(Drawing(paths=[[["M", 1, 1], ["C", 1, 2, 3, 4, 5, 6], ["L", 9, 9]]], width=18)) is None
