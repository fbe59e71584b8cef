"""The ink of a picture, told from its paper and from what else lies on it.

Pictures here: grey (height, width) float32, 0 black to 1 white.
"""

from itertools import pairwise

import numpy as np
from scipy import ndimage

from core.digits import lines
from core.errors import DrawingError

_FAINTEST = 0.06  # of the range black to white; fainter ink is noise of the paper
_SPECK = 0.03  # of the largest component's area; smaller components are dust
_LEAST_CONTRAST, _PLAIN = 6, 12  # times the paper's noise: less is noise itself; more needs no second look
_DARK_PICTURE = 0.35  # brightness
_EDGE_OF_TWO = 0.03  # of the picture's shorter side: what lies between two levels
_MOST_UNEVEN = 0.12  # of their distance: the spread of either
_BOXED = 0.4  # above or below a half of two sides
_LEAST_OF_TWO = 0.2  # of the picture: less ink than that is told by being less than the paper
_FAINT_PART = 0.5  # of the threshold: ink that goes on from stronger ink, where a thin pen nearly breaks
_MOST_INK = 0.8  # of the picture
_AROUND = 0.3  # of the picture's shorter side: wider than a stroke
_ALONG = 0.5  # of a side of the picture
_HUGS = 0.08  # of the picture: so near its edge
_AS_TALL, _APART = 0.6, 0.06  # of the tallest shape's height: another digit's height, and the way to it
_EDGE_PIXELS = 2  # how far beyond the mask the ink's anti-aliased edge reaches
_EIGHT_NEIGHBOURS = np.ones((3, 3), bool)


def find_ink(grey: np.ndarray) -> np.ndarray:
    """Grey picture -> (height, width) float32, 0 paper to 1 ink, of the digit alone. Raises DrawingError."""
    difference = _difference(grey)
    contrast = _contrast(difference)
    if contrast < _LEAST_CONTRAST:
        raise DrawingError("No digit stands out from the paper: use a picture with a darker pen or better light.")
    threshold = _otsu(difference)
    faint = difference > _FAINT_PART * threshold
    mask = np.asarray(ndimage.binary_propagation(difference > threshold, _EIGHT_NEIGHBOURS, mask=faint), bool)
    digit = _without_what_lies_around(mask)
    if digit.mean() > _MOST_INK:
        raise DrawingError("The picture is all ink: use one that shows a digit on paper.")
    shown = np.asarray(ndimage.binary_dilation(digit, iterations=_EDGE_PIXELS), bool) & ~(mask & ~digit)
    return np.where(shown, np.clip(difference / (2 * threshold), 0, 1), 0).astype(np.float32)


def several(ink: np.ndarray) -> bool:
    """Whether shapes of about the same height stand beside one another, apart: more than one digit."""
    labels, _ = lines.components(ink > 0.5)
    boxes = sorted(
        (columns.start, columns.stop, rows.start, rows.stop) for rows, columns in ndimage.find_objects(labels)
    )
    groups: list[list[int]] = []
    for left, right, top, bottom in boxes:
        if groups and left < groups[-1][1]:  # above or below what is there: a part of the same digit
            first, last, high, low = groups[-1]
            groups[-1] = [first, max(last, right), min(high, top), max(low, bottom)]
        else:
            groups.append([left, right, top, bottom])
    heights = [low - high for _, _, high, low in groups]
    tall = [group for group, height in zip(groups, heights, strict=True) if height > _AS_TALL * max(heights)]
    return any(
        after[0] - before[1] > _APART * max(heights) and min(after[3], before[3]) - max(after[2], before[2]) > 0
        for before, after in pairwise(tall)
    )


def _difference(grey: np.ndarray) -> np.ndarray:
    """From the paper's brightness, positive where there is ink, 0 where there are lines."""
    if (level := _paper_of_two(grey)) is not None:
        return _without_lines((level - grey) * (1 if grey.mean() < level else -1))
    difference = _without_lines(_from_paper(grey))
    contrast = _contrast(difference)
    if contrast < _PLAIN or _runs_along(difference):  # shadows, perhaps
        local = _without_lines(_from_local_paper(grey))
        if not _runs_along(local) and (_runs_along(difference) or _contrast(local) > contrast):
            return local
    return difference


def _without_lines(difference: np.ndarray) -> np.ndarray:
    return np.where(_lines_of(difference), 0, difference)


def _runs_along(difference: np.ndarray) -> bool:
    """Whether what would be ink lies along a side of the picture."""
    mask = difference > _otsu(difference)
    return any(side.mean() > _ALONG for side in (mask[0], mask[-1], mask[:, 0], mask[:, -1]))


def _lines_of(difference: np.ndarray) -> np.ndarray:
    """Lines lighter than the digit are lines as well: what is looked at is all that is no noise."""
    noise = 1.5 * float(np.median(np.abs(difference)))
    return lines.lines(difference > max(_FAINTEST, 4 * noise, 0.12 * float(difference.max())))


def _from_paper(grey: np.ndarray) -> np.ndarray:
    """Difference from the paper's brightness, positive where there is ink, which may be darker or lighter."""
    difference = grey - _paper(grey)
    return -difference if (difference**3).sum() < 0 else difference  # the longer tail is the ink


def _paper_of_two(grey: np.ndarray) -> float | None:
    """The paper's brightness where a picture is cropped to a digit, so that there is about as much ink as paper.

    Two even levels; the paper is what most of the rim shows. None for any other picture.
    """
    darkest = float(grey.min())
    light = grey - darkest > _otsu(grey - darkest)
    if not _LEAST_OF_TWO < light.mean() < 1 - _LEAST_OF_TWO:
        return None
    depth = max(1, round(_EDGE_OF_TWO * min(grey.shape)))
    levels = [grey[np.asarray(ndimage.binary_erosion(part, iterations=depth), bool)] for part in (light, ~light)]
    if not all(len(level) for level in levels):
        return None
    apart = float(levels[0].mean() - levels[1].mean())
    if max(float(level.std()) for level in levels) > _MOST_UNEVEN * apart:
        return None
    return float(np.median(levels[0] if _rim(light, depth) else levels[1]))


def _rim(light: np.ndarray, depth: int) -> bool:
    """Whether most of the rim is light; where a box is drawn along it, most of what follows inside."""
    insets = (slice(None), slice(depth, -depth), slice(2 * depth, -2 * depth))
    parts = [light[inset, inset] for inset in insets]
    first, *further = (np.concatenate([part[0], part[-1], part[:, 0], part[:, -1]]).mean() > 0.5 for part in parts)
    whole = abs(light[0].mean() + light[-1].mean() - 1) > 2 * _BOXED
    return bool(first != (whole and all(other != first for other in further)))


def _from_local_paper(grey: np.ndarray) -> np.ndarray:
    """The same, where the paper's brightness changes at a shadow's edge: it is what surrounds each pixel.

    The ink is dark unless most of the picture is.
    """
    side = max(3, round(_AROUND * min(grey.shape)))
    shown = ndimage.gaussian_filter(grey if np.median(grey) > _DARK_PICTURE else 1 - grey, 1)
    paper = ndimage.gaussian_filter(ndimage.grey_closing(shown, (side, side)), side / 6)
    return paper - shown


def _contrast(difference: np.ndarray) -> float:
    """How much what lies above the threshold is more than the paper's own noise; 0 where it is too faint for ink."""
    mask = difference > _otsu(difference)
    noise = float(np.median(np.abs(difference[~mask]))) if not mask.all() else 0.0
    level = float(np.median(difference[mask])) if mask.any() else 0.0
    return 0.0 if level < _FAINTEST else level / max(noise, 1e-6)


def _paper(grey: np.ndarray) -> np.ndarray:
    """The paper's brightness at every pixel: a quadratic surface, refitted without the pixels that differ from it."""
    height, width = grey.shape
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].astype(np.float32)
    terms = np.stack([np.ones_like(x), x, y, x * y, x * x, y * y], -1)
    step = max(1, max(grey.shape) // 96)
    sampled, levels = terms[::step, ::step].reshape(-1, 6), grey[::step, ::step].ravel()
    near = np.abs(levels - np.median(levels)) <= 0.5 * max(np.ptp(levels), 1e-6)
    surface = np.array([np.median(levels), 0, 0, 0, 0, 0], np.float32)
    for _ in range(8):
        if near.sum() < 20:
            break
        surface = np.linalg.lstsq(sampled[near], levels[near], rcond=None)[0]
        residual = np.abs(levels - sampled @ surface)
        near = residual <= max(3 * np.median(residual), 0.02)
    return terms @ surface


def _otsu(values: np.ndarray) -> float:
    """The threshold above 0 with the largest variance between the two classes (Otsu 1979)."""
    top = max(float(values.max()), 1e-6)
    counts, edges = np.histogram(values, bins=128, range=(0, top))
    middle = (edges[:-1] + edges[1:]) / 2
    counts[0] += int((values < 0).sum())
    below, mass = np.cumsum(counts), np.cumsum(counts * middle)
    above = below[-1] - below
    with np.errstate(divide="ignore", invalid="ignore"):
        between = below * above * (mass / below - (mass[-1] - mass) / above) ** 2
    return float(edges[1:][np.nan_to_num(between).argmax()])


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
    sides = part[0], part[-1], part[:, 0], part[:, -1]
    if not any(side.any() for side in sides):
        return False
    if any(side.mean() > _ALONG for side in sides):
        return True
    y, x = np.nonzero(part)
    away = np.minimum(np.minimum(y, height - 1 - y) / height, np.minimum(x, width - 1 - x) / width)
    return bool((away < _HUGS).mean() > 0.9)
