"""Ten digits written by hand, so that there is one at first sight, and the person's own drawing."""

from functools import cache

import numpy as np
import streamlit as st

from core.digits import links
from core.digits.drawing import Frame, from_strokes
from core.errors import DrawingError
from core.reading.readers import Reader
from core.reading.strips import full_colour
from core.reading.tracing import trace

MINE = "mine"
_STEPS = 8  # points of a curve between two given ones
# x, y in a box of 100, y down; a curve runs through the points of each stroke.
_STROKES = {
    "0": [[(58, 12), (36, 18), (24, 44), (26, 74), (46, 90), (68, 78), (76, 48), (70, 22), (54, 11)]],
    "1": [[(40, 28), (54, 10)], [(54, 10), (52, 40), (50, 70), (48, 92)]],
    "2": [[(26, 32), (36, 14), (58, 12), (68, 28), (58, 50), (38, 72), (24, 88)], [(24, 88), (48, 85), (76, 88)]],
    "3": [[(28, 20), (48, 10), (66, 20), (64, 38), (46, 47)], [(46, 47), (68, 56), (70, 76), (52, 91), (26, 82)]],
    "4": [[(40, 10), (34, 34), (26, 56)], [(26, 56), (50, 56), (78, 53)], [(64, 14), (61, 50), (58, 92)]],
    "5": [
        [(70, 13), (52, 13), (34, 15)],
        [(34, 15), (31, 44)],
        [(31, 44), (54, 40), (70, 56), (64, 80), (44, 91), (24, 82)],
    ],
    "6": [[(62, 10), (42, 28), (30, 56), (34, 82), (52, 91), (68, 78), (64, 60), (48, 55), (33, 68)]],
    "7": [[(24, 16), (48, 15), (74, 14)], [(74, 14), (62, 40), (52, 66), (46, 92)]],
    "8": [
        [(64, 20), (46, 12), (34, 24), (46, 42), (62, 58), (66, 78), (50, 90), (34, 78), (42, 58), (58, 40), (66, 22)]
    ],
    "9": [[(66, 26), (52, 13), (34, 22), (34, 42), (50, 48), (64, 36), (67, 22)], [(67, 22), (65, 52), (60, 92)]],
}


DIGITS = tuple(_STROKES)
ORDER = ("3", "5", "2", "8", "6", "4", "9", "7", "0", "1")
"""In which a cleared canvas shows them."""


def strokes(digit: str) -> list[list[list[float]]]:
    """The digit's strokes on a canvas of 280."""
    return [_curve(np.array(points, float) * 2.8).tolist() for points in _STROKES[digit]]


@cache
def sample(digit: str) -> np.ndarray:
    """The digit's frame (28, 28) float32, 0 to 1."""
    return from_strokes(strokes(digit), width=20, size=280).pixels


def scales(reader: Reader) -> dict[str, float]:
    """Letter -> the value of its full colour, of the reader's states while it reads the samples."""
    traces = [trace(reader, sample(digit)).states() for digit in DIGITS]
    return {letter: full_colour(letter, [states[letter] for states in traces]) for letter in traces[0]}


def _curve(points: np.ndarray) -> np.ndarray:
    """A Catmull-Rom spline through points (N, 2)."""
    ends = np.concatenate([points[:1], points, points[-1:]])
    t = np.linspace(0, 1, _STEPS, endpoint=False)[:, None]
    parts = [
        0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
        for a, b, c, d in zip(ends, ends[1:], ends[2:], ends[3:], strict=False)
    ]
    return np.concatenate([*parts, points[-1:]])


def mine() -> np.ndarray | None:
    """The digit of the Draw page in this session, (28, 28) float32; None where that was not opened yet."""
    return st.session_state.get("frame")


def choices() -> list[str]:
    return ([] if mine() is None else [MINE]) + list(_STROKES)


def is_new(page: str) -> bool:
    """True once on this page for each digit that comes from the Draw page."""
    drawn, seen = mine(), f"{page}_seen"
    mark = None if drawn is None else drawn.tobytes()
    new = mark is not None and st.session_state.get(seen) != mark
    st.session_state[seen] = mark
    return new


def read(text: str) -> str:
    """The choice that ?digit= means: a sample, or a drawing's code, whose drawing is then here. Raises ValueError."""
    if text in _STROKES:
        return text
    try:
        frame = links.decode(text)
    except DrawingError:
        raise ValueError(text) from None
    if mine() is None:
        st.session_state["frame"], st.session_state["frame_label"] = frame.pixels, None
    return MINE


def write(choice: str) -> str:
    """For the URL: the inverse of `read`."""
    drawn = mine()
    if choice != MINE or drawn is None:
        return choice
    return links.encode(Frame(pixels=drawn)) or choice


def frame_of(choice: str) -> np.ndarray:
    drawn = mine()
    return sample(choice) if choice != MINE or drawn is None else drawn


def label_of(choice: str) -> int | None:
    """The true digit; None for a drawing, where it is not known."""
    return st.session_state.get("frame_label") if choice == MINE else int(choice)
