"""Browser elements, each a folder: Python, JavaScript modules, style sheets. `component` makes one of its folder."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit.components.v2 as elements

from dashboard.components.modules import joined

if TYPE_CHECKING:
    from streamlit.components.v2.types import ComponentRenderer as Renderer

HERE = Path(__file__).parent


def component(
    name: str,
    html: str = "",
    *,
    entry: str | None = None,
    isolate_styles: bool = True,
    constants: Mapping[str, str] | None = None,
    like: str | None = None,
) -> "Renderer":
    """The element of the folder `name`: its entry file (NAME.js) with what that imports, and its style sheets.

    The entry's own sheet comes first, then the others; before them all tokens.css, the custom properties that the
    elements share. `isolate_styles=False` puts the element into the page itself: its root then has the class `tokens`.
    constants: texts that the script finds under these names, such as the script of a worker. like: another element
    whose style sheets this one needs too.
    """
    folder = HERE / name
    script = folder / (entry or f"{name}.js")
    css = "\n".join(sheets(name, script.stem)) if any(folder.glob("*.css")) else None
    if css and like:
        css += "\n" + "\n".join(sheets(like, like)[1:])
    given = "".join(f"const {name} = {json.dumps(text)};\n" for name, text in (constants or {}).items())
    return elements.component(
        name, html=html or None, css=css, js=given + joined(script), isolate_styles=isolate_styles
    )


def sheets(name: str, first: str = "") -> list[str]:
    """tokens.css and the style sheets of the folder `name`, that of the entry `first` before the others."""
    own = sorted((HERE / name).glob("*.css"), key=lambda sheet: (sheet.stem != first, sheet.name))
    return [sheet.read_text(encoding="utf-8") for sheet in [HERE / "tokens.css", *own]]
