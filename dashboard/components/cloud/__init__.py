"""The map: thousands of digits as points that move from row to row in the browser, and one's own digit's path.

File of the points, little-endian: int16 (T, M, 2) places, 1 being 32,767; uint8 (M,) digits; uint8 (M,) answers;
uint16 (M,) numbers in the test set; T rows, M digits.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from dashboard.components import component
from dashboard.words import say

_WORDS = (
    *("label", "slider", "row", "play", "pause", "nearest", "awaited", "chosen", "more", "hint", "back", "digits"),
    *("digit", "start", "missing"),
)
_TILES = ("open", "read")
_element = component("cloud", html='<div class="cloud"></div>', like="gallery")


def packed(places: np.ndarray, digits: np.ndarray, answers: np.ndarray, images: np.ndarray) -> bytes:
    """The file of the points: (T, M, 2), (M,), (M,), (M,)."""
    parts = (places.astype("<i2"), digits.astype("u1"), answers.astype("u1"), images.astype("<u2"))
    return b"".join(part.tobytes() for part in parts)


def cloud(
    *,
    points: str | None,
    images: str | None,
    count: int,
    path: Sequence[Sequence[float]],
    opinions: Sequence[int],
    neighbours: Sequence[Sequence[tuple[int, float]]] | None,
    link: str,
    height: int,
    alone: bool,
    key: str,
) -> int | None:
    """The number of the test image that was just opened, from 0, or None.

    points, images: addresses of the points' file and of all test images. path: 28 points of one's own digit, 1 being
    the whole map; opinions: the answer to it after each row. neighbours: of each row, the places among the points
    with their distances, nearest first; None while they are looked for. link: where a tile leads, to which
    the number of its test image is added, from 1. height: pixels at least; alone: as high as the window has room for.
    """
    words = {name: say(f"examine.map_{name}") for name in _WORDS}
    words |= {name: say(f"examine.tile_{name}") for name in _TILES}
    data: dict[str, Any] = {
        "points": points,
        "images": images,
        "count": count,
        "path": path,
        "opinions": opinions,
        "neighbours": neighbours,
        "link": link,
        "height": height,
        "alone": alone,
        "words": words,
    }
    result = _element(data=data, key=key, on_open_change=lambda: None)
    return int(result.open["image"]) if result.open else None
