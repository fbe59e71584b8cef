"""Makes Back leave a page, whatever was set on it: Streamlit adds a step to the browser's history for each change of
the URL's query, and going back through those would change the URL, but not what the page shows.
"""

from pathlib import Path

import streamlit as st

_JS = Path(__file__).parent / "steady_history.js"
_element = st.components.v2.component("steady_history", js=_JS.read_text(encoding="utf-8"))


def steady_history() -> None:
    """For all pages, from now on."""
    _element(key="steady_history", height=1)
