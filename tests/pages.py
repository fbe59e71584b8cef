"""A page as AppTest runs it: opened with an address, its buttons pressed; no exception may reach it."""

from functools import cache
from pathlib import Path

from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

# each AppTest looks through the metadata of all packages for components: they stay what they are
manifest_scanner.scan_component_manifests = cache(manifest_scanner.scan_component_manifests)

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
