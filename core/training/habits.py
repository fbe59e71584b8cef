"""Digits composed of strokes as many people write them and few of MNIST's and of the pen digits' writers did.

Slashed zeros; ones with a flag or a base line; threes with a flat top; narrow and open fours; fives with the top apart;
sevens with a curl or a bar; eights of two circles, or whose upper loop stays open; nines of a small loop and a tail to
the left. A stroke is (n, 2), x to the right, y down; a composed digit is about 1 high. Lengths are parts of that
height. What is drawn at random comes from `draw`, a NumPy generator.
"""

from collections.abc import Callable

import numpy as np
from numpy.random import Generator

from core.training.strokes import Stroke, curve, line, through, turn


def compose(count: int, zeros: list[list[Stroke]], draw: Generator) -> tuple[list[int], list[list[Stroke]]]:
    """`count` digits, each habit as often: their labels and strokes. `zeros` are people's, to be slashed."""
    habits: list[tuple[int, Callable[[Generator], list[Stroke]]]] = [
        (0, lambda draw: slashed(zeros[draw.integers(len(zeros))], draw)),
        (0, lambda draw: slashed(zeros[draw.integers(len(zeros))], draw)),
        *((1, _one), (1, _one), (3, _three), (4, _four), (5, _five), (7, _seven), (8, _eight), (8, _eight), (9, _nine)),
    ]
    chosen = [habits[index % len(habits)] for index in range(count)]
    return [digit for digit, _ in chosen], [write(draw) for _, write in chosen]


def slashed(zero: list[Stroke], draw: Generator) -> list[Stroke]:
    """A zero with a slash, seldom a backslash, that ends inside the ring or reaches beyond it."""
    points = np.concatenate(zero)
    low, high = points.min(0), points.max(0)
    middle, half = (low + high) / 2, (high - low) / 2
    angle = np.radians(draw.uniform(25, 75))
    reach = half * draw.uniform(0.55, 1.45) * [np.cos(angle), -np.sin(angle)]
    if draw.random() < 0.12:
        reach[0] *= -1
    middle = middle + half * draw.uniform(-0.15, 0.15, 2)
    return [*zero, line(middle + reach, middle - reach * draw.uniform(0.8, 1.1), draw)]


def _one(draw: Generator) -> list[Stroke]:
    """A shaft with a flag, a base line, or both; in one stroke to three."""
    shaft = line((0, 0), (0, 1), draw)
    flag = draw.random() < 0.75
    strokes = [shaft]
    if flag:
        angle, length = np.radians(draw.uniform(25, 65)), draw.uniform(0.12, 0.45)
        tip = line((-length * np.cos(angle), length * np.sin(angle)), (0, 0), draw)
        strokes = [np.concatenate([tip, shaft[1:]])] if draw.random() < 0.6 else [shaft, tip]
    if not flag or draw.random() < 0.6:
        wide = draw.uniform(0.2, 0.75) / 2
        centre = np.array([draw.uniform(-0.3, 0.3) * wide, 1 + draw.uniform(-0.03, 0.02)])
        half = np.array([wide, draw.uniform(-0.06, 0.06)])
        strokes.append(line(centre - half, centre + half, draw))
    return strokes


def _three(draw: Generator) -> list[Stroke]:
    """A flat top, a diagonal back to the middle, or hardly back at all, and a bowl."""
    wide, neck = draw.uniform(0.35, 0.75), draw.uniform(0.22, 0.5)
    start, corner = np.array([0, draw.uniform(-0.04, 0.12)]), np.array([wide, draw.uniform(-0.05, 0.05)])
    back = draw.uniform(0.15, 0.7)  # of the top's width
    waist = np.array([wide * (1 - back), neck])
    top = line(start, corner, draw, bend=0.12)
    return [np.concatenate([top, line(corner, waist, draw)[1:], _bowl(waist, back, draw)])]


def _bowl(waist: np.ndarray, back: float, draw: Generator) -> Stroke:
    """From the waist round to the right, down to 1, and to the left: the wider, the further back the waist is."""
    high, wide = (1 - waist[1]) / 2, draw.uniform(0.1, 0.25) + back * draw.uniform(0.2, 0.4)
    centre = waist + np.array([draw.uniform(-0.05, 0.05), high])
    angles = np.radians(np.linspace(-90, draw.uniform(80, 190), 20))
    end = np.stack([wide * np.cos(angles), high * np.sin(angles)], 1)
    end[10:, 0] -= draw.uniform(0, 0.35) * np.linspace(0, 1, 10)
    return centre + end


def _four(draw: Generator) -> list[Stroke]:
    """Down and across, then the shaft; narrow or open, its tops apart or joined, seldom in one stroke."""
    wide, across = draw.uniform(0.22, 0.7), draw.uniform(0.4, 0.72)
    lean = draw.uniform(-0.05, 0.35) * wide  # of the left stroke: 0 is upright, as in an open four
    left, corner = np.array([lean, draw.uniform(0, 0.15)]), np.array([0, across])
    end = np.array([wide * draw.uniform(1.0, 1.5), across + draw.uniform(-0.08, 0.06)])
    if draw.random() < 0.2:  # the tops joined
        left = np.array([wide * draw.uniform(0.85, 1.0), draw.uniform(0, 0.06)])
    top = np.array([wide + draw.uniform(-0.04, 0.08), draw.uniform(0, 0.35) if left[0] < 0.5 * wide else 0])
    foot = np.array([wide + draw.uniform(-0.12, 0.05), 1])
    hook = np.concatenate([line(left, corner, draw), line(corner, end, draw)[1:]])
    if draw.random() < 0.15:
        return [np.concatenate([hook, line(top, foot, draw)])]
    return [hook, line(top, foot, draw)]


def _five(draw: Generator) -> list[Stroke]:
    """A neck and a bowl, or a bowl alone, and a top that is a stroke of its own, beside the neck or above it."""
    wide, neck = draw.uniform(0.15, 0.5), draw.uniform(0.25, 0.5)
    start = np.array([draw.uniform(-0.02, 0.12), draw.uniform(0, 0.08)])
    waist = np.array([draw.uniform(-0.06, 0.06), neck])
    body = np.concatenate([line(start, waist, draw), _bowl(waist, draw.uniform(0.2, 0.7), draw)[1:]])
    apart = np.array([draw.uniform(-0.05, 0.18), draw.uniform(-0.1, 0.08)])
    top = line(start + apart, start + apart + (wide, draw.uniform(-0.12, 0.08)), draw, bend=0.1)
    return [body, top]


def _seven(draw: Generator) -> list[Stroke]:
    """A top that may begin with a hook or a wave, a shaft that may curl at its foot, and often a bar."""
    wide = draw.uniform(0.4, 0.75)
    top = line((0, draw.uniform(-0.02, 0.06)), (wide, draw.uniform(-0.04, 0.04)), draw)
    top[:, 1] += draw.uniform(0, 0.07) * np.sin(np.linspace(0, 2 * np.pi, len(top)))
    if draw.random() < 0.65:
        serif = top[0] + (draw.uniform(-0.08, 0.08), draw.uniform(0.08, 0.32))
        top = np.concatenate([line(serif, top[0], draw), top[1:]])
    foot = np.array([wide * draw.uniform(0.05, 0.75), 1])
    shaft = line(top[-1], foot, draw, bend=0.12)
    if draw.random() < 0.3:
        curl = foot - np.array([draw.uniform(0.03, 0.18), draw.uniform(-0.02, 0.08)])
        shaft = np.concatenate([shaft, line(foot, curl, draw)])
    strokes = [np.concatenate([top, shaft[1:]])]
    if draw.random() < 0.7:
        at = shaft[int(len(shaft) * draw.uniform(0.3, 0.6))]
        half = draw.uniform(0.12, 0.35) * np.array([1, -np.tan(np.radians(draw.uniform(-15, 30)))])
        strokes.append(line(at - half, at + half * draw.uniform(0.7, 1.3), draw))
    return strokes


def _eight(draw: Generator) -> list[Stroke]:
    """Two circles, one above the other or beside it, that touch, cross or nearly do; or a double bend left open."""
    return _circles(draw) if draw.random() < 0.5 else _open_eight(draw)


def _circles(draw: Generator) -> list[Stroke]:
    """The upper one smaller, as a rule; each begins anywhere, and may end before or after it is closed."""
    high = draw.uniform(0.36, 0.54)  # of the upper one; the lower has the rest
    sizes = np.array([[high * draw.uniform(0.7, 1.3), high], [(1 - high) * draw.uniform(0.7, 1.2), 1 - high]]) / 2
    meet = draw.uniform(-0.08, 0.03)  # below 0 they cross
    shift = draw.uniform(-0.5, 0.5) * sizes[0, 0]
    centres = np.array([[shift, sizes[0, 1]], [0, 2 * sizes[0, 1] + meet + sizes[1, 1]]])
    return [
        centre + size * turn(draw.uniform(0, 360), draw.uniform(300, 390), draw)
        for centre, size in zip(centres, sizes, strict=True)
    ]


def _open_eight(draw: Generator) -> list[Stroke]:
    """An S, then up again: the line back crosses it in the middle and ends beside where it began, or short of that."""
    wide, waist = draw.uniform(0.22, 0.4), draw.uniform(0.4, 0.52)
    lower = wide * draw.uniform(0.85, 1.3)
    side = np.array([draw.uniform(0.35, 1.05) * wide, draw.uniform(0.02, 0.24)])  # where it begins, at the right
    points = [side, (0, 0), (-wide, waist * 0.45), (0, waist), (lower, (1 + waist) / 2), (0, 1)]
    points += [(-lower, (1 + waist) / 2), (draw.uniform(-0.06, 0.06), waist + draw.uniform(-0.04, 0.06))]
    points += [side + np.array([draw.uniform(-0.05, 0.3), draw.uniform(-0.06, 0.22)])]
    return [through(np.array(points, float))]


def _nine(draw: Generator) -> list[Stroke]:
    """A small loop, then a tail that goes straight down or bends to the left."""
    high, wide = draw.uniform(0.13, 0.27), draw.uniform(0.12, 0.3)
    begin = draw.uniform(-60, 20)
    angles = np.radians(np.linspace(begin, begin - draw.uniform(300, 370), 28))
    loop = np.stack([wide * np.cos(angles), high + high * np.sin(angles)], 1)
    knee = np.array([wide + draw.uniform(-0.05, 0.03), draw.uniform(0.5, 0.8)])
    foot = np.array([wide - draw.uniform(0, 0.6), 1])
    side = np.array([wide, draw.uniform(0.1, 0.5) * 2 * high])
    return [np.concatenate([loop, curve(side, knee, foot)])]
