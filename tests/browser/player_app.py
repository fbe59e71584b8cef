"""A page with nothing but the row player, for the browser tests: what it shows is asked in the URL."""

import numpy as np
import streamlit as st

from core.reading.readers import Reader, reader_of, shapes_of
from core.reading.tracing import RowTrace, Surgery, trace
from dashboard.components.row_player import Options, row_player


def a_frame(number: int) -> np.ndarray:
    """A ring (0) or a bar (1), soft at the rim, (28, 28) in 0 to 1."""
    y, x = np.mgrid[:28, :28] - 13.5
    distance = np.abs(np.hypot(x, y) - 8) if number == 0 else np.abs(x) + np.maximum(0, np.abs(y) - 9)
    return np.clip(2.5 - distance, 0, 1).astype(np.float32)


def scene(
    cell: str, hidden: int, layers: int, number: int = 0, cut: bool = False, wait: int = 0
) -> tuple[Reader, RowTrace]:
    """The reader and the trace that the page shows for these settings; `cut`: half of the frame's rows are blank."""
    random = np.random.default_rng(hidden)
    arrays = {
        name: random.normal(0, 2 * hidden**-0.5, shape).astype(np.float32)
        for name, shape in shapes_of(cell, hidden, layers).items()
    }
    reader = reader_of(arrays, {"config": {"wait": wait}})
    surgery = Surgery(rows=(*range(14), *[-1] * 14)) if cut else None
    return reader, trace(reader, a_frame(number), surgery)


def main() -> None:
    st.set_page_config(layout="wide")
    asked = st.query_params
    runs = st.session_state["runs"] = st.session_state.get("runs", 0) + 1
    number = int(st.toggle("Another frame"))
    st.button("Again")
    settings = (asked.get("cell", "lstm"), int(asked.get("hidden", 12)), int(asked.get("layers", 2)), number)
    compared = "compare" in asked
    wait = int(asked.get("wait", 0))
    reader, shown = scene(*settings, cut=compared, wait=wait)
    layer = asked.get("layer")
    reported = row_player(
        shown,
        reader,
        key="player",
        row=int(asked["row"]) - 1 if "row" in asked else None,
        layer=int(layer) - 1 if layer and layer.isdigit() else layer,
        unit=int(asked["unit"]) - 1 if "unit" in asked else None,
        compare=scene(*settings, wait=wait)[1] if compared else None,
        options=Options(
            play="play" in asked, link="link" in asked, report_row="report" in asked, screen="screen" in asked
        ),
    )
    st.text(f"Runs: {runs}")
    st.text(f"Reported: {reported.get('row')}")


if __name__ == "__main__":
    main()
