"""How long several runs take together: before they start, and while they train."""

import heapq
import math
import statistics
from collections.abc import Iterable, Sequence

from core.digits.data import DataCard
from core.runs import estimate
from core.runs.estimate import Estimate
from core.runs.run import ACTIVE, UNFINISHED, WAITING, Run
from core.runs.store import Store
from core.training.config import TrainConfig

_FORWARD = 1 / 3
"""Of a training step's work: backward takes twice as much (Kaplan et al. 2020, 2.1)."""


def kinds(configs: Iterable[TrainConfig], at_once: int = 1) -> list[TrainConfig]:
    """Of configs whose steps take the same time the first: what is to be measured."""
    found: dict[str, TrainConfig] = {}
    for config in configs:
        found.setdefault(estimate.kind_of(config, at_once), config)
    return list(found.values())


def seconds_of(config: TrainConfig, speed: Estimate, card: DataCard) -> float:
    """Of one run, from its process's start to its end: loading, training, tests."""
    return speed.start_seconds + (_trained(config, card) + _tested(config, card)) / speed.images_per_second


def together(seconds: Sequence[float], at_once: int) -> float:
    """Until the last of these runs has ended, where they begin in this order and at most `at_once` train."""
    ends = [0.0] * at_once
    for each in seconds:
        heapq.heapreplace(ends, ends[0] + each)
    return max(ends)


def measured(store: Store, configs: Sequence[TrainConfig], card: DataCard, at_once: int = 1) -> float:
    """Seconds that all of these take, from real steps of each kind timed on this machine: a few seconds a kind."""
    speeds = {
        estimate.kind_of(config, at_once): estimate.estimate(store, config, card.train_images, at_once)
        for config in kinds(configs, at_once)
    }
    return together([seconds_of(each, speeds[estimate.kind_of(each, at_once)], card) for each in configs], at_once)


def remaining(
    store: Store, runs: Sequence[Run], card: DataCard, at_once: int = 1, known: Sequence[Run] | None = None
) -> float | None:
    """Seconds until the last of the unfinished runs has ended, those that train first; None where no speed is known.

    A run of which nothing is known yet counts as the mean of the others. known: all of the store's, where the caller
    has them.
    """
    left = sorted((run for run in runs if run.state in UNFINISHED), key=lambda run: run.state in WAITING)
    speeds = estimate.known(store, {run.config for run in left}, card.train_images, at_once, known)
    told = [_left(run, speeds.get(run.config), card) for run in left]
    sure = [seconds for seconds in told if seconds is not None]
    if left and not sure:
        return None
    return together([statistics.fmean(sure) if seconds is None else seconds for seconds in told], at_once)


def _left(run: Run, speed: Estimate | None, card: DataCard) -> float | None:
    """Seconds that this run still takes; None where its speed is not known."""
    facts = run.facts
    if run.state in ACTIVE and facts.steps and facts.images_per_second:
        images = (facts.steps - facts.step) * run.config.batch_size + _tested(
            run.config, card, facts.step / facts.steps
        )
        return images / facts.images_per_second
    return None if speed is None else seconds_of(run.config, speed, card)


def _trained(config: TrainConfig, card: DataCard) -> float:
    """Images."""
    return max(0, card.train_images - config.validation_images) * config.epochs


def _tested(config: TrainConfig, card: DataCard, done: float = 0.0) -> float:
    """What all tests still cost, as so many training images. done: share of the run."""
    epochs = math.ceil(config.epochs) - math.floor(config.epochs * done)
    tests = epochs if config.test_each_epoch else 1
    return _FORWARD * (tests * card.test_images + epochs * config.validation_images)
