"""From the controls of the surgery section to a Surgery. Pure: no streamlit.

On the screen rows, layers and units count from 1; in a Surgery from 0.
"""

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from core.errors import ConfigError
from core.reading.readers import Reader
from core.reading.surgery import BLANK, CLAMPABLE, Clamp, Surgery

WAIT_ROWS = 28
_SPAN = re.compile(r"(?:(\d+):)?(\d+)(?:-(\d+))?")


def surgery_of(settings: Mapping[str, Any], reader: Reader) -> Surgery:
    """`settings` as dashboard.learn.state.SURGERY names them. Raises ConfigError for a unit or gate that this
    reader does not have.
    """
    gates = [gate for gate in CLAMPABLE[reader.cell] if settings[gate] is not None]
    first, last = settings["rows"]
    if ":" in settings["units"]:
        raise ConfigError("Held units take no layer in front: choose the layer beside them.")
    units = tuple(unit for _, unit in units_of(settings["units"], reader)) or None
    layer = settings["in"] - 1 if settings["in"] else None
    clamps = [
        Clamp(gate, float(settings[gate]), layer, units, first - 1, None if last == 28 else last - 1) for gate in gates
    ]
    surgery = Surgery(
        clamp=tuple(clamps),
        silenced=units_of(settings["silent"], reader),
        rows=_rows(settings["order"], settings["blank"]),
    )
    surgery.check(reader)
    return surgery


def units_of(text: str, reader: Reader) -> tuple[tuple[int, int], ...]:
    """`3, 17, 40-44` of the top layer, `1:3` of the first -> ((layer, unit), ...). Raises ConfigError."""
    found: dict[tuple[int, int], None] = {}
    for part in re.sub(r"\s*([:-])\s*", r"\1", text).replace(",", " ").split():
        match = _SPAN.fullmatch(part)
        if not match:
            raise ConfigError(
                "{text} names no units: write 3, 17, 40-44, or 1:3 for unit 3 of layer 1.", text=repr(part)
            )
        layer = int(match[1] or reader.layers)
        first, last = int(match[2]), int(match[3] or match[2])
        if not (1 <= layer <= reader.layers and 1 <= first <= last <= reader.hidden):
            raise ConfigError(
                "{text} is no unit of this reader: it has layers 1 to {layers} of units 1 to {units}.",
                text=repr(part),
                layers=reader.layers,
                units=reader.hidden,
            )
        found |= dict.fromkeys((layer - 1, unit - 1) for unit in range(first, last + 1))
    return tuple(found)


def _rows(order: str, blank: tuple[int, int]) -> tuple[int, ...] | None:
    rows = range(28)
    if order == "drawn":
        return None
    if order == "upwards":
        return tuple(reversed(rows))
    if order == "shuffled":
        return tuple(np.random.default_rng(28).permutation(28).tolist())
    if order == "waiting":
        return (*rows, *[BLANK] * WAIT_ROWS)
    first, last = blank
    return tuple(BLANK if first <= row + 1 <= last else row for row in rows)
