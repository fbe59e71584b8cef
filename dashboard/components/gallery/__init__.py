"""A gallery of digits, each with its truth, what was answered and how sure; a click on one reports it.

Message: uint32 length of the header, header (JSON, UTF-8), then 784 bytes an image, 0 paper to 255 ink.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import streamlit as st

from dashboard.components import component
from dashboard.words import say

_WORDS = ("label", "open", "read", "remove")
_element = component("gallery", html='<div class="gallery"></div>')


@dataclass(frozen=True, kw_only=True)
class Tile:
    """What stands below an image."""

    truth: int
    answer: int | None = None
    """What the reader says; None where that is not the matter."""
    note: str = ""
    """A number behind it, such as a probability or a distance."""
    id: str = ""
    """What a click reports: a test image's number, from 0, or a drawing's id."""
    link: str | None = None
    """Where a new tab opens it."""


def gallery(
    images: np.ndarray,
    tiles: Sequence[Tile],
    *,
    key: str,
    on_remove: Callable[[str], object] | None = None,
    height: int | None = None,
) -> str | None:
    """Images (N, 28, 28), uint8 or 0 to 1, and as many tiles; the id of the tile that was just opened, or None.

    on_remove: a cross on each tile; it is given the tile's id, as in a callback. height: pixels, beyond which it
    scrolls.
    """
    header = {
        "tiles": [asdict(tile) for tile in tiles],
        "removable": on_remove is not None,
        "height": height,
        "words": {name: say(f"examine.tile_{name}") for name in _WORDS},
    }

    def remove() -> None:
        if on_remove and (gone := (st.session_state.get(key) or {}).get("remove")):
            on_remove(gone["id"])

    result = _element(data=encoded(header, images), key=key, on_open_change=lambda: None, on_remove_change=remove)
    return result.open["id"] if result.open else None


def encoded(header: dict, images: np.ndarray) -> bytes:
    codes = images if images.dtype == np.uint8 else np.rint(images * 255).astype(np.uint8)
    packed = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    return len(packed).to_bytes(4, "little") + packed + codes.tobytes()
