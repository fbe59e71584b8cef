"""The canvas: freehand strokes as vectors, with undo, clear and a pen of any width."""

import base64
from collections.abc import Callable
from html import escape

import numpy as np
import streamlit as st
from streamlit_drawable_canvas import st_canvas

from core.digits import links
from core.digits.drawing import PEN_RADIUS, SIDE, Frame, from_canvas, from_strokes
from dashboard import palette
from dashboard.components.bare_canvas import bare_canvas
from dashboard.components.row_player import Live
from dashboard.draw.digit import Digit, given, next_sample, standing
from dashboard.words import say

CANVAS = 280
_KEY, _WIDTH = "draw_canvas", "draw_width"
_OBJECTS, _START, _INK, _UNDONE = "draw_objects", "draw_start", "draw_ink", "draw_undone"
_THINNEST, _USUAL, _THICKEST = 6, 18, 36
_FONT = 'font-family="system-ui, sans-serif" font-size="1.3"'
_ROUND = {"strokeLineCap": "round", "strokeLineJoin": "round"}
_BOX = f"{_KEY}_box"  # styles.css gives it the canvas's height


def drawn() -> Digit:
    """What is on the canvas, or, while it is empty, the sample behind it. Raises DrawingError."""
    _prepare(palette.shown()["textColor"])
    strokes = from_canvas({"objects": st.session_state[_OBJECTS]})
    if not strokes:
        return given()
    width = st.session_state.get(_WIDTH, _USUAL)
    code = links.encode_drawing(links.Drawing(paths=_paths(), width=width))
    record = {"strokes": strokes, "width": width, "size": CANVAS}
    return Digit(from_strokes(strokes, width, CANVAS), record=record, code=code)


def canvas() -> None:
    """The canvas and its controls."""
    ink = palette.shown()["textColor"]
    sample, objects = given(), st.session_state[_OBJECTS]
    hint = say("draw.hint_linked" if sample.label is None else "draw.hint")
    with st.container(key=_BOX, gap=None):
        st_canvas(
            stroke_width=st.session_state.get(_WIDTH, _USUAL),
            stroke_color=ink,
            background_image=None if objects else _ghost(sample.frame, ink, hint),
            initial_drawing=st.session_state[_START],
            width=CANVAS,
            height=CANVAS,
            key=_KEY,
            on_change=_take,
        )
        bare_canvas(_BOX, say("draw.canvas"))
    _controls(objects)


def live() -> Live:
    """For the player: the canvas whose pen it hears."""
    width, start = st.session_state.get(_WIDTH, _USUAL), st.session_state[_START]["count"]
    return Live(container=f".st-key-{_BOX}", size=CANVAS, width=width, paths=_paths(), start=start)


def _paths() -> list:
    return [item["path"] for item in st.session_state[_OBJECTS] if item.get("type", "").lower() == "path"]


def _prepare(ink: str) -> None:
    """Objects that a fresh canvas starts from: of the page's address at first, after another page was shown, or when
    the ink's colour changed."""
    if _OBJECTS not in st.session_state:
        st.session_state[_OBJECTS] = []
        if drawing := standing():
            st.session_state[_WIDTH] = min(_THICKEST, max(_THINNEST, round(drawing.width)))
            st.session_state[_OBJECTS] = [_object(path, drawing.width) for path in drawing.paths]
    objects = st.session_state[_OBJECTS]
    if _KEY not in st.session_state or st.session_state.get(_INK) != ink:
        st.session_state[_INK] = ink
        _restart([item | {"stroke": ink} for item in objects])


def _object(path: list, width: float) -> dict:
    """A stroke as the canvas keeps it."""
    return {"type": "path", "path": path, "fill": None, "strokeWidth": width} | _ROUND


def _restart(objects: list[dict]) -> None:
    """Puts these objects on the canvas; the count makes the browser load them even where they were loaded before."""
    count = st.session_state.get(_START, {}).get("count", 0) + 1
    st.session_state[_OBJECTS], st.session_state[_START] = objects, {"objects": objects, "count": count}


def _take() -> None:
    """A stroke was finished, or the canvas loaded what it was told to."""
    drawing = st.session_state[_KEY].get("drawing") or {}
    objects = (drawing.get("raw") or {}).get("objects", [])
    if len(objects) > len(st.session_state.get(_OBJECTS, [])):
        st.session_state[_UNDONE] = []  # a new stroke: what was taken back is over
    st.session_state[_OBJECTS] = objects


def _undo() -> None:
    *kept, last = st.session_state[_OBJECTS]
    st.session_state.setdefault(_UNDONE, []).append(last)
    _restart(kept)


def _redo() -> None:
    _restart([*st.session_state[_OBJECTS], st.session_state[_UNDONE].pop()])


def _clear() -> None:
    st.session_state[_UNDONE] = []
    _restart([])
    next_sample()


def _controls(objects: list[dict]) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="draw_tools"):
        _tool("undo", "undo", _undo, bool(objects))
        _tool("redo", "redo", _redo, bool(st.session_state.get(_UNDONE)))
        if objects:
            _tool("clear", "delete", _clear)
        else:
            _tool("another", "refresh", _clear)
        with st.popover("", icon=":material/line_weight:", help=say("draw.width"), key="draw_pen", width="content"):
            st.slider(
                say("draw.width"), _THINNEST, _THICKEST, _USUAL, key=_WIDTH, help=say("draw.width_help"), format="%d px"
            )


def _tool(name: str, icon: str, act: Callable[[], None], enabled: bool = True) -> None:
    key = "draw_clear" if name == "another" else f"draw_{name}"
    explained = f"{say(f'draw.{name}')}: {say(f'draw.{name}_help')}"
    st.button("", icon=f":material/{icon}:", help=explained, disabled=not enabled, on_click=act, key=key)


def _ghost(frame: Frame, ink: str, hint: str) -> str:
    """The sample as a faint picture behind the canvas: it goes with the first stroke, and no stroke is lost for it."""
    size = f'width="{CANVAS}" height="{CANVAS}" viewBox="0 0 {SIDE} {SIDE}"'
    if frame.strokes is None:
        inside = _pixels(frame.pixels, ink)
    else:
        inside = "".join(f'<polyline points="{_points(stroke)}"/>' for stroke in frame.strokes)
    style = f'fill="none" stroke="{ink}" stroke-width="{2 * PEN_RADIUS}" stroke-linecap="round" stroke-linejoin="round"'
    words = f'<text x="14" y="27" text-anchor="middle" fill="{ink}" opacity="0.65" {_FONT}>{escape(hint)}</text>'
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" {size}><g opacity="0.3" {style}>{inside}</g>{words}</svg>'
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()


def _points(stroke: np.ndarray) -> str:
    points = stroke if len(stroke) > 1 else np.repeat(stroke, 2, axis=0)
    return " ".join(f"{x:.2f},{y:.2f}" for x, y in points)


def _pixels(pixels: np.ndarray, ink: str) -> str:
    rows, columns = np.nonzero(pixels)
    return "".join(
        f'<rect x="{j}" y="{i}" width="1" height="1" stroke="none" fill="{ink}" opacity="{pixels[i, j]:.2f}"/>'
        for i, j in zip(rows.tolist(), columns.tolist(), strict=True)
    )
