"""A picture drawn in Python as SVG, shown in the theme's colours.

The SVG may use `--ink`, `--paper`, `--faint`, `--line`, `--accent`, `--gate` (an open gate), `--minus` and `--plus`
(the ends of the signed scale) and `--lstm`, `--gru`, `--rnn`.
"""

from pathlib import Path

import streamlit as st

_HERE = Path(__file__).parent
_picture = st.components.v2.component(
    "picture",
    html='<figure class="picture"></figure>\n',
    css=(_HERE / "picture.css").read_text(encoding="utf-8"),
    js=(_HERE / "picture.js").read_text(encoding="utf-8"),
)


def picture(svg: str, key: str) -> None:
    """Shows an SVG of our own making, as wide as its place. It says itself, in `aria-label`, what it shows."""
    _picture(data={"svg": svg}, key=key)
