"""Downloads: a reading's trace, frame and animation, the reader as a page; and a link that opens the reading again."""

from functools import partial

import numpy as np
import streamlit as st

from core.digits import links
from core.reading import tracing
from core.reading.tracing import RowTrace
from dashboard import palette, readers
from dashboard.components.copy_link import copy_link
from dashboard.draw.digit import Digit
from dashboard.draw.pictures import png_of
from dashboard.words import say


def show(digit: Digit, reader: str, trace: RowTrace, beside: str | None) -> None:
    """The row of downloads; files are made when they are asked for."""
    name = f"digit-{trace.digit}"
    files = {
        "npz": (partial(tracing.to_npz_bytes, trace), "application/octet-stream"),
        "csv": (partial(tracing.to_csv, trace), "text/csv"),
        "png": (partial(_frame_png, digit), "image/png"),
        "strips.svg": (partial(_picture, "svg", trace, palette.shown()), "image/svg+xml"),
        "strips.png": (partial(_picture, "png", trace, palette.shown()), "image/png"),
        "gif": (partial(_picture, "gif", trace, palette.shown()), "image/gif"),
        "html": (partial(_page, reader), "text/html"),
    }
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"**{say('draw.downloads')}**", width="content")
        for ending, (make, kind) in files.items():
            st.download_button(
                say(f"draw.download_{ending.replace('.', '_')}"),
                make,
                "page.html" if ending == "html" else f"{name}.{ending}",
                kind,
                key=f"draw_download_{ending.replace('.', '_')}",
                help=say(f"draw.download_{ending.replace('.', '_')}_help"),
                on_click="ignore",
            )
        code = links.encode(digit.frame)
        if code:
            copy_link({"digit": code, "reader": reader} | ({"beside": beside} if beside else {}), key="draw_link")


def _page(reader: str) -> bytes:
    """The reader that answers, in a page that needs no server."""
    from dashboard import takeaway

    return takeaway.page(readers.load(readers.path_of(reader)))


def _frame_png(digit: Digit) -> bytes:
    """28 x 28, white on black, as MNIST's own images are."""
    return png_of(np.rint(digit.frame.pixels * 255).astype(np.uint8))


def _picture(kind: str, trace: RowTrace, colours: dict) -> bytes:
    """The strips of the top layer, or its player as a film, in the theme's colours."""
    from core.reading.animation import to_gif
    from core.reading.strips import Colours, to_png, to_svg

    page = Colours(
        paper=colours["backgroundColor"],
        ink=colours["textColor"],
        accent=colours["primaryColor"],
        signed=tuple(colours["chartDivergingColors"]),
        unsigned=tuple(colours["chartSequentialColors"]),
    )
    return {"svg": to_svg, "png": to_png, "gif": to_gif}[kind](trace, len(trace.h) - 1, page)
