"""A Plotly chart that is updated in place: one node for as long as it is shown, so zoom, hover and legend stay.

`st.plotly_chart` is mounted anew whenever its data changes; this element calls Plotly.react instead. Plotly itself
(4.8 MB) is a file that the browser fetches once, from the plotly package's own folder, where it comes in a message of
the session every page load would send and compile it anew.
"""

import json
from functools import cache
from html import escape
from importlib.util import find_spec
from pathlib import Path

import streamlit as st
import streamlit.components.v1 as served

from dashboard.components import component

_BASE = st.get_option("server.baseUrlPath").strip("/")
_ADDRESS = f"{'/' + _BASE if _BASE else ''}/component/{__name__}.plotly/plotly.min.js"

_chart = component(
    "live_plot",
    html=f'<div class="tokens live-plot" data-plotly="{escape(_ADDRESS)}"></div>',
    isolate_styles=False,  # Plotly puts its own style sheet into the document, where a shadow root would not see it
)


@cache
def _serve_plotly() -> None:
    """A component of the first kind is served as a folder of files; this one is never shown itself."""
    served.declare_component("plotly", path=Path(find_spec("plotly").origin).parent / "package_data")


def message_of(figure: dict) -> bytes:
    """`figure` as it is sent: make it once and share it between the sessions that watch the same run."""
    return json.dumps(figure, separators=(",", ":")).encode()


def live_plot(message: bytes, key: str) -> None:
    """Shows `message_of({"data": ..., "layout": ..., "label": ...})`, Plotly's own terms.

    A colour may be one of the theme's: `--st-text-color`, `--st-chart-categorical-colors[2]`, either with an opacity
    behind it, `--st-text-color/0.2`. `label` is what a screen reader says.
    """
    _serve_plotly()
    _chart(data=message, key=key)


def expect_live_plot(key: str) -> None:
    """Lets the browser load Plotly while the person rests on a page without a chart: the next page has one."""
    _serve_plotly()
    _chart(data=b"", key=key, height=1)
