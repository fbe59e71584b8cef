"""The theme's colours for what stands in the page itself, whose style sheet is in the document's head."""

from functools import cache

import streamlit as st

from dashboard import palette


def serve() -> None:
    """For every page, at each run: the theme may have changed."""
    st.html(_style(palette.base()))


@cache
def _style(base: str) -> str:
    theme = palette.theme(base)
    colours = f"--accent: {theme['primaryColor']}; --hairline: {theme['borderColor']};"
    return f"<style>:root {{ {colours} }}</style>"
