"""The row player: one trace, scrubbed in the browser without a server round trip.

    row_player(trace, reader, key="player")

Shapes: T rows, D = 28 pixels, H hidden, L layers, K = 10 digits, S shown units.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from core.reading.readers import Reader
from core.reading.tracing import RowTrace
from dashboard.components import component
from dashboard.components.modules import joined
from dashboard.components.row_player.message import encode

_WORKER = joined(Path(__file__).parents[1] / "network" / "worker.js")
_ELEMENT = component("row_player", html='<div class="player-root"></div>', constants={"NETWORK_WORKER": _WORKER})


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What stands above the strips beside the answer itself, which the browser takes from the trace."""

    notices: tuple[str, ...] = ()
    """Sentences about this very digit."""
    strokes: int = 0
    """How many the person has drawn."""


@dataclass(frozen=True, kw_only=True)
class Live:
    """The canvas whose pen is heard, and the network that reads what it draws before the pen is lifted."""

    container: str
    """CSS selector of the box that holds the canvas."""
    size: int
    """The canvas's side, in its pixels."""
    width: float
    """The pen's, likewise."""
    paths: list
    """What is on the canvas: a list of path commands (M, L, Q) for each stroke."""
    start: int = 0
    """Counts what the page itself has put on the canvas: after that, no stroke is on its way from it any more."""


@dataclass(frozen=True, kw_only=True)
class Film:
    """A run's training: the networks that were kept on its way, to read what is shown."""

    run: str
    at: int | None
    """The step of the reader whose trace is sent; None: the run's weights as they are now."""
    steps: list[dict[str, Any]]
    """{"step", "address" of its .safetensors file} of every kept network, oldest first; the last one's step is None."""


def row_player(
    trace: RowTrace,
    reader: Reader,
    *,
    key: str,
    original: Sequence[np.ndarray] | str | None = None,
    row: int | None = None,
    layer: int | str | None = None,
    unit: int | None = None,
    compare: RowTrace | None = None,
    play: bool = False,
    link: bool = False,
    digit: str | None = None,
    report_row: bool = False,
    row_height: int | None = None,
    notice: str | None = None,
    screen: bool = False,
    scales: dict[str, float] | None = None,
    answer: Answer | None = None,
    live: Live | None = None,
    weights: str | None = None,
    film: Film | None = None,
) -> int | None:
    """Mounts the player and returns the row that it reports, or None.

    trace, reader: what is shown, and whose trace it is (its readout says which unit speaks most for the answer).
    key: the element's key; keep it from run to run, so that cursor, layer, unit and order stay as they were.
    original: the drawing as drawn, shown with the same row marked: strokes, each (N, 2) x, y in frame pixels
        (0 to 28, y down), or a data URL of a square picture that covers the frame's own square.
    row, layer, unit: where to start, counted from 0 (layer "all": every layer). None, or one that does not exist: the
        last row, the top layer, the unit that speaks most for the answer. They move the cursor when they differ from
        the run before; else what the person set stays.
    compare: another trace of the same frame and shape (before surgery): its opinion stands beside this one's, its
        lines under the followed unit's, and the strips can show the difference.
    play: plays once whenever a new trace arrives (not where the person's system asks for reduced motion).
    link: keeps ?row=, ?layer= and ?unit= (counted from 1, as on the screen) of the page's URL up to date, without
        a rerun. For one player a page.
    digit: with `link`, what ?digit= says from now on; None: nothing.
    report_row: when the cursor has rested for 0.4 s, its row (from 0) is returned in a rerun. Else no rerun ever.
    row_height: pixels of a row; None: what fits the width.
    notice: what to notice, in place of the player's own line.
    screen: rows as high as the window has room for, so that all strips are seen without scrolling.
    scales: letter -> the value of its full colour; those left out follow from the trace.
    answer: shows the answer above the strips.
    live: reads what the pen draws on a canvas of the same page while it is down.
    weights: address of the reader's .safetensors file, for reading in the browser: the pen's drawing, and what is
        shown under surgery. None: the server answers alone.
    film: a slider over the run's training, each of whose networks reads what is shown.

    Scrubbing costs no rerun. One message of about 100 KiB a trace; where a reader is larger, every n-th unit of it
    is sent, and the player says so.
    """
    start = {
        "row": _within(row, len(trace.x)),
        "layer": layer if isinstance(layer, str) else _within(layer, len(trace.h)),
        "unit": _within(unit, trace.h.shape[-1]),
    }
    data = encode(
        trace,
        reader,
        original=original,
        start=start,
        compare=compare,
        scales=scales or {},
        options={
            "play": play,
            "link": link,
            "digit": digit,
            "report": report_row,
            "rowHeight": row_height,
            "notice": notice,
            "screen": screen,
            "answer": answer and asdict(answer),
            "live": live and asdict(live),
            "weights": weights,
            "film": film and asdict(film),
        },
    )
    callbacks: dict[str, Any] = {"on_row_change": lambda: None} if report_row else {}
    result = _ELEMENT(data=data, key=key, **callbacks)
    return result.row if report_row else None


def _within(index: int | None, count: int) -> int | None:
    """The index, or None where there is none such: links can ask for anything."""
    return index if index is not None and 0 <= index < count else None
