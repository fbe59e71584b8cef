"""The ink of a picture -> the 28 x 28 frame that MNIST would have.

The ink is scaled to MNIST's box, brought to the thickness of MNIST's pen by moving its outline, and centred by mass.
Ink here: (height, width) float32, 0 paper to 1 ink.
"""

from dataclasses import dataclass

import numpy as np
from PIL import Image
from scipy import ndimage

from core.digits.drawing import BOX, CENTRE, PEN_RADIUS, SIDE, centre_of_mass
from core.digits.lines import components
from core.errors import DrawingError

_FINE = 4  # outlines are moved on a grid four times as fine as the frame
_LEAST_LOOP = 0.6  # frame pixels: the radius that a loop keeps
_THIN = 3  # pixels
_WIDEST, _WIDE = 0.6, 0.43  # of the extent: wider is no stroke, or none where it is uneven
_UNEVEN = 2.6  # times the mean thickness
_FINE_SIDE = 44 * _FINE  # room for a digit whose pen is as wide as half of it


@dataclass(frozen=True)
class Placing:
    """Where the ink lies in its picture, and how far its outline has to move."""

    middle: np.ndarray
    """(x, y) of its bounding box's middle, picture pixels."""
    scale: float
    """Frame pixels for one picture pixel."""
    growth: float
    """Frame pixels by which the outline moves outwards."""


def place(ink: np.ndarray) -> Placing:
    """The scale at which the strokes' centre lines span the box, as a path on the canvas does. Raises DrawingError."""
    mask = ink > 0.5
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    low, high = np.array([columns[0], rows[0]]), np.array([columns[-1], rows[-1]]) + 1
    extent = float((high - low).max())
    if extent < 6:
        raise DrawingError("The digit in the picture is smaller than 6 pixels: come nearer, or crop the picture to it.")
    thickness = min(stroke_thickness(ink), extent / 2)
    scale = (BOX - 2 * PEN_RADIUS) / (extent - thickness)
    growth = PEN_RADIUS - thickness * scale / 2
    return Placing((low + high) / 2, scale, max(growth, -0.35 * thickness * scale))


def solid(ink: np.ndarray) -> np.ndarray:
    """The ink, whose strokes are made wider where they are so thin that they would break on a coarser grid."""
    return ndimage.grey_dilation(ink, (3, 3)) if stroke_thickness(ink) < _THIN else ink


def stroke_thickness(ink: np.ndarray) -> float:
    """Mean thickness in pixels: twice the ink divided by the length of its edge (its total variation)."""
    down, right = np.gradient(np.pad(ink, 1))
    return float(2 * ink.sum() / max(np.hypot(down, right).sum(), 1e-6))


def is_written(ink: np.ndarray) -> bool:
    """Whether the ink is strokes of a pen: no patch as wide as long, such as a dot or a hand.

    Twice the greatest distance to the outline, for a stroke its width, is compared with the extent and with the mean
    thickness. For 120 test images in each of six kinds of pictures it is at most 0.51 of the extent, and 2.4 times the
    mean where it is more than 0.42 of it; for a palm with its fingers it is 0.46 and 2.9 times or more.
    """
    mask = ink > 0.5
    where = ndimage.find_objects(mask.astype(np.uint8))[0]
    widest = 2 * float(_distance(~np.pad(mask[where], 1)).max())
    extent, usual = max(mask[where].shape), stroke_thickness(ink[where])
    return widest <= _WIDEST * extent and (widest <= _WIDE * extent or widest <= _UNEVEN * usual)


def normalised(ink: np.ndarray, placing: Placing) -> tuple[np.ndarray, np.ndarray]:
    """(28, 28) float32, and the shift (x, y) from the box's middle to the frame's, frame pixels. Raises DrawingError.

    The outline moves by a threshold on the signed distance to it, and a pixel's grey level is the part that it covers.
    """
    inside = _resampled(ink, placing) > 0.5
    if not inside.any():
        raise DrawingError("The strokes in the picture are too thin to follow: use a thicker pen.")
    depth = np.where(inside, _distance(~inside) - 0.5, 0.5 - _distance(inside))
    moved = np.clip(depth + _growths(inside, depth, placing.growth * _FINE) + 0.5, 0, 1)
    shift = np.rint(_FINE_SIDE / 2 - centre_of_mass(moved)).astype(int)
    moved = np.roll(moved, shift[::-1] + int((CENTRE - SIDE / 2) * _FINE), (0, 1))
    rim = (_FINE_SIDE - SIDE * _FINE) // 2
    cropped = moved[rim:-rim, rim:-rim].reshape(SIDE, _FINE, SIDE, _FINE)
    return np.clip(cropped.mean((1, 3)), 0, 1).astype(np.float32), -shift / _FINE


def _growths(inside: np.ndarray, depth: np.ndarray, growth: float) -> np.ndarray:
    """How far the outline moves at each place: less in a small loop, which would be filled."""
    labels, count = components(~inside, diagonal=False)
    room = np.full(count + 1, np.inf)
    for number in set(range(1, count + 1)) - set(np.concatenate([labels[0], labels[-1]]).tolist()):
        room[number] = max(0.0, -float(depth[labels == number].min()) - _LEAST_LOOP * _FINE)
    return np.minimum(growth, room[labels])


def _distance(mask: np.ndarray) -> np.ndarray:
    """From every pixel to the nearest one of the mask, in pixels."""
    return np.asarray(ndimage.distance_transform_edt(~mask))


def _resampled(ink: np.ndarray, placing: Placing) -> np.ndarray:
    """(176, 176): the ink on the fine grid, its bounding box's middle in the middle."""
    step = 1 / (placing.scale * _FINE)  # picture pixels for one pixel of the fine grid
    left, top = placing.middle - step * _FINE_SIDE / 2
    image = Image.fromarray(ink)
    if step > 2:
        image = image.reduce(factor := int(step))
        step, left, top = step / factor, left / factor, top / factor
    matrix = (step, 0, left, 0, step, top)
    return np.asarray(
        image.transform((_FINE_SIDE, _FINE_SIDE), Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR)
    )
