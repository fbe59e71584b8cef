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
from core.runs import lessons, lifecycle, upkeep
from core.runs.estimate import estimate
from core.runs.run import ACTIVE, UNFINISHED, Run
from core.runs.store import Store
from core.training.config import CHOICES, TYPES, TrainConfig, preset

MOST_SETTINGS, MOST_RUNS, MOST_SEEDS = 3, 200, 20
_LOGARITHMIC = ("lr", "weight_decay", "hidden", "batch_size")
"""A range of these is spaced by factors."""
_RANGE = re.compile(r"([^:]+)\.\.([^:]+):(\d+)")
_ID = re.compile(r"sweep-\d{8}-\d{6}-[0-9a-f]{4}")
_POLL_SECONDS = 0.3


@dataclass(frozen=True)
class Plan:
    """What a sweep would train."""

    settings: dict[str, list[Any]]
    """Setting -> its values."""
    configs: list[TrainConfig]
    """Seeds last: runs of the same settings stand together."""


def plan(preset_name: str, wanted: Sequence[str], seeds: int = 1, **fixed: Any) -> Plan:
    """The runs of `["lr=1e-3,3e-3", "hidden=32..128:3"]`, each with `seeds` seeds, from 0, or from the fixed one.

    Raises ConfigError for a setting that is none, a value that it cannot have, or more runs than MOST_RUNS.
    """
    settings = dict(_parsed(text) for text in wanted)
    if not settings:
        raise ConfigError("A sweep needs a setting to vary: give one such as --set lr=1e-3,3e-3.")
    varied = [name for name, values in settings.items() if len(values) > 1]
    if len(varied) > MOST_SETTINGS or len(settings) < len(wanted):
        raise ConfigError(
            "A sweep varies up to {most} settings, each named once; one value alone holds for all runs.",
            most=MOST_SETTINGS,
        )
    if not 1 <= seeds <= MOST_SEEDS or (seeds > 1 and "seed" in settings):
        raise ConfigError(
            "seeds is {value}: choose from 1 to {most}, or list them as --set seed=0,1.", value=seeds, most=MOST_SEEDS
        )
    count = math.prod(map(len, settings.values())) * seeds
    if count > MOST_RUNS:
        raise ConfigError(
            "{count} runs are too many: choose fewer values, up to {most} runs.", count=count, most=MOST_RUNS
        )
    first = fixed.pop("seed", None) or 0
    every = settings if "seed" in settings else {**settings, "seed": [first + seed for seed in range(seeds)]}
    combinations = itertools.product(*every.values())
    configs = [preset(preset_name, **fixed | dict(zip(every, values, strict=True))) for values in combinations]
    return Plan(settings, configs)


def _parsed(text: str) -> tuple[str, list[Any]]:
    """`lr=1e-3,1e-2`, or `lr=1e-4..1e-2:3`, which is three values from the first to the last."""
    name, _, values = text.partition("=")
    name = name.strip().replace("-", "_")
    if name not in TYPES or name in ("preset", "devices") or not values.strip():
        names = ", ".join(other for other in TYPES if other not in ("preset", "devices"))
        raise ConfigError(
            "{text} is no setting with values: write lr=1e-3,1e-2; settings are {names}.", text=text, names=names
        )
    spread = _RANGE.fullmatch(values.strip())
    found = _spaced(name, *spread.groups()) if spread else [_value(name, part.strip()) for part in values.split(",")]
    return name, list(dict.fromkeys(found))


def _value(name: str, text: str) -> Any:
    kind = TYPES[name]
    try:
        if kind is bool:
            return {"on": True, "true": True, "off": False, "false": False}[text.lower()]
        return text if name in CHOICES else kind(text)
    except (KeyError, ValueError):
        raise ConfigError(
            "{name} cannot be {value}: give values such as it takes alone.", name=name, value=repr(text)
        ) from None


def _spaced(name: str, low: str, high: str, count: str) -> list[Any]:
    if TYPES[name] not in (int, float) or not 2 <= int(count) <= MOST_RUNS:
        raise ConfigError("{name} has no range of {count} values: list them.", name=name, count=count)
    first, last, steps = float(_value(name, low)), float(_value(name, high)), int(count)
    parts = [step / (steps - 1) for step in range(steps)]
    if name in _LOGARITHMIC and first > 0 and last > 0:
        values = [first * (last / first) ** part for part in parts]
    else:
        values = [first + (last - first) * part for part in parts]
    return [round(value) if TYPES[name] is int else float(f"{value:.3g}") for value in values]


def seconds_of(store: Store, planned: Plan, images: int = 60_000) -> float:
    """About how long the runs take one after another, from real steps timed on this machine."""
    return sum(estimate(store, config, images).seconds for config in planned.configs)


def begin(store: Store, planned: Plan, data: str | None = None) -> str:
    """Puts all runs into the queue, in order. Returns the sweep's id."""
    sweep = f"sweep-{time.strftime('%Y%m%d-%H%M%S')}-{os.urandom(2).hex()}"
    given = [lessons.files_of(lessons.take(store.folder, config)) for config in planned.configs]
    for config, files in zip(planned.configs, given, strict=True):
        store.add(config, data, sweep=sweep, given=files)
    lifecycle.refresh(store)
    return sweep


def runs_of(store: Store, sweep: str) -> list[Run]:
    """The sweep's runs, in the order of the plan. Raises StoreError where there are none."""
    found = [run for run in reversed(store.runs()) if run.sweep == sweep]
    if not found or not _ID.fullmatch(sweep):
        raise StoreError("There is no sweep {sweep} in {folder}.", sweep=repr(sweep), folder=store.folder)
    return found


def take_up(store: Store, sweep: str) -> None:
    """Puts back into the queue what was interrupted: stopped and lost runs, not failed ones."""
    for run in runs_of(store, sweep):
        if run.state in ("stopped", "lost"):
            lifecycle.resume(store, run.id)
    lifecycle.refresh(store)


def stop(store: Store, sweep: str) -> None:
    """Takes what waits out of the queue, keeping it, and stops what trains; `take_up` goes on with both."""
    for run in runs_of(store, sweep):
        if run.state == "queued":
            store.set_state(run.id, "stopped", expected="queued")
    for run in runs_of(store, sweep):
        if run.state in ACTIVE:
            lifecycle.stop(store, run.id)


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
