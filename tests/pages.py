"""A page as AppTest runs it: opened with an address, its buttons pressed; no exception may reach it."""

from pathlib import Path

from streamlit.testing.v1 import AppTest

_PAGES = Path(__file__).parents[1] / "dashboard" / "pages"
_PATIENCE_SECONDS = 180
"""A page may have to import torch, beside other work."""


def open_page(name: str, **query: str) -> AppTest:
    """The page of dashboard/pages/NAME.py at this address."""
    page = AppTest.from_file(str(_PAGES / f"{name}.py"), default_timeout=_PATIENCE_SECONDS)
    page.query_params.update(query)
    page.run()
    assert not page.exception
    return page


def clicked(page: AppTest, key: str) -> AppTest:
    page.button(key=key).click().run()
    assert not page.exception
    return page
