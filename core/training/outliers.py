"""What is no digit, composed of strokes: letters, signs, faces, blots, scribbles. The discriminator learns it.

Outlier exposure (Hendrycks et al. 2019, https://arxiv.org/abs/1812.04606): who has learned to doubt such examples
doubts others as well that it has never seen. What a hasty hand could mean as a digit is left out: C, D, H, I, L, O, S,
T, U, V, Y, Z, a square, a ring with a dot. Strokes as in core.training.strokes; about 1 high.
"""

from itertools import pairwise

import numpy as np
from numpy.random import Generator

from core.training.strokes import Stroke, line, through, turn

_SIGNS = {
    "A": "0 10, 4 0, 8 10; 1.5 6.5, 6.5 6.5",
    "E": "0 0, 0 10; 0 0, 6 0; 0 5, 5 5; 0 10, 6 10",
    "F": "0 0, 0 10; 0 0, 6 0; 0 5, 5 5",
    "K": "0 0, 0 10; 6 0, 0 5.5, 6.5 10",
    "M": "0 10, 0.5 0, 4 7, 7.5 0, 8 10",
    "N": "0 10, 0 0, 6 10, 6 0",
    "P": "0 10, 0 0, 5 0.5, 5.5 4, 0 5",
    "R": "0 10, 0 0, 5 0.5, 5 4, 0 5, 6 10",
    "W": "0 0, 2 10, 4.5 3, 7 10, 9 0",
    "X": "0 0, 7 10; 7 0, 0 10",
    "plus": "4 0, 4 8; 0 4, 8 4",
    "equals": "0 3, 9 3; 0 6, 9 6",
    "tick": "0 6, 3 9, 10 0",
    "triangle": "0 8, 4.5 0, 9 8, 0 8",
    "star": "2 10, 5 0, 8 10, 0 3.5, 10 3.5, 2 10",
    "arrow": "0 4, 10 4; 6.5 1, 10 4, 6.5 7",
    "hash": "3 0, 2 10; 7 0, 6 10; 0 3, 9.5 3; 0 7, 9 7",
    "asterisk": "4.5 0, 4.5 9; 0.5 2, 8.5 7; 8.5 2, 0.5 7",
    "house": "0 4, 5 0, 10 4, 9 4, 9 10, 1 10, 1 4",
    "zigzag": "0 5, 2 1, 4 6, 6 1, 8 6, 10 2",
    "dash": "0 5, 10 4.5",
}
"""Corners of each stroke in tenths of the height."""
_HATCH = 0.06  # from one line of a blot to the next: less than a pen is wide


def compose(count: int, draw: Generator) -> list[list[Stroke]]:
    """`count` of them: half letters and signs, half faces, blots, curls and scribbles."""
    kinds = (_sign, _face, _sign, _blots, _sign, _curl, _sign, _scribble)
    return [kinds[index % len(kinds)](draw) for index in range(count)]


def _sign(draw: Generator) -> list[Stroke]:
    """Each corner a little off its place; wider or narrower."""
    wide = np.array([draw.uniform(0.7, 1.3), 1])
    strokes = []
    for corners in _corners(str(draw.choice(list(_SIGNS)))):
        points = (corners + draw.uniform(-0.06, 0.06, corners.shape)) * wide
        sides = [line(start, end, draw) for start, end in pairwise(points)]
        strokes.append(np.concatenate(sides))
    return strokes


def _corners(sign: str) -> list[np.ndarray]:
    """(n, 2) of each of its strokes."""
    strokes = _SIGNS[sign].split("; ")
    return [np.array([point.split() for point in stroke.split(", ")], float) / 10 for stroke in strokes]


def _face(draw: Generator) -> list[Stroke]:
    """A ring that may be open below, with a mouth and up to three other features; or eyes and a nose."""
    half = np.array([draw.uniform(0.3, 0.5), 0.5])
    open_below = draw.uniform(0, 70)
    angles = np.radians(90 + np.linspace(open_below, 360 - open_below, 32))
    level = draw.uniform(0.35, 0.6)
    mouth = through(np.array([(-0.45, level), (0, level + draw.uniform(-0.05, 0.25)), (0.45, level)]))
    others = [
        line((-0.4, -0.3), (-0.3, -0.3 + draw.uniform(0, 0.1)), draw),
        line((0.3, -0.3), (0.4, -0.3 + draw.uniform(0, 0.1)), draw),
        line((0, -0.1), (draw.uniform(-0.1, 0.1), 0.2), draw),
    ]
    some = [others[index] for index in draw.permutation(3)[: draw.integers(0, 4)]]
    features = [mouth, *some] if draw.random() < 0.8 else others
    ring = np.stack([np.cos(angles), np.sin(angles)], 1)
    return [stroke * half for stroke in (ring, *features)]


def _blots(draw: Generator) -> list[Stroke]:
    """One to three filled shapes, apart or over one another; a single one is far wider than a pen."""
    count = int(draw.integers(1, 4))
    blots = []
    for _ in range(count):
        size = draw.uniform(0.4, 0.75, 2) if count == 1 else draw.uniform(0.15, 0.45, 2)
        if count == 1:
            size[draw.integers(2)] = 0.9
        blots.append(_filled(size / 2, draw) + draw.uniform(0, 0.7, 2) * (count > 1))
    return blots


def _filled(half: np.ndarray, draw: Generator) -> Stroke:
    """Lines to and fro over an ellipse or a rectangle."""
    heights = np.linspace(-1, 1, max(2, round(2 * half[1] / _HATCH)))
    wide = np.sqrt(1 - heights**2) if draw.random() < 0.5 else np.ones_like(heights)
    ends = np.stack([wide, heights], 1)
    ends[1::2, 0] *= -1
    return ends * half


def _curl(draw: Generator) -> list[Stroke]:
    """A spiral, a lying eight, or a heart."""
    kind = draw.integers(3)
    if kind == 0:
        ring = turn(draw.uniform(0, 360), draw.uniform(650, 1100), draw)
        return [ring * np.linspace(1, 0.1, len(ring))[:, None] / 2]
    if kind == 1:
        angles = np.linspace(0, 2 * np.pi, 32) + draw.uniform(0, 2 * np.pi)
        return [np.stack([np.cos(angles), draw.uniform(0.4, 0.8) * np.sin(2 * angles) / 2], 1) / 2]
    right = np.array([(0, 0.3), (0.15, 0.05), (0.4, 0.05), (0.48, 0.3), (0.3, 0.6), (0, 1)])
    right[1:-1] += draw.uniform(-0.05, 0.05, (4, 2))
    return [through(np.concatenate([right, right[-2::-1] * (-1, 1)]))]


def _scribble(draw: Generator) -> list[Stroke]:
    """Four to seven lines or bends, anywhere."""
    return [through(draw.uniform(0, 1, (int(draw.integers(2, 4)), 2))) for _ in range(int(draw.integers(4, 8)))]
