"""The paper of a picture: what its brightness is at every pixel, and so how far each pixel differs from it.

Pictures here: grey (height, width) float32, 0 black to 1 white. A difference is positive where there is ink, which may
be darker than the paper or lighter.
"""

import numpy as np
from scipy import ndimage

from core.digits import lines

FAINTEST = 0.06  # of the range black to white; fainter ink is noise of the paper
ALONG = 0.5  # of a side of the picture: what lies along it goes on beyond the picture
_DARK_PICTURE = 0.35  # brightness
_EDGE_OF_TWO = 0.03  # of the picture's shorter side: what lies between two levels
_MOST_UNEVEN = 0.12  # of their distance: the spread of either
_BOXED = 0.4  # above or below a half of two sides
_LEAST_OF_TWO = 0.2  # of the picture: less ink than that is told by being less than the paper
_AROUND = 0.3  # of the picture's shorter side: wider than a stroke
_PLAIN = 12  # times the paper's noise: what stands out so needs no second look


def difference_of(grey: np.ndarray) -> np.ndarray:
    """From the paper's brightness, positive where there is ink, 0 where there are lines."""
    if (level := _paper_of_two(grey)) is not None:
        return _without_lines((level - grey) * (1 if grey.mean() < level else -1))
    difference = _without_lines(_from_paper(grey))
    found = contrast(difference)
    if found < _PLAIN or _runs_along(difference):  # shadows, perhaps
        local = _without_lines(_from_local_paper(grey))
        if not _runs_along(local) and (_runs_along(difference) or contrast(local) > found):
            return local
    return difference


def contrast(difference: np.ndarray) -> float:
    """How much what lies above the threshold is more than the paper's own noise; 0 where it is too faint for ink."""
    mask = difference > otsu(difference)
    noise = float(np.median(np.abs(difference[~mask]))) if not mask.all() else 0.0
    level = float(np.median(difference[mask])) if mask.any() else 0.0
    return 0.0 if level < FAINTEST else level / max(noise, 1e-6)


def otsu(values: np.ndarray) -> float:
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


def _without_lines(difference: np.ndarray) -> np.ndarray:
    return np.where(_lines_of(difference), 0, difference)


def _lines_of(difference: np.ndarray) -> np.ndarray:
    """Lines lighter than the digit are lines as well: what is looked at is all that is no noise."""
    noise = 1.5 * float(np.median(np.abs(difference)))
    return lines.lines(difference > max(FAINTEST, 4 * noise, 0.12 * float(difference.max())))


def _runs_along(difference: np.ndarray) -> bool:
    """Whether what would be ink lies along a side of the picture."""
    mask = difference > otsu(difference)
    return any(side.mean() > ALONG for side in sides_of(mask))


def _from_paper(grey: np.ndarray) -> np.ndarray:
    """Difference from the paper's brightness, positive where there is ink, which may be darker or lighter."""
    difference = grey - _paper(grey)
    return -difference if (difference**3).sum() < 0 else difference  # the longer tail is the ink


def _paper_of_two(grey: np.ndarray) -> float | None:
    """The paper's brightness where a picture is cropped to a digit, so that there is about as much ink as paper.

    Two even levels; the paper is what most of the rim shows. None for any other picture.
    """
    darkest = float(grey.min())
    light = grey - darkest > otsu(grey - darkest)
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
    first, *further = (np.concatenate(sides_of(part)).mean() > 0.5 for part in parts)
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


def sides_of(part: np.ndarray) -> tuple[np.ndarray, ...]:
    """The four rows and columns at a picture's edge."""
    return part[0], part[-1], part[:, 0], part[:, -1]
