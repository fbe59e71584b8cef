"""Strokes -> the 28 x 28 frame that MNIST would have: the path is scaled, not the picture, and inked with MNIST's pen.

MNIST's normalisation (LeCun, Bottou, Bengio, Haffner 1998, section III.A; http://yann.lecun.com/exdb/mnist): the
digit fits a 20 x 20 box, its aspect ratio kept, grey levels come from anti-aliasing, and its centre of mass lies on
pixel (14, 14).
Coordinates: x to the right, y down, in pixels; the middle of pixel (column j, row i) is (j + 0.5, i + 0.5).
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.digits.boxes import Box
from core.errors import DrawingError
from core.messages import Message
from core.outside import guarded

SIDE = 28
BOX = 20.0
"""Longer side of the inked digit, in frame pixels."""
CENTRE = 14.5
"""Where the centre of mass goes: the middle of pixel 14. MNIST's 60,000 training images have it at 14.00 to 15.00."""
PEN_RADIUS = 1.2
"""MNIST's pen: drawn with it, pen digits have the median stroke thickness (2.5 pixels) and the median ink (99 pixels)
of MNIST's training images (2.6 and 100; tests/benchmarks/mnist_pen.py measures both)."""
LARGEST_POINTS = 20_000
GRID = 16
"""Points lie on sixteenths of a frame pixel, so that a link can carry a drawing exactly."""
_LARGEST_COORDINATE = 1e6
_SMALLEST_EXTENT = 0.05  # of the canvas: a shorter path is a slip of the pen, not to be enlarged to a whole digit
_STEP = 0.5  # frame pixels between the points that are kept: a curve of radius 2 moves by 1/64 of a pixel
_CURVE_AT = (0.25, 0.5, 0.75, 1.0)
_SEGMENTS_AT_ONCE = 256  # 256 x 784 float32 distances stay in a processor's second-level cache

Strokes = Sequence[Sequence[Sequence[float]]]


@dataclass(frozen=True, kw_only=True, eq=False)
class Frame:
    """A digit as a reader takes it."""

    pixels: np.ndarray
    """(28, 28) float32, 0 (paper) to 1 (ink)."""
    strokes: tuple[np.ndarray, ...] | None = None
    """Each (n, 2): x, y in frame pixels; None where the frame comes from a picture."""
    notes: tuple[str, ...] = ()
    """What a person should hear: dot (hardly more than a point), blob (pen as wide as the digit), animated, several,
    tones (a third besides ink and paper)."""
    transform: tuple[float, float, float] | None = None
    """s, dx, dy: frame = s * canvas + (dx, dy); None for a picture."""
    picture: np.ndarray | None = None
    """Square uint8, 0 black to 255 white: the part of an uploaded picture that the frame shows; None for strokes."""
    box: Box | None = None
    """Where a picture's digit lies, with some paper around it, in the file's pixels, upright; None for strokes."""


def from_strokes(strokes: Strokes, width: float = 20, size: float = 280) -> Frame:
    """strokes [[(x, y), ...], ...] of a pen `width` wide on a canvas `size` wide, canvas pixels -> Frame.

    Place, size and pen width on the canvas leave no trace in the pixels. Raises DrawingError.
    """
    paths = _checked(strokes)
    size, width = _positive(size, "canvas size"), _positive(width, "pen width")
    points = np.concatenate(paths)
    low, high = points.min(0), points.max(0)
    extent = float((high - low).max())
    scale = (BOX - 2 * PEN_RADIUS) / max(extent, _SMALLEST_EXTENT * size)
    boxed = [_thinned((path - (low + high) / 2) * scale + CENTRE) for path in paths]
    shift = CENTRE - centre_of_mass(ink(boxed))
    half = (high - low) * scale / 2 + PEN_RADIUS + 0.5
    shift = np.clip(shift, half - CENTRE, SIDE - half - CENTRE)  # the ink stays inside the frame
    placed = tuple(np.rint((path + shift) * GRID) / GRID for path in boxed)
    offset = CENTRE + shift - (low + high) / 2 * scale
    return Frame(
        pixels=ink(placed),
        strokes=placed,
        notes=_notes(extent, width, size),
        transform=(scale, float(offset[0]), float(offset[1])),
    )


def from_pixels(pixels: np.ndarray) -> Frame:
    """An image of MNIST, (28, 28) uint8, 0 paper to 255 ink, as it is. Raises DrawingError."""
    pixels = np.asarray(pixels)
    if pixels.shape != (SIDE, SIDE) or pixels.dtype != np.uint8:
        raise DrawingError(
            "An image of MNIST is 28 x 28 uint8; this one is {shape} {type}: convert it.",
            shape=str(pixels.shape),
            type=str(pixels.dtype),
        )
    return Frame(pixels=pixels.astype(np.float32) / 255)


def from_canvas(drawing: dict[str, Any] | None) -> list[list[tuple[float, float]]]:
    """The strokes of st_canvas's json_data: one for each freehand path, its M, L, Q, C commands made polylines.

    A canvas without a path gives []. Raises DrawingError for anything else.
    """

    def refused(reason: str) -> DrawingError:
        return DrawingError("This is not a drawing of the canvas: clear the canvas and draw again.")

    with guarded(refused):
        objects = (drawing or {}).get("objects") or []
        paths = [item["path"] for item in objects if str(item.get("type", "")).lower() == "path"]
        return [_polyline(path) for path in paths if path]


def ink(paths: Iterable[np.ndarray], radius: float = PEN_RADIUS, side: int = SIDE) -> np.ndarray:
    """Polylines, each (n, 2) in pixels -> (side, side) float32, 0 to 1, drawn with a round pen.

    A pixel's ink falls from 1 to 0 as its distance to the path goes from radius - 0.5 to radius + 0.5, which is the
    fraction of the pixel that a straight edge leaves covered.
    """
    starts, ends = _segments(paths)
    middle = np.arange(side, dtype=np.float32) + 0.5
    nearest = np.full((side, side), np.inf, np.float32)
    for first in range(0, len(starts), _SEGMENTS_AT_ONCE):
        a, b = starts[first : first + _SEGMENTS_AT_ONCE], ends[first : first + _SEGMENTS_AT_ONCE]
        np.minimum(nearest, _squared_distance(middle, a, b), out=nearest)
    return np.clip(np.float32(radius + 0.5) - np.sqrt(nearest), 0, 1)


def centre_of_mass(pixels: np.ndarray) -> np.ndarray:
    """(x, y) of the ink's centre, in pixels; (14, 14) is the middle of the frame. `pixels` holds some ink.

    Ink is a whole multiple of 2^-24, so that float64 sums are exact in any order: the browser finds the same centre.
    """
    pixels, middle = pixels.astype(np.float64), np.arange(pixels.shape[0]) + 0.5
    return np.array([pixels.sum(0) @ middle, pixels.sum(1) @ middle]) / pixels.sum()


def _segments(paths: Iterable[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Both ends of every segment, (S, 2) float32 each; a lone point is a segment of no length."""
    closed = [path if len(path) > 1 else np.repeat(path, 2, axis=0) for path in paths]
    starts, ends = np.concatenate([path[:-1] for path in closed]), np.concatenate([path[1:] for path in closed])
    return starts.astype(np.float32), ends.astype(np.float32)


def _squared_distance(middle: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """(side, side): from each pixel's middle to the nearest of the segments a-b, squared."""
    along = b - a
    length = np.maximum((along**2).sum(1), 1e-12)[:, None, None]
    x = middle[None, None, :] - a[:, 0, None, None]  # (S, 1, side)
    y = middle[None, :, None] - a[:, 1, None, None]  # (S, side, 1)
    u, v = along[:, 0, None, None], along[:, 1, None, None]
    nearest = np.clip((x * u + y * v) / length, 0, 1)  # 0 at a, 1 at b
    return ((x - nearest * u) ** 2 + (y - nearest * v) ** 2).min(0)


def _thinned(path: np.ndarray) -> np.ndarray:
    """The path without points that lie closer together than _STEP along it; its ends stay."""
    steps = np.sqrt((np.diff(path, axis=0) ** 2).sum(1))  # the last bit of hypot differs from library to library
    along = np.floor(np.concatenate([[0.0], np.cumsum(steps)]) / _STEP)
    keep = np.diff(along, prepend=-1) > 0
    keep[-1] = True
    return path[keep]


def _notes(extent: float, width: float, size: float) -> tuple[str, ...]:
    if extent < _SMALLEST_EXTENT * size:
        return ("dot",)
    return ("blob",) if extent < 2 * width else ()


def _polyline(commands: list[list]) -> list[tuple[float, float]]:
    """SVG path commands -> points; a curve becomes four chords, a quarter of a canvas pixel off at the most."""
    points: list[tuple[float, float]] = []
    for name, *numbers in commands:
        if name not in ("M", "L", "Q", "C"):
            continue
        control = [(float(x), float(y)) for x, y in zip(numbers[::2], numbers[1::2], strict=True)]
        if len(control) == 1:
            points.append(control[0])
        else:
            points += _curve([points[-1], *control])
    return points


def _curve(control: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Four points along the Bezier curve of these control points, its end included."""
    degree = len(control) - 1
    powers = [[math.comb(degree, k) * t**k * (1 - t) ** (degree - k) for k in range(degree + 1)] for t in _CURVE_AT]
    return [(_weighted(weights, control, 0), _weighted(weights, control, 1)) for weights in powers]


def _weighted(weights: list[float], control: list[tuple[float, float]], axis: int) -> float:
    return sum(weight * point[axis] for weight, point in zip(weights, control, strict=True))


def _checked(strokes: Strokes) -> list[np.ndarray]:
    """Each stroke as (n, 2) float64, empty ones left out."""

    def refused(reason: str = "") -> DrawingError:
        return DrawingError("Strokes are lists of points [x, y], such as [[[10, 20], [12, 24]]]: write them so.")

    if isinstance(strokes, (str, bytes, dict)):
        raise refused()
    with guarded(refused):
        if sum(len(stroke) for stroke in strokes) > LARGEST_POINTS:
            raise DrawingError(
                "The drawing has more than {points} points: clear the canvas and draw less.",
                points=f"{LARGEST_POINTS:,}",
            )
        paths = [_path(stroke) for stroke in strokes if len(stroke)]
    if not paths:
        raise DrawingError("Nothing is drawn yet: draw a digit first.")
    if not all((np.abs(path) <= _LARGEST_COORDINATE).all() for path in paths):  # also refuses NaN
        raise DrawingError("A stroke has a point that is no number of canvas pixels: draw the digit again.")
    return paths


def _path(stroke: Any) -> np.ndarray:
    """(n, 2) float64. Raises anything for what is no list of pairs of numbers."""
    if not isinstance(stroke, np.ndarray):
        for x, y in stroke:
            if isinstance(x, bool) or isinstance(y, bool) or not isinstance(x + y, (int, float, np.number)):
                raise TypeError
    path = np.asarray(stroke, dtype=np.float64)
    return path.reshape(len(stroke), 2)


def _positive(value: Any, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value <= _LARGEST_COORDINATE:
        raise DrawingError(
            "The {name} is {value}: give a number of pixels above 0.", name=Message(name), value=repr(value)
        )
    return float(value)
