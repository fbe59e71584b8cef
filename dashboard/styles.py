"""The style sheet of what stands in the page itself; elements bring their own."""

from functools import cache
from pathlib import Path

import streamlit as st

from dashboard import palette

_SHEET = Path(__file__).parent / "styles.css"


def serve() -> None:
    """For every page, at each run: the theme may have changed."""
    st.html(_style(palette.base()))


@cache
def _style(base: str) -> str:
    theme = palette.theme(base)
    colours = f"--accent: {theme['primaryColor']}; --hairline: {theme['borderColor']};"
    return f"<style>:root {{ {colours} }}\n{_SHEET.read_text(encoding='utf-8')}</style>"
