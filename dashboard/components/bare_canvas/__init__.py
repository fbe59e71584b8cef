"""What st_canvas lacks and has too much of, in its shadow root.

Its toolbar goes: it lies invisible over the canvas's upper right corner, where a stroke that begins there presses its
buttons, and doubles undo and clear in one language. The canvas gets a name for those who hear the page, a place in the
order of the Tab key, and a ring where it has it.
"""

from dashboard.components import component

_element = component("bare_canvas")


def bare_canvas(key: str, name: str) -> None:
    """For the canvas that stands in the same container, which has this key."""
    _element(data={"container": f".st-key-{key}", "name": name}, key=f"{key}_bare", height=1)
