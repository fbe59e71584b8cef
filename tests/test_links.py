"""A link carries a digit exactly, and nothing else through."""

import base64
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.digits.drawing import Frame, from_pixels, from_strokes
from core.digits.links import LONGEST, decode, encode
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
        code_of(b"p" + bytes(784))[:-8],
        code_of(bytes(50_000_000)),
    ],
)
def test_anything_else_is_refused_with_a_word(code):
    with pytest.raises(DrawingError, match="link"):
        decode(code)


@given(st.binary(max_size=400))
def test_no_content_brings_a_traceback(content):
    for code in (code_of(content), code_of(b"s" + content), content.decode("latin-1")):
        try:
            frame = decode(code)
        except DrawingError:
            continue
        assert 0 <= frame.pixels.min() <= frame.pixels.max() <= 1
