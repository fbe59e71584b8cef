"""Are ink and paper all that a picture shows? A pen leaves within a digit the paper that is around it.

A face, a thing or a logo has a third tone there. Grey here: (height, width) float32, 0 black to 1 white; ink likewise,
0 paper to 1 ink.
"""

import numpy as np
from scipy import ndimage

THIRD = 0.25
"""Of the contrast between ink and paper: a third tone differs by more. Chosen on MNIST's training images 0 to 119 in
each kind of picture, and on drawn faces: two of 2,518 digits are said to have one, and 69 of 120 faces."""
_AROUND = 0.25  # of the digit's longer side: the paper that is looked at
_EDGE = 0.04  # of it: what lies so near to ink may be its blurred edge
_LEAST = 20  # pixels, to tell a tone from
_SPREAD = 0.75  # of the paper around differs less from its own trend


def has_third(ink: np.ndarray, grey: np.ndarray) -> bool:
    """Whether what lies between a digit's strokes is neither its ink nor the paper around it."""
    mask = ink > 0.5
    [box] = ndimage.find_objects(mask.astype(np.uint8))
    side = max(part.stop - part.start for part in box)
    margin = round(_AROUND * side)
    place = tuple(slice(max(0, part.start - margin), part.stop + margin) for part in box)
    mask, near, levels = mask[place], ink[place] > 0.25, grey[place]
    clear = ~np.asarray(ndimage.binary_dilation(near, iterations=max(2, round(_EDGE * side))), bool)
    between = _between(mask, 0) | _between(mask, 1)
    inside, outside = between & clear, ~between & clear
    if min(inside.sum(), outside.sum()) < _LEAST:
        return False
    off = np.abs(levels - _plane(levels, outside))
    ink_level, paper_level = np.median(levels[mask]), np.median(levels[outside])
    third = np.median(off[inside]) - np.quantile(off[outside], _SPREAD)  # a shadow's edge lies in both
    return bool(third > THIRD * abs(ink_level - paper_level))


def _between(mask: np.ndarray, axis: int) -> np.ndarray:
    """What has ink before it and after it along an axis."""
    before = np.maximum.accumulate(mask, axis)
    return before & np.flip(np.maximum.accumulate(np.flip(mask, axis), axis), axis)


def _plane(levels: np.ndarray, where: np.ndarray) -> np.ndarray:
    """The plane through the levels there, by least squares: paper that is lit from one side."""
    y, x = np.mgrid[-1 : 1 : levels.shape[0] * 1j, -1 : 1 : levels.shape[1] * 1j]
    terms = np.stack([np.ones_like(x), x, y], -1)
    return terms @ np.linalg.lstsq(terms[where], levels[where], rcond=None)[0]
