"""A digit as a short text for a link, and back, exactly: the strokes where there are some, else the pixels.

The text is base64url of zlib of a letter and numbers. `s`: for each stroke uint16 points, then int16 x, y of the
first and of each step to the next, in sixteenths of a frame pixel. `p`: 784 uint8. What is decoded is not trusted.
"""

import base64
import zlib

import numpy as np

from core.digits.drawing import GRID, SIDE, Frame, from_pixels, ink
from core.errors import DrawingError
from core.outside import guarded

LONGEST = 8000
"""Characters of a code; browsers and servers accept links of that length."""
_LARGEST_BYTES = 64 * 1024  # after unpacking


def encode(frame: Frame) -> str | None:
    """The frame's code; None where it would be longer than a link can be (a scribble of thousands of points)."""
    if frame.strokes is None:
        content = b"p" + np.rint(frame.pixels * 255).astype(np.uint8).tobytes()
    else:
        content = b"s" + b"".join(_packed(stroke) for stroke in frame.strokes)
    code = base64.urlsafe_b64encode(zlib.compress(content, 9)).decode().rstrip("=")
    return code if len(code) <= LONGEST and len(content) <= _LARGEST_BYTES else None


def decode(code: str) -> Frame:
    """The frame of a code, its pixels as they were. Raises DrawingError for anything else."""

    def damaged(reason: str) -> DrawingError:
        return DrawingError("The link's digit is damaged: ask for the link again, or draw the digit.")

    with guarded(damaged):
        content = _unpacked(code)
        if content[:1] == b"p":
            return from_pixels(np.frombuffer(content[1:], np.uint8).reshape(SIDE, SIDE))
        if content[:1] != b"s":
            raise ValueError
        strokes = _strokes(np.frombuffer(content[1:], "<i2"))
    return Frame(pixels=ink(strokes), strokes=strokes)


def _packed(stroke: np.ndarray) -> bytes:
    points = np.rint(stroke * GRID).astype("<i2")
    steps = np.diff(points, axis=0, prepend=np.zeros((1, 2), "<i2"))
    return len(points).to_bytes(2, "little") + steps.astype("<i2").tobytes()


def _unpacked(code: str) -> bytes:
    if len(code) > LONGEST or not code.isascii():
        raise ValueError
    packed = base64.b64decode(code + "=" * (-len(code) % 4), altchars=b"-_", validate=True)
    unpacker = zlib.decompressobj()
    content = unpacker.decompress(packed, _LARGEST_BYTES)
    if not unpacker.eof:  # more than a digit can have, or cut off
        raise ValueError
    return content


def _strokes(numbers: np.ndarray) -> tuple[np.ndarray, ...]:
    """Strokes inside the frame, or ValueError."""
    strokes, at = [], 0
    while at < len(numbers):
        end = at + 1 + 2 * int(numbers[at])
        steps = numbers[at + 1 : end].astype(np.int64).reshape(-1, 2)
        if numbers[at] < 1 or end > len(numbers):
            raise ValueError
        strokes.append(np.cumsum(steps, axis=0) / GRID)
        at = end
    if not strokes or any((stroke < 0).any() or (stroke > SIDE).any() for stroke in strokes):
        raise ValueError
    return tuple(strokes)
