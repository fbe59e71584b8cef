"""Lines that lie under a digit: ruled and squared paper, a box drawn around it.

Masks here: (height, width) bool, True where a picture differs from its paper.
"""

import numpy as np
from scipy import ndimage

_SPANS = 0.75  # of the picture: a line is at least so long
_PIECE = 0.06  # of the picture: the pieces that strokes leave of it are at least so long
_GAP = 0.6  # of the picture: the widest that a stroke hides of it
_COVERED = 0.35  # of its length: so much of it is to be seen
_INKED = 0.8  # of its length: line or stroke; digits that stand in a row leave more of it blank
_THICKEST = 0.04  # of the picture's shorter side
_FRAME_LINE = 0.06  # of the frame's shorter side
_FRAME_RIM = 0.9  # of a frame's pixels lie at the rim of its own box


def components(mask: np.ndarray, diagonal: bool = True) -> tuple[np.ndarray, int]:
    """(height, width) int32, a number for each connected part of the mask from 1 on, 0 elsewhere; and how many."""
    labels = np.zeros(mask.shape, np.int32)
    count = ndimage.label(mask, np.ones((3, 3)) if diagonal else None, output=labels)
    return labels, int(np.asarray(count).item())


def lines(mask: np.ndarray) -> np.ndarray:
    """The pixels of straight lines from one side of the picture to the other, upright or level; strokes over them stay.

    A line may be turned by some three degrees.
    """
    thickest = max(3, round(_THICKEST * min(mask.shape)))
    return _level(mask, thickest) | _level(mask.T, thickest).T


def _level(mask: np.ndarray, thickest: int) -> np.ndarray:
    """Lines along the rows."""
    width = mask.shape[1]
    high = _runs(mask)
    thin = mask & (high <= thickest)
    whole = _eroded(_dilated(thin, 2 * thickest + 1), 2 * thickest + 1)  # lines that cross it leave gaps
    pieces = _dilated(_eroded(whole, piece := max(5, round(_PIECE * width))), piece)
    joined = ndimage.binary_dilation(pieces, np.ones((5, 1)))
    joined = _eroded(_dilated(joined, gap := round(_GAP * width)), gap)
    found, count = components(joined)
    lines = np.zeros_like(mask)
    for number, where in enumerate(ndimage.find_objects(found, count), 1):
        if where[1].stop - where[1].start < _SPANS * width:
            continue
        band = found[where] == number
        of_line = band & thin[where]
        inked = (band & mask[where]).any(0).sum() / band.any(0).sum()
        if of_line.any() and of_line.any(0).mean() >= _COVERED and inked >= _INKED:
            usual = np.median(high[where][of_line])
            lines[where] |= of_line & (high[where] <= 1.5 * usual + 1)
    return lines


def _dilated(mask: np.ndarray, length: int) -> np.ndarray:
    """Along the rows; beyond the picture there is nothing."""
    return ndimage.maximum_filter1d(mask.view(np.uint8), length, axis=1, mode="constant", cval=0).astype(bool)


def _eroded(mask: np.ndarray, length: int) -> np.ndarray:
    """Along the rows; lines go on beyond the picture."""
    return ndimage.minimum_filter1d(mask.view(np.uint8), length, axis=1, mode="constant", cval=1).astype(bool)


def _runs(mask: np.ndarray) -> np.ndarray:
    """(height, width) int: how many pixels of the mask follow one another in each one's column."""
    height = len(mask)
    row = np.arange(height)[:, None]
    before = np.maximum.accumulate(np.where(mask, -1, row), axis=0)
    after = np.minimum.accumulate(np.where(mask, height, row)[::-1], axis=0)[::-1]
    return np.where(mask, after - before - 1, 0)


def is_frame(part: np.ndarray) -> bool:
    """Whether a component, cut out to its own box, is the outline of a box: nearly all of it lies at the rim."""
    thick = max(2, round(_FRAME_LINE * min(part.shape)))
    inside = part[thick:-thick, thick:-thick]
    corners = part[:thick, :thick], part[-thick:, -thick:], part[:thick, -thick:], part[-thick:, :thick]
    return bool(all(corner.any() for corner in corners) and inside.sum() <= (1 - _FRAME_RIM) * part.sum())
