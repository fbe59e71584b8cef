"""What a network that learns has thought of one digit: its ten probabilities at each snapshot that its run has kept.

NumPy only, as all reading. Shapes: N snapshots, K = 10 classes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.reading import readers
from core.reading.tracing import read
from core.runs import imported
from core.runs.run import ENDED, Run


@dataclass(frozen=True)
class Snapshot:
    """The weights of a run after so many steps."""

    step: int
    path: Path


def snapshots(run: Run) -> list[Snapshot]:
    """Oldest first; of a run that has ended also its last weights, where no snapshot has them."""
    kept = [Snapshot(step, path) for step, path in run.snapshots.items() if step <= run.facts.step]
    if run.state in ENDED and run.weights:
        step = imported.card_of(run.weights).get("step")
        if isinstance(step, int) and step > (kept[-1].step if kept else 0):
            kept.append(Snapshot(step, run.weights))
    return kept


def opinion(snapshot: Snapshot, frame: np.ndarray) -> np.ndarray:
    """(K,) float32 probabilities that the network gave to frame (28, 28), 0 to 1, by then. Raises WeightsError."""
    return read(readers.load(snapshot.path), frame[None])[0]


@dataclass(frozen=True)
class Course:
    """How an answer came about over the snapshots that were read."""

    digit: int
    """The newest answer."""
    probability: float
    """Of that digit, now."""
    first: int
    """The step of the first snapshot that answered so."""
    kept: int
    """The step of the snapshot since which all have answered so."""
    begun: int
    """The step of the first snapshot of all."""


def course(steps: Sequence[int], probabilities: np.ndarray) -> Course:
    """Of probabilities (N, K) at N steps, oldest first; N is at least 1."""
    answers = probabilities.argmax(1)
    digit = int(answers[-1])
    others = np.flatnonzero(answers != digit)
    return Course(
        digit=digit,
        probability=float(probabilities[-1, digit]),
        first=steps[int((answers == digit).argmax())],
        kept=steps[int(others[-1]) + 1 if len(others) else 0],
        begun=steps[0],
    )
