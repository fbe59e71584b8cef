"""The digits of a picture: a frame around each, which can be dragged, and below them what the network receives."""

from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from core.digits.boxes import Box
from dashboard.components import component
from dashboard.words import say

_WORDS = ("label", "picture", "tile", "unread", "frame", "hint", "hint_several", "hint_unread", "back")
_element = component("cropper", html='<div class="cropper"></div>', like="gallery")


@dataclass(frozen=True, kw_only=True)
class Cropped:
    """A digit of the picture, as it is shown."""

    box: Box
    """In the picture's pixels."""
    pixels: np.ndarray | None = None
    """(28, 28), 0 to 1: what the network receives; None where nothing in the box can be read."""
    answer: int | None = None
    probability: str = ""
    by_hand: bool = False
    """Whether a person has moved the frame."""


def cropper(
    picture: bytes,
    size: tuple[int, int],
    digits: Sequence[Cropped],
    *,
    key: str,
    chosen: int,
    on_choose: Callable[[int], None],
    on_crop: Callable[[int, Box], None],
    on_back: Callable[[int], object],
) -> None:
    """picture: a JPEG; size: width and height of what the boxes are in.

    The callbacks are given a digit's place, from 0.
    on_choose: a digit was clicked. on_crop: its frame was dragged or resized, to this box. on_back: the frame that was
    found is wanted back.
    """
    data: dict[str, Any] = {
        "picture": "data:image/jpeg;base64," + b64encode(picture).decode(),
        "size": list(size),
        "digits": [_entry(digit) for digit in digits],
        "chosen": chosen,
        "words": {name: say(f"draw.crop_{name}") for name in _WORDS},
    }

    def take(name: str) -> dict:
        return (st.session_state.get(key) or {}).get(name) or {}

    def choose() -> None:
        if event := take("choose"):
            on_choose(int(event["place"]))

    def crop() -> None:
        if event := take("crop"):
            on_crop(int(event["place"]), Box(*(round(float(edge)) for edge in event["box"])))

    def back() -> None:
        if event := take("back"):
            on_back(int(event["place"]))

    _element(data=data, key=key, on_choose_change=choose, on_crop_change=crop, on_back_change=back)


def _entry(digit: Cropped) -> dict[str, Any]:
    codes = None if digit.pixels is None else b64encode(np.rint(digit.pixels * 255).astype(np.uint8).tobytes()).decode()
    entry = {"box": list(digit.box), "pixels": codes, "answer": digit.answer}
    return entry | {"probability": digit.probability, "by_hand": digit.by_hand}
