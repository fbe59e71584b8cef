"""The recurrent cells and their letters: what each one computes at a row, and how its weights are laid out."""

from dataclasses import dataclass
from typing import Literal

CellName = Literal["lstm", "gru", "rnn"]


@dataclass(frozen=True, kw_only=True)
class Cell:
    letters: tuple[str, ...]
    """Everything that it computes at a row, in the order in which it is shown."""
    weight_order: tuple[str, ...]
    """PyTorch's order of the parts stacked in a weight, by the article's letters: its g is the article's a."""
    gates: tuple[str, ...] = ()
    """Those that run from 0 (shut) to 1 (open), and so can be clamped."""
    retention_gate: str | None = None
    """The gate whose product over rows is the part of an old state that is still there."""


CELLS: dict[str, Cell] = {
    "lstm": Cell(
        letters=("f", "i", "a", "o", "C", "h"),
        weight_order=("i", "f", "a", "o"),
        gates=("f", "i", "o"),
        retention_gate="f",
    ),
    "gru": Cell(letters=("r", "z", "n", "h"), weight_order=("r", "z", "n"), gates=("r", "z"), retention_gate="z"),
    "rnn": Cell(letters=("h",), weight_order=("h",)),
}
GATES = frozenset(gate for cell in CELLS.values() for gate in cell.gates)
"""The gates of all cells: shown on the scale from 0 to 1, everything else around zero."""
