"""The way from any page to a test image on Draw, with the reader that is to read it."""

from urllib.parse import urlencode

import streamlit as st

ROOT = "./"
"""Draw's own address, relative to that of another page."""
_PAGE = "../pages/draw.py"  # as the front door's script lies


def parameters(image: int, reader: str) -> dict[str, str]:
    """image: a test image's number, from 0; in a link it counts from 1, as on the page."""
    return {"image": str(image + 1), "reader": reader}


def to(image: int, reader: str) -> str:
    """The link, relative to another page of the dashboard."""
    return f"{ROOT}?{urlencode(parameters(image, reader))}"


def follow(image: int, reader: str) -> None:
    """Opens it in this session: the rest of the page is not run."""
    st.switch_page(_PAGE, query_params=parameters(image, reader))


def leave() -> None:
    """Opens Draw as it was left."""
    st.switch_page(_PAGE)
