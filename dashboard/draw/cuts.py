"""The digits of the picture that a person has chosen: which one is read, and the frames that were drawn by hand."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from io import BytesIO
from typing import TypeVar

import numpy as np
import streamlit as st
from PIL import Image

from core.digits.boxes import Box
from core.digits.drawing import Frame
from core.digits.pictures import Picture, decode, shrunk
from core.errors import DrawingError
from core.reading.readers import Reader
from core.reading.tracing import read
from dashboard.components.cropper import Cropped, cropper
from dashboard.formats import probability

T = TypeVar("T")
_KEY, _STATE = "draw_cropper", "draw_cuts"
_SHOWN_SIDE = 560  # twice the width in which it is shown


@dataclass
class _Cuts:
    """What a person has done to a picture."""

    picture: str
    """The digest of its content: another picture begins anew."""
    chosen: int = 0
    by_hand: dict[int, Box] = field(default_factory=dict)

    def choose(self, place: int, count: int) -> None:
        """`place` comes from the browser."""
        self.chosen = min(max(0, place), count - 1)

    def crop(self, place: int, box: Box, count: int) -> None:
        self.choose(place, count)
        self.by_hand[self.chosen] = box


def chosen_frame(content: bytes) -> Frame:
    """The digit of a picture file that is read: at first the first. Raises DrawingError."""
    cuts = _cuts(content)
    return _raised(_frame(content, cuts.chosen, cuts.by_hand.get(cuts.chosen)))


def show(content: bytes, reader: Reader | None) -> None:
    """The picture with a frame around each digit, and each with this reader's answer; nothing for no picture."""
    cuts, picture, found = _cuts(content), _opened(content), _found(content)
    if isinstance(picture, DrawingError):
        return
    count = 1 if isinstance(found, DrawingError) else len(found)
    frames = [_frame(content, place, cuts.by_hand.get(place)) for place in range(count)]
    boxes = [cuts.by_hand.get(place, _box(frame, picture)) for place, frame in enumerate(frames)]
    cropper(
        _jpeg(content),
        picture.size,
        _digits(frames, boxes, cuts, reader),
        key=_KEY,
        chosen=cuts.chosen,
        on_choose=lambda place: cuts.choose(place, count),
        on_crop=lambda place, box: cuts.crop(place, box.within(*picture.size), count),
        on_back=lambda place: cuts.by_hand.pop(place, None),
    )


def _cuts(content: bytes) -> _Cuts:
    digest = sha256(content).hexdigest()
    known = st.session_state.get(_STATE)
    if known is None or known.picture != digest:
        known = st.session_state[_STATE] = _Cuts(digest)
    return known


def _digits(
    frames: Sequence[Frame | DrawingError], boxes: Sequence[Box], cuts: _Cuts, reader: Reader | None
) -> list[Cropped]:
    """What is shown of each; the reader answers for those that can be read."""
    readable = [frame.pixels for frame in frames if isinstance(frame, Frame)]
    answers = iter(read(reader, np.stack(readable)) if reader and readable else ())
    digits = []
    for place, (frame, box) in enumerate(zip(frames, boxes, strict=True)):
        pixels = frame.pixels if isinstance(frame, Frame) else None
        found = next(answers, None) if pixels is not None else None
        digits.append(
            Cropped(
                box=box,
                pixels=pixels,
                answer=None if found is None else int(found.argmax()),
                probability="" if found is None else probability(float(found.max())),
                by_hand=place in cuts.by_hand,
            )
        )
    return digits


def _box(frame: Frame | DrawingError, picture: Picture) -> Box:
    """Where a digit was found; where none was, the middle of the picture."""
    if isinstance(frame, Frame) and frame.box:
        return frame.box
    width, height = picture.size
    return Box(width // 4, height // 4, width - width // 4, height - height // 4)


def _frame(content: bytes, place: int, by_hand: Box | None) -> Frame | DrawingError:
    if by_hand:
        return _cut(content, by_hand)
    found = _found(content)
    return found if isinstance(found, DrawingError) else found[min(place, len(found) - 1)]


def _raised(found: T | DrawingError) -> T:
    if isinstance(found, DrawingError):
        raise found
    return found


@st.cache_data(max_entries=8, show_spinner=False)
def _opened(content: bytes) -> Picture | DrawingError:
    try:
        return decode(content)
    except DrawingError as error:
        return error


@st.cache_data(max_entries=8, show_spinner=False)
def _found(content: bytes) -> tuple[Frame, ...] | DrawingError:
    from core.digits.cutting import cut_all  # imports scipy: 0.3 s that few visits to the page need

    try:
        return cut_all(_raised(_opened(content)))
    except DrawingError as error:
        return error


@st.cache_data(max_entries=64, show_spinner=False)
def _cut(content: bytes, box: Box) -> Frame | DrawingError:
    from core.digits.cutting import cut

    try:
        return cut(_raised(_opened(content)), box)
    except DrawingError as error:
        return error


@st.cache_data(max_entries=8, show_spinner=False)
def _jpeg(content: bytes) -> bytes:
    """The picture as it is shown, grey."""
    grey = shrunk(_raised(_opened(content)).grey, _SHOWN_SIDE)
    shown = BytesIO()
    Image.fromarray(np.rint(np.clip(grey, 0, 1) * 255).astype(np.uint8)).save(shown, "JPEG", quality=88)
    return shown.getvalue()
