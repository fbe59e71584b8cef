"""The ink of a picture, parted into its digits: what stands apart and is as tall as the others is a digit of its own.

Ink here: (height, width) float32, 0 paper to 1 ink. A digit may be of several shapes, as a five with its flag apart.
"""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from scipy import ndimage

from core.digits.boxes import Box, around
from core.digits.lines import components
from core.errors import DrawingError

MOST_DIGITS = 24
_AS_TALL = 0.6  # of the tallest shape's height: another digit's height
_BESIDE = 0.5  # of the lower one's height: so much of two neighbours in a line stands side by side
_APART = 0.06  # of the tallest shape's height: the way to the next digit of the line
_BELOW, _ASIDE = 0.25, 1.0  # of the tallest shape's height: nearer, and not side by side, are parts of one digit
_FAR_BELOW, _INSIDE, _SLENDER = 0.5, 0.9, 2.0
"""Halves of a broken stroke may lie so far apart, of the tallest shape's height, where so much of the narrower one's
width lies within the other's, and both together are at most so many times as high as wide, as two digits are not."""
_MOST_PARTS = (1.5, 1)  # for each digit, and besides: more are the pieces of a broken one
_REMNANT = 0.03  # of the tallest shape's height: thinner is what is left of a line, and no such piece
_BRIDGE = 0.15  # of the tallest shape's height: a stroke that ends so near to the shapes on both its sides joins them
_UPRIGHT = (0.5, 0.85)
"""Ink of two digits, one of them in pieces, and so wide, of its height, is one digit: two side by side are wider, two
in a column narrower."""
_NEAR = 0.2  # of the tallest shape's height: a small shape nearer than that belongs to a digit
_IN_LINE = 0.4  # of the lower one's height: so much of it stands beside the next digit of its line
_MOST_SHAPES = 8 * MOST_DIGITS  # more are a page of writing, or no writing
_EDGE_PIXELS = 2  # how far beyond a shape its anti-aliased edge reaches


def digits_of(ink: np.ndarray) -> list[np.ndarray]:
    """Ink -> the ink (height, width) of each digit, line by line from the top, each from the left. Raises DrawingError.

    The ink of a single digit is all that there is.
    """
    labels, _ = components(ink > 0.5)
    shapes = [_box(*where) for where in ndimage.find_objects(labels)]
    digits = _digits(shapes) if len(shapes) <= _MOST_SHAPES else [[number] for number in range(len(shapes))]
    if len(digits) > MOST_DIGITS:
        raise DrawingError(
            "The picture shows {count} shapes that stand apart; at most {most} digits are read: "
            "crop it to the digits that are meant.",
            count=len(digits),
            most=MOST_DIGITS,
        )
    if len(digits) < 2:
        return [ink]
    return [_cut(ink, labels, [number + 1 for number in digit]) for digit in _in_reading_order(digits, shapes)]


def _box(rows: slice, columns: slice) -> Box:
    return Box(columns.start, rows.start, columns.stop, rows.stop)


def _digits(shapes: Sequence[Box]) -> list[list[int]]:
    """The shapes' numbers, digit by digit; small ones that lie far from every digit are left out."""
    parts = _parts(shapes)
    boxes = [around(shapes[number] for number in part) for part in parts]
    tallest = max((box.height for box in boxes), default=0)
    tall = [place for place, box in enumerate(boxes) if box.height > _AS_TALL * tallest]
    small = sorted(set(range(len(parts))) - set(tall))
    near = {place: min(tall, key=lambda digit: boxes[place].distance(boxes[digit])) for place in small}
    near = {place: one for place, one in near.items() if boxes[place].distance(boxes[one]) <= _NEAR * tallest}

    def bridged(one: int, other: int) -> bool:
        return any(_is_bridge(boxes[tall[one]], boxes[place], boxes[tall[other]], tallest) for place in near)

    found = []
    for group in _joined(len(tall), bridged):
        digit = {tall[place] for place in group}
        digit |= {place for place, one in near.items() if one in digit}
        found.append([number for place in sorted(digit) for number in parts[place]])
    return [] if _are_pieces(shapes, found, tallest) else found


def _is_bridge(one: Box, between: Box, other: Box, tallest: int) -> bool:
    """Whether this stroke leads from the one shape to the other, as the bar of a four that has come apart."""
    ends = max(between.distance(one), between.distance(other)) <= _BRIDGE * tallest
    return ends and between.height > _REMNANT * tallest and between.width >= one.gaps(other)[0] > 0


def _are_pieces(shapes: Sequence[Box], digits: list[list[int]], tallest: int) -> bool:
    """Whether these are no digits but the pieces of a broken one: too many, or more than two digits have room for."""
    each, besides = _MOST_PARTS
    sizes = [min(shapes[number].width, shapes[number].height) for digit in digits for number in digit]
    pieces = sum(size > _REMNANT * tallest for size in sizes)
    if pieces > each * len(digits) + besides:
        return True
    if len(digits) != 2 or len(shapes) == 2:
        return False
    whole = around(shapes[number] for digit in digits for number in digit)
    low, high = _UPRIGHT
    return low * whole.height <= whole.width <= high * whole.height


def _parts(shapes: Sequence[Box]) -> list[list[int]]:
    """The shapes' numbers, those together that are parts of one digit: joined until nothing more belongs together."""
    parts = [[number] for number in range(len(shapes))]
    while True:
        boxes = [around(shapes[number] for number in part) for part in parts]
        tallest = max((box.height for box in boxes), default=0)
        groups = _joined(len(parts), partial(_of_one_digit, boxes, tallest, _in_lines(boxes, tallest)))
        if len(groups) == len(parts):
            return parts
        parts = [[number for place in group for number in parts[place]] for group in groups]


def _in_lines(boxes: Sequence[Box], tallest: int) -> set[int]:
    """The places of those that have a neighbour in a line, as tall as a digit."""
    tall = [place for place, box in enumerate(boxes) if box.height > _AS_TALL * tallest]
    return {
        place
        for place in tall
        if any(_beside(boxes[place], boxes[other]) and boxes[place].gaps(boxes[other])[0] > 0 for other in tall)
    }


def _of_one_digit(boxes: Sequence[Box], tallest: int, in_lines: set[int], one: int, other: int) -> bool:
    across, down = boxes[one].gaps(boxes[other])
    if min(boxes[one].height, boxes[other].height) <= _AS_TALL * tallest:
        return max(across, down) <= _APART * tallest  # what is left of a broken stroke lies at its ends
    if _beside(boxes[one], boxes[other]):
        return across <= _APART * tallest
    if {one, other} <= in_lines:
        return False
    near = down <= _BELOW * tallest and across <= _ASIDE * tallest
    return near or (down <= _FAR_BELOW * tallest and _are_halves(boxes[one], boxes[other]))


def _are_halves(one: Box, other: Box) -> bool:
    whole = around((one, other))
    inside = -one.gaps(other)[0] >= _INSIDE * min(one.width, other.width)
    return inside and whole.height <= _SLENDER * whole.width


def _beside(one: Box, other: Box) -> bool:
    return -one.gaps(other)[1] >= _BESIDE * min(one.height, other.height)


def _joined(count: int, linked: Callable[[int, int], bool]) -> list[list[int]]:
    """0 to count - 1 in groups, any two that are linked in the same one."""
    groups: list[list[int]] = []
    for number in range(count):
        near = [group for group in groups if any(linked(number, member) for member in group)]
        groups = [group for group in groups if group not in near]
        groups.append([number, *(member for group in near for member in group)])
    return groups


def _in_reading_order(digits: list[list[int]], shapes: Sequence[Box]) -> list[list[int]]:
    boxes = [around(shapes[number] for number in digit) for digit in digits]
    following = {place: _next_in_line(place, boxes) for place in range(len(boxes))}
    lines = _joined(len(boxes), lambda one, other: other == following[one] or one == following[other])
    lines.sort(key=lambda line: np.mean([boxes[place].top + boxes[place].bottom for place in line]))
    return [digits[place] for line in lines for place in sorted(line, key=lambda place: boxes[place].left)]


def _next_in_line(place: int, boxes: Sequence[Box]) -> int | None:
    """The nearest of those that begin to the right, at the same height."""
    here = boxes[place]
    beside = [
        other
        for other, box in enumerate(boxes)
        if box.left > here.left and -here.gaps(box)[1] >= _IN_LINE * min(here.height, box.height)
    ]
    return min(beside, key=lambda other: boxes[other].left, default=None)


def _cut(ink: np.ndarray, labels: np.ndarray, numbers: list[int]) -> np.ndarray:
    """The ink of the shapes with these numbers, with its edge."""
    own = np.isin(labels, numbers)
    shown = np.asarray(ndimage.binary_dilation(own, iterations=_EDGE_PIXELS), bool) & (own | (labels == 0))
    return np.where(shown, ink, 0).astype(np.float32)
