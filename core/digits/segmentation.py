"""The ink of a picture, told from its paper and from what else lies on it.

Pictures here: grey (height, width) float32, 0 black to 1 white.
"""

import numpy as np
from scipy import ndimage

from core.digits import lines, paper
from core.errors import DrawingError

_SPECK = 0.03  # of the largest component's area; smaller components are dust
_LEAST_CONTRAST = 6  # times the paper's noise: less is noise itself
_FAINT_PART = 0.5  # of the threshold: ink that goes on from stronger ink, where a thin pen nearly breaks
_MOST_INK = 0.8  # of the picture
_HUGS = 0.08  # of the picture: so near its edge
_EDGE_PIXELS = 2  # how far beyond the mask the ink's anti-aliased edge reaches
_EIGHT_NEIGHBOURS = np.ones((3, 3), bool)


def find_ink(grey: np.ndarray) -> np.ndarray:
    """Grey picture -> (height, width) float32, 0 paper to 1 ink, of the digits alone. Raises DrawingError."""
    difference = paper.difference_of(grey)
    if paper.contrast(difference) < _LEAST_CONTRAST:
        raise DrawingError("No digit stands out from the paper: use a picture with a darker pen or better light.")
    threshold = paper.otsu(difference)
    faint = difference > _FAINT_PART * threshold
    mask = np.asarray(ndimage.binary_propagation(difference > threshold, _EIGHT_NEIGHBOURS, mask=faint), bool)
    digit = _without_what_lies_around(mask)
    if digit.mean() > _MOST_INK:
        raise DrawingError("The picture is all ink: use one that shows a digit on paper.")
    shown = np.asarray(ndimage.binary_dilation(digit, iterations=_EDGE_PIXELS), bool) & ~(mask & ~digit)
    return np.where(shown, np.clip(difference / (2 * threshold), 0, 1), 0).astype(np.float32)


def _without_what_lies_around(mask: np.ndarray) -> np.ndarray:
    """The mask without dust, frames, and what goes on beyond the picture's edge, unless nothing else is there."""
    labels, count = lines.components(mask)
    areas = np.bincount(labels.ravel(), minlength=count + 1)
    areas[0] = 0  # the paper
    inside = areas.copy()
    where = ndimage.find_objects(labels)
    for number in np.flatnonzero(areas >= max(1.0, _SPECK * areas.max())):
        if _goes_on(labels == number) or lines.is_frame(labels[where[number - 1]] == number):
            inside[number] = 0
    if inside.max() > _SPECK * areas.max():
        areas = inside
    return (areas >= max(1.0, _SPECK * areas.max()))[labels]


def _goes_on(part: np.ndarray) -> bool:
    """Whether a component belongs to what lies beyond the edge: it runs along a side, or hardly leaves it."""
    height, width = part.shape
    sides = paper.sides_of(part)
    if not any(side.any() for side in sides):
        return False
    if any(side.mean() > paper.ALONG for side in sides):
        return True
    y, x = np.nonzero(part)
    away = np.minimum(np.minimum(y, height - 1 - y) / height, np.minimum(x, width - 1 - x) / width)
    return bool((away < _HUGS).mean() > 0.9)
