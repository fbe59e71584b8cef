"""A Plotly chart that is updated in place: one node for as long as it is shown, so zoom, hover and legend stay.

`st.plotly_chart` is mounted anew whenever its data changes; this element calls Plotly.react instead. Plotly itself
(4.8 MB) is an element of its own, `plotly_library`: its message never changes, so that it is sent once a session and
an update costs the figure alone.
"""

import json
from pathlib import Path

import plotly
import streamlit as st

_HERE = Path(__file__).parent
_PLOTLY = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
_READY = "\nglobalThis.dispatchEvent(new Event('plotly-ready'));\nexport default () => {};\n"

_library = st.components.v2.component("plotly_library", js=_PLOTLY.read_text(encoding="utf-8") + _READY)
_chart = st.components.v2.component(
    "live_plot",
    html='<div class="live-plot"></div>\n',
    css=(_HERE / "live_plot.css").read_text(encoding="utf-8"),
    js=(_HERE / "live_plot.js").read_text(encoding="utf-8"),
    isolate_styles=False,  # Plotly puts its own style sheet into the document, where a shadow root would not see it
)


def plotly_library() -> None:
    """Gives the browser Plotly. Once on a page, outside any fragment that holds a `live_plot`."""
    _library(key="plotly_library", height=1)


def message_of(figure: dict) -> bytes:
    """`figure` as it is sent: make it once and share it between the sessions that watch the same run."""
    return json.dumps(figure, separators=(",", ":")).encode()


def live_plot(message: bytes, key: str) -> None:
    """Shows `message_of({"data": ..., "layout": ..., "label": ...})`, Plotly's own terms.

    A colour may be one of the theme's: `--st-text-color`, `--st-chart-categorical-colors[2]`, either with an opacity
    behind it, `--st-text-color/0.2`. `label` is what a screen reader says.
    """
    _chart(data=message, key=key)
