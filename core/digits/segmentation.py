"""The ink of a picture, told from its paper and from what else lies on it.

Pictures here: grey (height, width) float32, 0 black to 1 white.
"""

import numpy as np
from scipy import ndimage

from core.errors import DrawingError

_FAINTEST = 0.06  # of the range black to white; fainter ink is noise of the paper
_SPECK = 0.03  # of the largest component's area; smaller components are dust
_EDGE_PIXELS = 2  # how far beyond the mask the ink's anti-aliased edge reaches
_EIGHT_NEIGHBOURS = np.ones((3, 3), bool)


def find_ink(grey: np.ndarray) -> np.ndarray:
    """Grey picture -> (height, width) float32, 0 paper to 1 ink, of the digit alone. Raises DrawingError."""
    if min(grey.shape) < 8:
        raise DrawingError("The picture is smaller than 8 pixels: use a larger one.")
    difference = _from_paper(grey)
    threshold = _otsu(difference)
    mask = difference > threshold
    _check_contrast(difference, mask)
    digit = _without_dust_and_edge(mask)
    if digit.mean() > 0.6:
        raise DrawingError("The picture is all ink: use one that shows a digit on paper.")
    shown = np.asarray(ndimage.binary_dilation(digit, iterations=_EDGE_PIXELS), bool) & ~(mask & ~digit)
    return np.where(shown, np.clip(difference / (2 * threshold), 0, 1), 0).astype(np.float32)


def _from_paper(grey: np.ndarray) -> np.ndarray:
    """Difference from the paper's brightness, positive where there is ink, which may be darker or lighter."""
    difference = grey - _paper(grey)
    return -difference if (difference**3).sum() < 0 else difference  # the longer tail is the ink


def _check_contrast(difference: np.ndarray, mask: np.ndarray) -> None:
    """Raises DrawingError where what lies above the threshold may be noise of the paper."""
    noise = np.median(np.abs(difference[~mask])) if not mask.all() else 0.0
    level = float(np.median(difference[mask])) if mask.any() else 0.0
    if level < max(_FAINTEST, 6 * noise):
        raise DrawingError("No digit stands out from the paper: use a picture with a darker pen or better light.")


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


def _without_dust_and_edge(mask: np.ndarray) -> np.ndarray:
    """The mask without dust and without what touches the picture's edge, unless nothing else is there."""
    labels = np.zeros(mask.shape, np.int32)
    ndimage.label(mask, _EIGHT_NEIGHBOURS, output=labels)
    areas = np.bincount(labels.ravel())
    areas[0] = 0  # the paper
    inside = areas.copy()
    inside[np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])] = 0
    if inside.max() > _SPECK * areas.max():
        areas = inside
    return (areas >= max(1.0, _SPECK * areas.max()))[labels]
