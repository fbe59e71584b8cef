"""The tour: eight steps through the real pages, each of which points at a control and waits until it has been used.

It is offered in the header on the first visit of a browser, which also remembers how far the person came. `?tour=N`
opens it at step N. The steps are in steps.js, what they say in words/tour.toml.
"""

from functools import cache

from dashboard.components import component
from dashboard.words import language, texts

_PAGES = ("draw", "train", "examine", "learn")
_element = component("tour", html='<div class="tour"></div>')


def tour(page: str) -> str | None:
    """In the header of the page of this name; returns the name of the page that the person wants to be led to."""
    data = {"page": page, "words": _words(language())}
    # styles.css puts it into the header, by its key
    return _element(data=data, key="tour", on_go_change=lambda: None, width="content", height="content").go


@cache
def _words(language: str) -> dict[str, str]:
    """language: say's own; one set for each."""
    names = [key.partition(".")[2] for key in texts() if key.startswith("tour.")]
    return {name: texts()[f"tour.{name}"][language] for name in names} | {
        f"page_{name}": texts()[f"app.{name}"][language] for name in _PAGES
    }
