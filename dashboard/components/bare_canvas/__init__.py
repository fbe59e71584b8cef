"""Takes the toolbar off st_canvas: it lies invisible over the canvas's upper right corner, where a stroke that begins
there presses its buttons, and doubles undo and clear in one language. It lives in the canvas's shadow root.
"""

from pathlib import Path

import streamlit as st

_element = st.components.v2.component(
    "bare_canvas", js=(Path(__file__).parent / "bare_canvas.js").read_text(encoding="utf-8")
)


def bare_canvas(key: str) -> None:
    """For the canvas that stands in the same container, which has this key."""
    _element(data={"container": f".st-key-{key}"}, key=f"{key}_bare", height=1)
