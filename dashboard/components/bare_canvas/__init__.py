"""Takes the toolbar off st_canvas: it lies invisible over the canvas's upper right corner, where a stroke that begins
there presses its buttons, and doubles undo and clear in one language. It lives in the canvas's shadow root.
"""

from dashboard.components import component

_element = component("bare_canvas")


def bare_canvas(key: str) -> None:
    """For the canvas that stands in the same container, which has this key."""
    _element(data={"container": f".st-key-{key}"}, key=f"{key}_bare", height=1)
