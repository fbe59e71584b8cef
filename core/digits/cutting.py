"""The digits of a picture, each cut out of it and made the frame that MNIST would have.

A picture's grey here: (height, width) float32, 0 black to 1 white.
"""

from dataclasses import replace

import numpy as np
from PIL import Image

from core.digits import normalisation, segmentation, separation, tones
from core.digits.boxes import Box
from core.digits.drawing import CENTRE, SIDE, Frame, from_pixels
from core.digits.pictures import WORKING_SIDE, Picture, shrunk
from core.errors import DrawingError

_LEAST_SIDE = 112
_LEAST_SHOWN = 8  # pixels: less of a picture shows no digit
_MARGIN = 0.12  # of a digit's longer side: the paper around it in its box
_BLANK = 0.02  # what the rim of an image of MNIST may be off from black or white
_VIEW_SIDE = 224


def cut_all(picture: Picture) -> tuple[Frame, ...]:
    """Every digit of the picture in reading order, at least one and at most 24, each with its box. Raises DrawingError.

    Their notes: the picture's; several, where there are more digits than one; tones, for one with a third.
    """
    grey = shrunk(picture.grey, WORKING_SIDE)
    if grey.shape == (SIDE, SIDE) and (ready := _ready_made(grey)) is not None:
        view = _view(grey, 1.0, np.zeros(2))
        return (replace(ready, notes=picture.notes, picture=view, box=picture.whole),)
    grey = _large_enough(grey)
    digits = [ink for ink in separation.digits_of(_ink(grey)) if normalisation.is_written(ink)]
    if not digits:
        raise _unwritten()
    notes = picture.notes if len(digits) == 1 else (*picture.notes, "several")
    return tuple(_frame(ink, grey, notes, _box_of(ink, picture)) for ink in digits)


def cut(picture: Picture, box: Box) -> Frame:
    """What lies in this box of the picture, read as one digit. Raises DrawingError."""
    box = box.within(*picture.size)
    down, across = (kept / full for kept, full in zip(picture.grey.shape, picture.size[::-1], strict=True))
    rows = slice(round(box.top * down), round(box.bottom * down))
    columns = slice(round(box.left * across), round(box.right * across))
    grey = shrunk(picture.grey[rows, columns], WORKING_SIDE)
    if min(grey.shape) < _LEAST_SHOWN:
        raise DrawingError("The frame holds too little of the picture: draw it larger, around one digit.")
    grey = _large_enough(grey)
    ink = _ink(grey)
    if not normalisation.is_written(ink):
        raise _unwritten()
    return _frame(ink, grey, picture.notes, box)


def _unwritten() -> DrawingError:
    return DrawingError(
        "What stands out from the picture is a patch, no stroke of a pen: use a picture of a written digit, or crop it "
        "to one."
    )


def _ink(grey: np.ndarray) -> np.ndarray:
    return normalisation.solid(segmentation.find_ink(grey))


def _frame(ink: np.ndarray, grey: np.ndarray, notes: tuple[str, ...], box: Box) -> Frame:
    placing = normalisation.place(ink)
    pixels, shift = normalisation.normalised(ink, placing)
    notes = (*notes, "tones") if tones.has_third(ink, grey) else notes
    scale, corner = placing.scale, placing.middle - (CENTRE - shift) / placing.scale
    return Frame(pixels=pixels, notes=notes, picture=_view(grey, scale, corner), box=box)


def _box_of(ink: np.ndarray, picture: Picture) -> Box:
    """Around the ink with some paper, in the picture's pixels."""
    rows, columns = np.flatnonzero((ink > 0.5).any(1)), np.flatnonzero((ink > 0.5).any(0))
    low, high = np.array([columns[0], rows[0]]), np.array([columns[-1], rows[-1]]) + 1
    margin = _MARGIN * (high - low).max()
    scale = np.array(picture.size) / np.array(ink.shape[::-1])
    left, top = np.floor((low - margin) * scale).astype(int).tolist()
    right, bottom = np.ceil((high + margin) * scale).astype(int).tolist()
    return Box(left, top, right, bottom).within(*picture.size)


def _ready_made(grey: np.ndarray) -> Frame | None:
    """A 28 x 28 picture whose rim is black, or white, is an image of MNIST already, or one turned dark on light."""
    rim = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    pixels = 1 - grey if rim.mean() > 0.5 else grey
    if max(rim.max(), 1 - rim.min()) - abs(rim.mean() - 0.5) - 0.5 > _BLANK or pixels.max() <= 0.5:
        return None
    return from_pixels(np.rint(pixels * 255).astype(np.uint8)) if abs(rim.mean() - 0.5) > 0.5 - _BLANK else None


def _large_enough(grey: np.ndarray) -> np.ndarray:
    """A small picture enlarged, so that lines and outlines are found by the same measures. Raises DrawingError."""
    if min(grey.shape) < _LEAST_SHOWN:
        raise DrawingError("The picture is smaller than 8 pixels: use a larger one.")
    factor = -(-_LEAST_SIDE // max(grey.shape))
    if factor == 1:
        return grey
    size = (grey.shape[1] * factor, grey.shape[0] * factor)
    return np.clip(np.asarray(Image.fromarray(grey).resize(size, Image.Resampling.BICUBIC)), 0, 1)


def _view(grey: np.ndarray, scale: float, corner: np.ndarray) -> np.ndarray:
    """What lies in the frame's square, (224, 224) uint8; beyond the picture's edge its own median."""
    step = SIDE / scale / _VIEW_SIDE
    image = Image.fromarray(np.rint(np.clip(grey, 0, 1) * 255).astype(np.uint8))
    matrix = (step, 0, float(corner[0]), 0, step, float(corner[1]))
    view = image.transform(
        (_VIEW_SIDE, _VIEW_SIDE),
        Image.Transform.AFFINE,
        matrix,
        Image.Resampling.BILINEAR,
        fillcolor=int(np.median(grey) * 255),
    )
    return np.asarray(view)
