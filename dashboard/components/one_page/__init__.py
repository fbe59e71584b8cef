"""Makes Back leave a page whose settings stand in its URL: Streamlit adds a step to the browser's history for each of
them, and going back through those would change the URL alone.
"""

from pathlib import Path

import streamlit as st

_element = st.components.v2.component(
    "one_page", js=(Path(__file__).parent / "one_page.js").read_text(encoding="utf-8")
)


def one_page() -> None:
    """For the page that is shown."""
    _element(key="one_page", height=1)
