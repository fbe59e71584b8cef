"""What happened to a run beside its steps: paused, a rate set, other images from then on, killed. Marks on a curve."""

from typing import Literal, NamedTuple, get_args

MarkName = Literal["paused", "resumed", "learning_rate", "hardest", "pen_digits", "stopped", "failed", "killed"]
NAMES: tuple[MarkName, ...] = get_args(MarkName)
OF_ENDS = ("stopped", "failed", "killed")
"""Stay where they are when the run is taken up again from an earlier step."""
ADD = "INSERT INTO marks(run, step, created, name, value) VALUES(?, ?, ?, ?, ?)"
FORGET = f"DELETE FROM marks WHERE run=? AND step>? AND name NOT IN ({', '.join(map(repr, OF_ENDS))})"
"""What lies after a step that is about to be trained again."""


class Mark(NamedTuple):
    step: int
    """Steps that were done by then."""
    created: float
    """Seconds since 1970."""
    name: MarkName
    value: float | None = None
    """The learning rate that was set; the fraction of the images that is hardest; that of a batch that is pen
    digits."""
