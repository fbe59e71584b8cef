"""A run's history after each of its steps, as the store would give it, from a real training and without a store."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from core.digits.data import Mnist
from core.runs.curves import POINTS, Bucket, Buckets, Curve, bucket_of, curve_of, level_for, levels_of
from core.runs.run import Run, RunFolder
from core.runs.store import History
from core.training.config import TrainConfig
from core.training.events import Epoch, Finished, Started, Step
from core.training.trainer import train


class Record:
    """What has been told of a run so far; `history` is what a page would be shown now."""

    def __init__(self, config: TrainConfig, steps: int = 1):
        self.run = Run(id="run", config=config, state="running", created=0.0, folder=RunFolder(Path("nowhere")))
        self.epochs: list[Epoch] = []
        self._averages = Buckets(steps)
        self._levels: list[list[Bucket]] = []

    def take(self, event: Started | Step | Epoch | Finished) -> None:
        match event:
            case Started():
                self._averages = Buckets(event.steps)
                self._levels = [[] for _ in range(levels_of(event.steps) + 1)]
                self._know(images=event.images, steps=event.steps, data_source=event.data, lr_set=self.run.config.lr)
            case Step():
                self._put(bucket_of(self._averages.add(event)))
                self._know(step=event.step)
            case Epoch():
                self.epochs.append(event)
            case Finished():
                self.run = replace(self.run, state=event.status, message=event.message)

    def _know(self, **facts) -> None:
        self.run = replace(self.run, facts=replace(self.run.facts, **facts))

    def _put(self, bucket: Bucket) -> None:
        for level, buckets in enumerate(self._levels):
            place = (bucket.last_step - 1) >> level
            if place < len(buckets):
                buckets[place] = buckets[place].merged(bucket)
            else:
                buckets.append(bucket)

    @property
    def curve(self) -> Curve:
        level = level_for(self.run.facts.step, POINTS)
        return curve_of(1 << level, self._levels[level])

    @property
    def history(self) -> History:
        return History(self.run, self.curve, list(self.epochs), [])


def histories(config: TrainConfig, mnist: Mnist, most_steps: int | None = None) -> Iterator[History]:
    """Trains, and gives the history after each step, each epoch and the end, or until `most_steps` are done."""
    record = Record(config)
    for event in train(config, mnist):
        record.take(event)
        if not isinstance(event, Started):
            yield record.history
        if record.run.facts.step == most_steps:
            return


def last_of(config: TrainConfig, mnist: Mnist, most_steps: int | None = None) -> History:
    """The history of the whole training."""
    *_, last = histories(config, mnist, most_steps)
    return last
