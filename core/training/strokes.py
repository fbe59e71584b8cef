"""The strokes that composed digits are made of: (n, 2), x to the right, y down. `draw` is a NumPy generator."""

import numpy as np
from numpy.random import Generator

Stroke = np.ndarray


def line(start, end, draw: Generator, bend: float = 0.05) -> Stroke:
    """From start to end, bowed to one side by up to `bend` of its length."""
    start, end = np.asarray(start, float), np.asarray(end, float)
    along = end - start
    middle = (start + end) / 2 + draw.uniform(-2, 2) * bend * np.array([-along[1], along[0]])
    return curve(start, middle, end)


def curve(start: np.ndarray, middle: np.ndarray, end: np.ndarray) -> Stroke:
    """The quadratic Bezier curve of three control points, (12, 2)."""
    t = np.linspace(0, 1, 12)[:, None]
    return (1 - t) ** 2 * start + 2 * t * (1 - t) * middle + t**2 * end


def through(points: np.ndarray) -> Stroke:
    """A smooth curve through each of (n, 2) points: Catmull and Rom's, 8 steps from one to the next."""
    p = np.concatenate([points[:1], points, points[-1:]])
    t = np.linspace(0, 1, 9)[:-1, None]
    parts = [
        b + t / 2 * (c - a) + t**2 * (a - 2.5 * b + 2 * c - d / 2) + t**3 / 2 * (3 * (b - c) + d - a)
        for a, b, c, d in zip(p, p[1:], p[2:], p[3:], strict=False)
    ]
    return np.concatenate([*parts, points[-1:]])


def turn(start: float, turned: float, draw: Generator) -> Stroke:
    """Part of the unit circle, in degrees, either way round; a little wider or narrower at its end."""
    angle = np.radians(start + draw.choice((-1, 1)) * np.linspace(0, turned, 28))
    return np.stack([np.cos(angle), np.sin(angle)], 1) * np.linspace(1, draw.uniform(0.85, 1.15), 28)[:, None]
