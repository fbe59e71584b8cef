"""A digit as a short text for a link, and back, exactly: the strokes where there are some, else the pixels.

The text is base64url of zlib of a letter and numbers. `s`: for each stroke uint16 points, then int16 x, y of the
first and of each step to the next, in sixteenths of a frame pixel. `p`: 784 uint8. `d`, a drawing as it stands on the
canvas: the pen's width in sixteenths of a canvas pixel as uint16, then strokes as in `s`, in sixteenths of a canvas
pixel, of all points of the canvas's paths, control points too. What is decoded is not trusted.
"""

import base64
import zlib
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.digits.drawing import GRID, SIDE, Frame, from_canvas, from_pixels, from_strokes, ink
from core.errors import DrawingError
from core.outside import guarded

LONGEST = 8000
"""Characters of a code; browsers and servers accept links of that length."""
_LARGEST_BYTES = 64 * 1024  # after unpacking
_CANVAS = 280


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """What stands on the canvas."""

    paths: list[list[list[Any]]]
    """For each stroke its path commands, as fabric's pencil makes them: M, any number of Q, L."""
    width: float
    """The pen's, in canvas pixels."""

    @property
    def frame(self) -> Frame:
        """Raises DrawingError, as from_strokes does."""
        strokes = from_canvas({"objects": [{"type": "path", "path": path} for path in self.paths]})
        return from_strokes(strokes, self.width, _CANVAS)


def encode(frame: Frame) -> str | None:
    """The frame's code; None where it would be longer than a link can be (a scribble of thousands of points)."""
    if frame.strokes is None:
        content = b"p" + np.rint(frame.pixels * 255).astype(np.uint8).tobytes()
    else:
        content = b"s" + b"".join(_packed(stroke) for stroke in frame.strokes)
    return _code(content)


def encode_drawing(drawing: Drawing) -> str | None:
    """The code of what stands on the canvas; None where it is too long, or not what the pencil draws."""
    paths = [[number for _, *numbers in path for number in numbers] for path in drawing.paths]
    if any([name for name, *_ in path] != ["M", *["Q"] * (len(path) - 2), "L"] for path in drawing.paths):
        return None
    strokes = [np.clip(np.reshape(path, (-1, 2)), -_CANVAS, 2 * _CANVAS) for path in paths]
    width = round(drawing.width * GRID).to_bytes(2, "little")
    return _code(b"d" + width + b"".join(_packed(stroke) for stroke in strokes))


def decode(code: str) -> Frame:
    """The frame of a code, its pixels as they were. Raises DrawingError for anything else."""
    found = _decoded(code)
    return found.frame if isinstance(found, Drawing) else found


def decode_drawing(code: str) -> Drawing | None:
    """The drawing of a code; None where the code is a frame's. Raises DrawingError for anything else."""
    found = _decoded(code)
    return found if isinstance(found, Drawing) else None


def _decoded(code: str) -> Frame | Drawing:
    def damaged(reason: str) -> DrawingError:
        return DrawingError("The link's digit is damaged: ask for the link again, or draw the digit.")

    with guarded(damaged):
        content = _unpacked(code)
        match content[:1]:
            case b"p":
                return from_pixels(np.frombuffer(content[1:], np.uint8).reshape(SIDE, SIDE))
            case b"s":
                strokes = _strokes(np.frombuffer(content[1:], "<i2"), 0, SIDE)
                return Frame(pixels=ink(strokes), strokes=strokes)
            case b"d":
                strokes = _strokes(np.frombuffer(content[3:], "<i2"), -_CANVAS, 2 * _CANVAS)
                if width := int.from_bytes(content[1:3], "little") / GRID:
                    return Drawing(paths=[_commands(stroke) for stroke in strokes], width=width)
        raise ValueError


def _commands(points: np.ndarray) -> list[list[Any]]:
    """All points of a stroke, (2 + 2 n, 2) -> M, n times Q, L."""
    if len(points) < 2 or len(points) % 2:
        raise ValueError
    first, *middle, last = points.tolist()
    curves = [["Q", *control, *end] for control, end in zip(middle[::2], middle[1::2], strict=True)]
    return [["M", *first], *curves, ["L", *last]]


def _code(content: bytes) -> str | None:
    code = base64.urlsafe_b64encode(zlib.compress(content, 9)).decode().rstrip("=")
    return code if len(code) <= LONGEST and len(content) <= _LARGEST_BYTES else None


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


def _strokes(numbers: np.ndarray, low: float, high: float) -> tuple[np.ndarray, ...]:
    """Strokes whose coordinates lie from low to high, or ValueError."""
    strokes, at = [], 0
    while at < len(numbers):
        end = at + 1 + 2 * int(numbers[at])
        steps = numbers[at + 1 : end].astype(np.int64).reshape(-1, 2)
        if numbers[at] < 1 or end > len(numbers):
            raise ValueError
        strokes.append(np.cumsum(steps, axis=0) / GRID)
        at = end
    if not strokes or any((stroke < low).any() or (stroke > high).any() for stroke in strokes):
        raise ValueError
    return tuple(strokes)
