"""Runs side by side: what they are, in which settings they differ, what came of it, and how far seeds alone move it."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from core.runs.curves import Curve
from core.runs.run import Run
from core.runs.store import Store
from core.training.config import GROUPS, TrainConfig

SETTINGS = ("preset", *(name for group in GROUPS.values() for name in group))
"""In the order in which they are shown."""
FIGURES = ("test_accuracy", "test_loss", "best_accuracy", "accuracy", "loss", "step", "seconds", "images_per_second")
"""Of Facts: what came of a run."""
_MOST_LOOKED_UP = 500
"""Values in one query, well below SQLite's limit."""


def differing(configs: Sequence[TrainConfig]) -> list[str]:
    """The settings that are not the same in all of these."""
    return [name for name in SETTINGS if len({getattr(config, name) for config in configs}) > 1]


class Spread(NamedTuple):
    """Of one figure over runs that differ only in the seed."""

    mean: float
    deviation: float
    """Standard deviation of a sample, n - 1."""
    runs: int


@dataclass(frozen=True)
class Seeds:
    """Runs of the same settings and different seeds, and their figures."""

    runs: list[str]
    """Ids."""
    figures: dict[str, Spread]


@dataclass(frozen=True)
class Comparison:
    runs: list[Run]
    settings: dict[str, list[Any]]
    """Each setting in which they differ -> its value in each run."""
    figures: dict[str, list[float | None]]
    """Each figure that one of them has -> its value in each run."""
    differences: dict[str, list[float | None]]
    """The same less the first run's."""
    seeds: list[Seeds]


def compare(runs: Sequence[Run]) -> Comparison:
    """What sets these runs apart; the first one is what the others are measured by."""
    names = differing([run.config for run in runs])
    figures = {name: [getattr(run.facts, name) for run in runs] for name in FIGURES}
    known = {name: values for name, values in figures.items() if any(value is not None for value in values)}
    return Comparison(
        runs=list(runs),
        settings={name: [getattr(run.config, name) for run in runs] for name in names},
        figures=known,
        differences={name: [_less(value, values[0]) for value in values] for name, values in known.items()},
        seeds=seeds_of(runs),
    )


def _less(value: float | None, first: float | None) -> float | None:
    return None if value is None or first is None else value - first


def seeds_of(runs: Sequence[Run]) -> list[Seeds]:
    """Groups of two or more runs that differ in the seed alone, each with the mean and spread of its figures."""
    groups: dict[TrainConfig, list[Run]] = {}
    for run in runs:
        groups.setdefault(run.config.with_(seed=0), []).append(run)
    alike = [group for group in groups.values() if len({run.config.seed for run in group}) > 1]
    return [Seeds([run.id for run in group], _spreads(group)) for group in alike]


def _spreads(group: Sequence[Run]) -> dict[str, Spread]:
    found = {}
    for name in FIGURES:
        values = [value for run in group if (value := getattr(run.facts, name)) is not None]
        if len(values) > 1:
            found[name] = Spread(statistics.fmean(values), statistics.stdev(values), len(values))
    return found


def card(run: Run) -> dict[str, Any]:
    """A run as one JSON object: identity, what came of it, every setting."""
    facts = run.facts.as_dict()
    reasons = {name: str(getattr(run.facts, name)) for name in ("device_reason", "precision_reason", "data_note")}
    return {
        "id": run.id,
        "name": run.name,
        "note": run.note,
        "state": run.state,
        "created": run.created,
        "archived": run.archived,
        "sweep": run.sweep,
        "data": run.data,
        "message": str(run.message),
        "facts": facts | reasons,
        "config": run.config.as_dict(),
    }


def as_json(found: Comparison) -> dict[str, Any]:
    """A comparison as one JSON object; lists are in the order of `runs`."""
    return {
        "runs": [{"id": run.id, "name": run.name, "state": run.state} for run in found.runs],
        "settings": found.settings,
        "figures": found.figures,
        "differences": found.differences,
        "seeds": [
            {"runs": group.runs, "figures": {name: spread._asdict() for name, spread in group.figures.items()}}
            for group in found.seeds
        ],
    }


def epochs_at(curve: Curve, run: Run) -> np.ndarray:
    """How many passes over the training images were done at each point of the curve."""
    a_pass = -(-run.facts.images // run.config.batch_size) if run.facts.images else 0
    return curve.step / a_pass if a_pass else np.zeros(len(curve.step))


def seconds_at(store: Store, curve: Curve, run: Run) -> np.ndarray:
    """The seconds of training at each point of the curve, from the speed that was measured there.

    Where the run has ended, stretched to its own seconds, which hold the tests after each epoch too.
    """
    if not len(curve.step):
        return np.zeros(0)
    speed = np.maximum(_speeds(store, curve, run), 1e-9)
    seconds = np.cumsum(np.diff(curve.step, prepend=0) * run.config.batch_size / speed)
    ended = run.facts.seconds and run.facts.step == curve.step[-1]
    return seconds * (run.facts.seconds / seconds[-1]) if ended else seconds


def _speeds(store: Store, curve: Curve, run: Run) -> np.ndarray:
    """Images per second at each point: the cost does not grow with the run."""
    steps = curve.step.tolist()
    known: dict[int, float] = {}
    with store.transaction() as db:
        for start in range(0, len(steps), _MOST_LOOKED_UP):
            piece = steps[start : start + _MOST_LOOKED_UP]
            places = ", ".join("?" * len(piece))
            query = f"SELECT step, images_per_second FROM steps WHERE run=? AND step IN ({places})"
            known |= dict(db.execute(query, (run.id, *piece)))
    return np.array([known.get(step) or run.facts.images_per_second for step in steps], float)
