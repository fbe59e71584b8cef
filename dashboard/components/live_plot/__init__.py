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
from typing import NamedTuple

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
    """A version 1 component is served as a folder of files; this one is never shown itself."""
    spec = find_spec("plotly")
    assert spec is not None and spec.origin is not None  # noqa: PT018 - one fact: the package is installed
    served.declare_component("plotly", path=Path(spec.origin).parent / "package_data")


class PlotMessage(NamedTuple):
    """A figure as it is sent: make it once and share it between the sessions that watch the same run."""

    content: bytes
    height: int
    """Of the chart, in pixels."""


def message_of(figure: dict) -> PlotMessage:
    """The message for `{"data": ..., "layout": ..., "label": ...}`, Plotly's own terms; its layout has a height.

    A colour may be one of the theme's: `--st-text-color`, `--st-chart-categorical-colors[2]`, either with an opacity
    behind it, `--st-text-color/0.2`. `label` is what a screen reader says.
    """
    return PlotMessage(json.dumps(figure, separators=(",", ":")).encode(), figure["layout"]["height"])


def live_plot(message: PlotMessage, key: str) -> None:
    """Shows the figure. Its place is kept from the first paint, so that nothing moves when Plotly has drawn it."""
    _serve_plotly()
    _chart(data=message.content, key=key, height=message.height)


def expect_live_plot(key: str) -> None:
    """Lets the browser load Plotly while the person rests on a page without a chart: the next page has one."""
    _serve_plotly()
    _chart(data=b"", key=key, height=1)
