"""The row player: one trace, scrubbed in the browser without a server round trip.

    row_player(trace, reader, key="player")

Shapes: T rows, D = 28 pixels, H hidden, L layers, K = 10 digits, S shown units.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from core.errors import ConfigError
from core.reading.readers import Reader
from core.reading.surgery import Clamp, Surgery
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


@dataclass(frozen=True, kw_only=True)
class Options:
    """What a page asks of the player besides the trace."""

    play: bool = False
    """Plays once whenever a new trace arrives (not where the person's system asks for reduced motion)."""
    link: bool = False
    """Keeps ?row=, ?layer= and ?unit= (counted from 1, as on the screen) of the page's URL up to date, without a
    rerun. For one player a page."""
    digit: str | None = None
    """With `link`, what ?digit= says from now on; None: nothing."""
    report_row: bool = False
    """When the cursor has rested for 0.4 s, its row (from 0) is returned in a rerun. Else no rerun ever."""
    report_surgery: bool = False
    """When the hand has rested for 0.4 s, what is done to the network (`surgery_of` reads it) is returned in a rerun;
    None: nothing."""
    screen: bool = False
    """Rows as high as the window has room for, so that all strips are seen without scrolling."""
    answer: Answer | None = None
    """Shows the answer above the strips."""
    live: Live | None = None
    """Reads what the pen draws on a canvas of the same page while it is down."""
    weights: str | None = None
    """Address of the reader's .safetensors file, for reading in the browser: the pen's drawing, and what is shown
    under surgery. None: the server answers alone."""
    alike: dict[str, str] | None = None
    """What Examine's address says beside the followed unit, for a link to the digits whose unit does the same."""
    film: Film | None = None
    """A slider over the run's training, each of whose networks reads what is shown."""
    together: str | None = None
    """Players of a page with the same name here share their cursor, and its height."""
    companion: bool = False
    """The second of them: another one has the transport and hears the keys."""

    def reported(self) -> list[str]:
        """The names of what the player returns."""
        return [name for name, wanted in (("row", self.report_row), ("surgery", self.report_surgery)) if wanted]


def row_player(
    trace: RowTrace,
    reader: Reader,
    *,
    key: str,
    row: int | None = None,
    layer: int | str | None = None,
    unit: int | None = None,
    compare: RowTrace | None = None,
    scales: dict[str, float] | None = None,
    options: Options | None = None,
) -> dict[str, Any]:
    """Mounts the player and returns what it reports: `row` and `surgery`, where the options ask for them.

    trace, reader: what is shown, and whose trace it is (its readout says which unit speaks most for the answer).
    key: the element's key; keep it from run to run, so that cursor, layer, unit and order stay as they were.
    row, layer, unit: where to start, counted from 0 (layer "all": every layer). None, or one that does not exist: the
        last row, the top layer, the unit that speaks most for the answer. They move the cursor when they differ from
        the run before; else what the person set stays.
    compare: another trace of the same frame and shape (before surgery): its opinion stands beside this one's, its
        lines under the followed unit's, and the strips can show the difference.
    scales: letter -> the value of its full colour; those left out follow from the trace.

    Scrubbing costs no rerun. One message of about 100 KiB a trace; where a reader is larger, every n-th unit of it
    is sent, and the player says so.
    """
    start = {
        "row": _within(row, len(trace.x)),
        "layer": layer if isinstance(layer, str) else _within(layer, len(trace.h)),
        "unit": _within(unit, trace.h.shape[-1]),
    }
    options = options or Options()
    data = encode(trace, reader, start=start, compare=compare, scales=scales or {}, options=asdict(options))
    reported = options.reported()
    callbacks: dict[str, Any] = {f"on_{name}_change": lambda: None for name in reported}
    result = _ELEMENT(data=data, key=key, **callbacks)
    return {name: getattr(result, name) for name in reported}


def _within(index: int | None, count: int) -> int | None:
    """The index, or None where there is none such: links can ask for anything."""
    return index if index is not None and 0 <= index < count else None


def surgery_of(reported: Any, weights: str | None, reader: Reader) -> Surgery:
    """What the player did to the reader at this address: nothing, where it was done to another one, or is damaged."""
    try:
        told = json.loads(reported or "null")
        if not told or told["weights"] != weights:
            return Surgery()
        clamps = tuple(Clamp(clamp["gate"], clamp["value"]) for clamp in told["clamp"])
        surgery = Surgery(clamp=clamps, silenced=told["silenced"], rows=told["rows"])
        surgery.check(reader)
        return surgery
    except (ConfigError, KeyError, TypeError, ValueError):
        return Surgery()
