"""A sweep: one run for each combination of a few settings' values and seeds, queued, followed, ranked.

Its runs are runs like any other and know the sweep's id; a sweep that was interrupted goes on with those that are
left, and one that fails leaves the others be.
"""

import itertools
import math
import os
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.errors import ConfigError, StoreError
from core.runs import lessons, lifecycle, queue, upkeep, values
from core.runs.run import ACTIVE, RESUMABLE, UNFINISHED, Run
from core.runs.store import Store
from core.training.config import TrainConfig, preset
from core.training.process import physical_cores

MOST_SETTINGS, MOST_RUNS, MOST_SEEDS = 3, 200, 20
_ID = re.compile(r"sweep-\d{8}-\d{6}-[0-9a-f]{4}")
_POLL_SECONDS = 0.3


@dataclass(frozen=True)
class Plan:
    """What a sweep would train."""

    settings: dict[str, list[Any]]
    """Setting -> its values."""
    configs: list[TrainConfig]
    """Seeds last: runs of the same settings stand together."""
    at_once: int = 1
    """How many of them may train at the same time."""


def plan(preset_name: str, wanted: Sequence[str], seeds: int = 1, at_once: int = 1, **fixed: Any) -> Plan:
    """The runs of `["lr=1e-3, 3e-3", "hidden=32 .. 128 x 3"]`, each with `seeds` seeds, from 0, or from the fixed one.

    Raises ConfigError for a setting that is none, a value that it cannot have, or more runs than MOST_RUNS.
    """
    settings = dict(_parsed(text) for text in wanted)
    if not settings:
        raise ConfigError("A sweep needs a setting to vary: give one such as lr=1e-3,3e-3.")
    varied = [name for name, listed in settings.items() if len(listed) > 1]
    if len(varied) > MOST_SETTINGS or len(settings) < len(wanted):
        raise ConfigError(
            "A sweep varies up to {most} settings, each named once; one value alone holds for all runs.",
            most=MOST_SETTINGS,
        )
    if not 1 <= seeds <= MOST_SEEDS or (seeds > 1 and "seed" in settings):
        raise ConfigError(
            "seeds is {value}: choose from 1 to {most}, or list them as seed=0,1.", value=seeds, most=MOST_SEEDS
        )
    if not 1 <= at_once <= most_at_once():
        raise ConfigError(
            "at-once is {value}: choose from 1 to {most}, the cores of this machine.",
            value=at_once,
            most=most_at_once(),
        )
    count = math.prod(map(len, settings.values())) * seeds
    if count > MOST_RUNS:
        raise ConfigError(
            "{count} runs are too many: choose fewer values, up to {most} runs.", count=count, most=MOST_RUNS
        )
    first = fixed.pop("seed", None) or 0
    every = settings if "seed" in settings else {**settings, "seed": [first + seed for seed in range(seeds)]}
    combinations = itertools.product(*every.values())
    configs = [preset(preset_name, **fixed | dict(zip(every, each, strict=True))) for each in combinations]
    return Plan(settings, configs, at_once)


def most_at_once() -> int:
    """Runs that can train at the same time here: each needs a core of its own."""
    return physical_cores()


def _parsed(text: str) -> tuple[str, list[Any]]:
    """`lr=1e-3,1e-2`, or `lr=1e-4..1e-2x3`, which is three values from the first to the last."""
    name, _, listed = text.partition("=")
    name = name.strip().replace("-", "_")
    if name not in values.SWEPT or not listed.strip():
        raise ConfigError(
            "{text} is no setting with values: write lr=1e-3,1e-2; settings are {names}.",
            text=text,
            names=", ".join(values.SWEPT),
        )
    return name, values.parsed(name, listed)


def begin(store: Store, planned: Plan, data: str | None = None) -> str:
    """Puts all runs into the queue, in order. Returns the sweep's id."""
    sweep = f"sweep-{time.strftime('%Y%m%d-%H%M%S')}-{os.urandom(2).hex()}"
    given = [lessons.files_of(lessons.take(store.folder, config)) for config in planned.configs]
    store.add_sweep(sweep, planned.configs, data, planned.at_once, given)
    lifecycle.refresh(store)
    return sweep


def runs_of(store: Store, sweep: str) -> list[Run]:
    """The sweep's runs, in the order of the plan. Raises StoreError where there are none."""
    found = [run for run in reversed(store.runs()) if run.sweep == sweep]
    if not found or not _ID.fullmatch(sweep):
        raise StoreError("There is no sweep {sweep} in {folder}.", sweep=repr(sweep), folder=store.folder)
    return found


def pause(store: Store, sweep: str) -> None:
    """What trains waits where it is, between two batches, and nothing that waits is started; `take_up` goes on."""
    runs_of(store, sweep)  # raises for a sweep that is none
    queue.hold(store, sweep)
    _tell(store, sweep, "pause")


def take_up(store: Store, sweep: str) -> None:
    """Goes on: with what was paused at once; what was stopped or lost is put into the queue again, not what failed."""
    runs = runs_of(store, sweep)
    queue.hold(store, sweep, False)
    for run in runs:
        if run.state in ("stopped", "lost"):
            store.set_state(run.id, "queued", expected=run.state)
    _tell(store, sweep, "resume")
    lifecycle.refresh(store)


def stop(store: Store, sweep: str) -> None:
    """Takes what waits out of the queue, keeping it, and stops what trains; `take_up` goes on with both."""
    for run in runs_of(store, sweep):
        if run.state == "queued":
            store.set_state(run.id, "stopped", expected="queued")
    _tell(store, sweep, "stop")
    queue.hold(store, sweep, False)


def _tell(store: Store, sweep: str, command: str) -> None:
    """Asks what trains now, also what has just left the queue; a run that has meanwhile ended does not mind."""
    for run in runs_of(store, sweep):
        if run.state in ACTIVE:
            store.command(run.id, command)


@dataclass(frozen=True)
class Standing:
    """A sweep as it stands."""

    sweep: str
    runs: list[Run]
    """In the order of the plan."""
    held: bool
    """Whether what waits is kept from starting."""
    at_once: int

    @property
    def counts(self) -> dict[str, int]:
        """State -> how many runs are in it, where there are any; in the order of a run's life."""
        order = ("finished", *ACTIVE, "queued", *RESUMABLE)
        found = {state: sum(run.state == state for run in self.runs) for state in order}
        return {state: count for state, count in found.items() if count}

    @property
    def live(self) -> bool:
        """Whether something is still to happen."""
        return any(run.state in UNFINISHED for run in self.runs)

    @property
    def best(self) -> Run | None:
        """The run that reads best so far, and has weights."""
        return next((run for run in ranked(self.runs) if figure_of(run) is not None and run.weights), None)


def standing(store: Store, known: Sequence[Run]) -> list[Standing]:
    """All sweeps of these runs, the newest first. known: as `store.runs()` gives them."""
    groups: dict[str, list[Run]] = {}
    for run in known:
        if run.sweep:
            groups.setdefault(run.sweep, []).insert(0, run)
    if not groups:
        return []
    held, shares = queue.held(store), queue.shares(store)
    return [Standing(sweep, runs, sweep in held, shares.get(sweep, 1)) for sweep, runs in groups.items()]


def followed(store: Store, sweep: str) -> Iterator[Run]:
    """Each run as it ends, whatever its end, until none of the sweep is left. Keeps the queue going meanwhile."""
    told: set[str] = set()
    while True:
        upkeep.purge(store)
        runs = runs_of(store, sweep)
        for run in runs:
            if run.state not in UNFINISHED and run.id not in told:
                told.add(run.id)
                yield run
        if all(run.state not in UNFINISHED for run in runs):
            return
        lifecycle.refresh(store, runs)
        time.sleep(_POLL_SECONDS)


def ranked(runs: Sequence[Run]) -> list[Run]:
    """The best first: by test accuracy, else by the best after an epoch; those without either last."""
    return sorted(runs, key=lambda run: -1.0 if (figure := figure_of(run)) is None else figure, reverse=True)


def figure_of(run: Run) -> float | None:
    """What a sweep's runs are ranked by."""
    tested = run.facts.test_accuracy
    return tested if tested is not None else run.facts.best_accuracy


def settings_of(runs: Sequence[Run]) -> Mapping[str, list[Any]]:
    """The settings in which the runs differ, the seed left out, with their values in order."""
    from core.runs.comparison import differing

    names = [name for name in differing([run.config for run in runs]) if name != "seed"]
    return {name: sorted({getattr(run.config, name) for run in runs}, key=str) for name in names}
