"""A button that copies a link to this very page: its URL as it is, the row, layer and unit of the player included."""

from dashboard.components import component
from dashboard.words import say

_element = component("copy_link", html='<button type="button" class="copy-link"></button>')


def copy_link(parameters: dict[str, str], key: str) -> None:
    """parameters: what the link says beside what the page's URL says at the time of the click."""
    words = {name: say(f"draw.link_{name}") for name in ("copy", "copied", "help")}
    _element(data={"parameters": parameters, "words": words}, key=key, width="content", height="content")
