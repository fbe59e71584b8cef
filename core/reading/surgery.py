"""Surgery: which gates are clamped, units silenced, rows blanked or reordered while a reader reads. NumPy only.

Rows, layers and units count from 0, as in the arrays of a trace.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from core.errors import ConfigError
from core.messages import Message
from core.reading.cells import CELLS
from core.reading.readers import Reader

CLAMPABLE = {name: cell.gates for name, cell in CELLS.items()}
BLANK = -1
_GATE_REMEDIES = {
    "lstm": Message("choose {first} or {second} or {third}", {"first": "f", "second": "i", "third": "o"}),
    "gru": Message("choose {first} or {second}", {"first": "r", "second": "z"}),
    "rnn": Message("silence units instead"),
}
_MOST_ROWS = 1024
_LAYER, _UNIT, _ROW = Message("layer"), Message("unit"), Message("row")


class Clamp(NamedTuple):
    """A gate held at a value, whatever its inputs are."""

    gate: str
    """f, i or o of an LSTM; r or z of a GRU."""
    value: float
    """0 (shut) to 1 (open)."""
    layer: int | None = None
    """None: every layer."""
    units: tuple[int, ...] | None = None
    """None: every unit."""
    first_row: int = 0
    last_row: int | None = None
    """The last clamped row itself; None: to the end."""


@dataclass(frozen=True)
class Surgery:
    """All that is done to a reader while it reads; hashable. Nothing by default.

    Plain tuples and lists are taken in place of Clamps and tuples.
    """

    clamp: tuple[Clamp, ...] = ()
    silenced: tuple[tuple[int, int], ...] = ()
    """(layer, unit): h = 0 and C = 0 after every row."""
    rows: tuple[int, ...] | None = None
    """The rows that are read, in this order, BLANK for an empty one; None: all, top to bottom.

    May be shorter or longer than the frame; states and logits then have as many rows.
    """

    def __post_init__(self) -> None:
        clamps = tuple(
            clamp._replace(units=None if clamp.units is None else tuple(clamp.units))
            for clamp in (Clamp(*entry) for entry in self.clamp)
        )
        object.__setattr__(self, "clamp", clamps)
        object.__setattr__(self, "silenced", tuple((layer, unit) for layer, unit in self.silenced))
        object.__setattr__(self, "rows", None if self.rows is None else tuple(self.rows))

    def __bool__(self) -> bool:
        return self != Surgery()

    def check(self, reader: Reader, height: int = 28) -> None:
        """Raises ConfigError for a gate, value, layer, unit or row that this reader or a frame does not have."""
        for clamp in self.clamp:
            _check_clamp(clamp, reader)
        _check_indices(_LAYER, (layer for layer, _ in self.silenced), reader.layers)
        _check_indices(_UNIT, (unit for _, unit in self.silenced), reader.hidden)
        if self.rows is not None:
            if not 1 <= len(self.rows) <= _MOST_ROWS:
                raise ConfigError("{rows} rows cannot be read: give 1 to {most}.", rows=len(self.rows), most=_MOST_ROWS)
            _check_indices(_ROW, (row for row in self.rows if row != BLANK), height)

    def arrange(self, frames: np.ndarray) -> np.ndarray:
        """frames (N, 28, 28) -> (N, T, 28): rows blanked and reordered."""
        if self.rows is None:
            return frames
        order = np.array(self.rows)
        arranged = frames[:, order]
        arranged[:, order == BLANK] = 0
        return arranged

    def at(self, layer: int) -> "LayerSurgery":
        """The part that concerns one layer."""
        clamps = [clamp for clamp in self.clamp if clamp.layer in (None, layer)]
        return LayerSurgery(clamps, [unit for k, unit in self.silenced if k == layer])


class LayerSurgery:
    """The part of a Surgery that concerns one layer, applied row by row in place. Arrays are (T, B, H)."""

    def __init__(self, clamps: list[Clamp], silenced: list[int]):
        self._clamps, self._silenced = clamps, silenced

    def hold(self, t: int, **gates: np.ndarray) -> None:
        """Overwrites the clamped gates of row t."""
        for gate, value, _, units, first, last in self._clamps:
            if first <= t and (last is None or t <= last):
                gates[gate][t][:, slice(None) if units is None else list(units)] = value

    def silence(self, t: int, *states: np.ndarray) -> None:
        """Sets the silenced units of row t to 0."""
        if self._silenced:
            for state in states:
                state[t][:, self._silenced] = 0


def _check_clamp(clamp: Clamp, reader: Reader) -> None:
    gate, value, layer, units, first, last = clamp
    if gate not in CLAMPABLE[reader.cell]:
        raise ConfigError(
            "A reader of kind {cell} has no gate {gate}: {remedy}.",
            cell=reader.cell.upper(),
            gate=repr(gate),
            remedy=_GATE_REMEDIES[reader.cell],
        )
    if not 0 <= value <= 1:
        raise ConfigError("A gate cannot be held at {value}: choose a value from 0 to 1.", value=value)
    _check_indices(_LAYER, (layer,) if layer is not None else (), reader.layers)
    _check_indices(_UNIT, units or (), reader.hidden)
    if first < 0 or (last is not None and last < first):
        raise ConfigError(
            "Rows {first} to {last} do not exist: give a first row from 0 and a last row after it.",
            first=first,
            last=last,
        )


def _check_indices(noun: Message, indices: Iterable[int], count: int) -> None:
    for index in indices:
        if not 0 <= index < count:
            raise ConfigError(
                "There is no {noun} {index}: choose one from 0 to {last}.", noun=noun, index=index, last=count - 1
            )
