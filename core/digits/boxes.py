"""Boxes: upright rectangles of a picture's pixels."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np


class Box(NamedTuple):
    """In pixels of its picture; right and bottom lie beyond its last ones."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def height(self) -> int:
        return self.bottom - self.top

    def gaps(self, other: "Box") -> tuple[int, int]:
        """How far the other one is, across and down; negative for as much as they lie over one another."""
        across = max(self.left, other.left) - min(self.right, other.right)
        return across, max(self.top, other.top) - min(self.bottom, other.bottom)

    def distance(self, other: "Box") -> float:
        """From edge to edge, 0 where they meet."""
        across, down = self.gaps(other)
        return float(np.hypot(max(0, across), max(0, down)))

    def within(self, width: int, height: int) -> "Box":
        """Its part in a picture of this size, at least a pixel."""
        left, top = min(max(0, self.left), width - 1), min(max(0, self.top), height - 1)
        return Box(left, top, min(max(left + 1, self.right), width), min(max(top + 1, self.bottom), height))


def around(boxes: Iterable[Box]) -> Box:
    """The smallest box that holds them all."""
    left, top, right, bottom = zip(*boxes, strict=True)
    return Box(min(left), min(top), max(right), max(bottom))
