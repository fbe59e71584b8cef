"""One training run in a process of its own: events go to the store, commands come from it.

The same code whether the dashboard or the command line started the run.
"""

import signal
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from types import FrameType

import numpy as np

from core import system
from core.digits.data import Mnist
from core.errors import RowByRowError, StoreError, TrainingError
from core.messages import Message
from core.reading import readers
from core.runs import checkpoints, lessons, preparation, queue
from core.runs.checkpoints import Checkpoint
from core.runs.recorder import Recorder
from core.runs.run import State
from core.runs.store import Store, folder_of
from core.runs.writer import Writer
from core.training import distributed
from core.training.config import TrainConfig
from core.training.distributed import ALONE, World
from core.training.events import Epoch, Event, Finished, Started, Step
from core.training.trainer import Trainer

_REPORT_SECONDS = 1.0
_CHECKPOINT_SECONDS = 10.0
_EPOCH_CHECKPOINT_SECONDS = 1.0
_CHECKPOINT_FRACTION = 0.05
"""Of the time, at most, that is spent writing checkpoints."""
_SNAPSHOTS = 40
_SNAPSHOT_MIB = 512
_PAUSE_POLL_SECONDS = 0.05
Listener = Callable[[Event, list[str]], None]


def run(
    store: Store,
    run_id: str,
    listen: Listener = lambda event, lines: None,
    world: World = ALONE,
    mnist: Mnist | None = None,
) -> Finished:
    """Trains the run to its end, from its checkpoint where there is one; `listen` hears each event.

    mnist: of the run's `data`, where it has already been read. Of several processes this is the first; the others
    `preparation.follow`. Raises StoreError, with nothing changed, where another process has the run. A mistake, a full
    disk or any other exception marks the run failed, with the message, and is raised as a RowByRowError.
    """
    writer = store.claim(run_id)
    with _owning(writer), distributed.noticing_the_dead(world):
        checkpoint = checkpoints.load(writer.run.folder) if writer.run.checkpoint else None
        asked, telling = writer.run, preparation.telling(writer)
        lesson, at_once = lessons.of_run(writer), queue.at_once(store, asked.sweep)
        trainer = preparation.prepared(asked.config, asked.data, world, checkpoint, telling, lesson, at_once, mnist)
        return Worker(writer, trainer, checkpoint, listen, world).train()


def start(
    folder: Path | str | None,
    config: TrainConfig,
    data: str | None,
    listen: Listener = lambda event, lines: None,
    world: World = ALONE,
    name: str = "",
    mnist: Mnist | None = None,
) -> Finished:
    """Trains a new run of the runs folder. Nothing is stored before config, data and device have been found good."""
    lesson = lessons.take(folder_of(folder), config)
    with distributed.noticing_the_dead(world):
        trainer = preparation.prepared(config, data, world, lesson=lesson, found=mnist)
    writer = Store(folder).add_owned(config, data, name, lessons.files_of(lesson))
    with _owning(writer), distributed.noticing_the_dead(world):
        return Worker(writer, trainer, None, listen, world).train()


@contextmanager
def _owning(writer: Writer) -> Iterator[None]:
    """Reports while the run is trained, and leaves it failed, with a message, whatever exception ends it."""
    try:
        with _reporting(writer):
            yield
    except RowByRowError as error:
        _leave(writer, "failed", error.message)
        raise
    except KeyboardInterrupt:
        _leave(writer, "stopped", Message())
        raise
    except Exception as error:
        writer.run.folder.add_details(traceback.format_exc())
        unknown = TrainingError(
            "Training broke off ({error}): resume the run from its last checkpoint; {log} has the details.",
            error=_first_line(error),
            log=writer.run.folder.log_path,
        )
        _leave(writer, "failed", unknown.message)
        raise unknown from error
    finally:
        writer.close()


def _leave(writer: Writer, state: State, message: Message) -> None:
    with suppress(StoreError):  # the store may be what is broken, or another's; the error itself is raised either way
        writer.set_state(state, message)


def _first_line(error: Exception) -> str:
    text = str(error).strip().splitlines()
    return f"{type(error).__name__}: {text[0][:200]}" if text else type(error).__name__


@contextmanager
def _reporting(writer: Writer) -> Iterator[None]:
    """Reports once a second from a thread, so that a long test or a large batch is not taken for a death."""
    over = threading.Event()

    def report() -> None:
        while not over.wait(_REPORT_SECONDS):
            with suppress(StoreError):  # the main thread meets the same error and says it
                writer.report()

    thread = threading.Thread(target=report, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


class Worker:
    """A run that this process owns, its trainer and its recorder."""

    def __init__(
        self, writer: Writer, trainer: Trainer, checkpoint: Checkpoint | None, listen: Listener, world: World = ALONE
    ):
        self.writer, self.run, self.trainer, self.listen, self.world = writer, writer.run, trainer, listen, world
        self.recorder = Recorder(writer, self.run.config.epochs, trainer.steps)
        progress = trainer.progress
        if checkpoint:
            self.recorder.note(best_accuracy=progress.best_accuracy if progress.best_accuracy >= 0 else None)
        in_epoch, log_lines = progress.batch > 0, checkpoint.log_lines if checkpoint else 0
        self.recorder.rewind(progress.step, in_epoch, log_lines)
        self.recorder.note(lr_set=progress.lr)
        if checkpoint:
            self.recorder.mark("resumed")
        self.snapshot_steps = self._snapshot_steps()
        self.checkpointed, self.checkpoint_seconds = time.monotonic(), 0.0
        self.paused = False

    def train(self) -> Finished:
        """Runs to the end, whatever ends it; always leaves a checkpoint and weights of where it stopped."""
        finished = Finished(status="stopped", seconds=self.trainer.progress.seconds)
        with _stop_on_signal(self.trainer):
            for event in self.trainer.events():
                if isinstance(event, Finished):
                    finished = self._finish(event)
                else:
                    self._hear(event)
        if finished.status == "failed":
            raise TrainingError(finished.message)
        return finished

    def _hear(self, event: Event) -> None:
        if isinstance(event, Started):
            event = replace(event, run=self.run.id)
        self.listen(event, self.recorder.record(event))
        if isinstance(event, Step):
            self._snapshot(event.step)
            if event.step == self.trainer.order.turn < self.trainer.steps:
                self.recorder.mark("hardest", self.trainer.config.hardest)
            if event.step == self.trainer.pen_digits_turn < self.trainer.steps:
                self.recorder.mark("pen_digits", self.trainer.config.pen_digits)
        if isinstance(event, Epoch):
            self._save_weights({"validation_accuracy": event.validation_accuracy, "test_accuracy": event.test_accuracy})
        if isinstance(event, Step):
            self._checkpoint_when_due(_CHECKPOINT_SECONDS)
            self._obey()
        elif isinstance(event, Epoch):
            self._checkpoint_when_due(_EPOCH_CHECKPOINT_SECONDS)

    def _finish(self, event: Finished) -> Finished:
        if event.status != "failed":  # weights that are not numbers are of no use to anyone
            if event.status == "stopped" or not self.trainer.config.test_each_epoch:
                self._save_weights({"test_accuracy": event.test_accuracy})
            self._save_checkpoint()
        weights = self.run.weights
        event = replace(event, weights=str(weights) if weights else None)
        self.listen(event, self.recorder.finish(event))
        return event

    def _obey(self) -> None:
        """Carries out commands; while paused, waits here for the next."""
        self._apply(self.writer.commands())
        if not self.paused or self.trainer.stop_asked:
            return
        self.recorder.mark("paused")
        self._checkpoint()
        self.recorder.flush()  # also where no checkpoint could be taken
        self.writer.set_state("paused")
        while self.paused and not self.trainer.stop_asked:
            time.sleep(_PAUSE_POLL_SECONDS)
            self._apply(self.writer.commands())
        self.writer.set_state("running")

    def _apply(self, commands: list[tuple[str, float | None]]) -> None:
        for name, value in commands:
            match name:
                case "pause":
                    self.paused = True
                case "resume" if self.paused:
                    self.recorder.mark("resumed")
                    self.paused = False
                case "stop":
                    self.trainer.stop()
                case "learning_rate":
                    assert value is not None  # lifecycle gives this command its value
                    self.trainer.progress.lr = value
                    self.recorder.note(lr_set=value)
                    self.recorder.mark("learning_rate", value)
                    self.recorder.flush()

    def _checkpoint_when_due(self, every_seconds: float) -> None:
        due = max(every_seconds, self.checkpoint_seconds / _CHECKPOINT_FRACTION)
        if time.monotonic() - self.checkpointed >= due:
            self._checkpoint()

    def _checkpoint(self) -> None:
        if not self.trainer.settled:
            return
        begun = time.monotonic()
        self._save_checkpoint()
        self.checkpointed = time.monotonic()
        self.checkpoint_seconds = self.checkpointed - begun

    def _save_checkpoint(self) -> None:
        """The rows first: a run that goes on from a checkpoint has every row before it."""
        self.recorder.flush()
        checkpoints.save(self.trainer, self.run.folder, self.writer.log_lines(), self.writer.owning)

    def _reader(self, **card) -> readers.Reader:
        config, progress = self.trainer.config, self.trainer.progress
        card |= {
            "run": self.run.id,
            "name": self.run.name,
            "data": self.trainer.data.source,
            "step": progress.step,
            "config": config.as_dict(),
            **lessons.card_of(self.trainer.lesson, config),
        }
        kept = {name: value for name, value in card.items() if value is not None}
        return readers.reader_of(self.trainer.learner.arrays(), kept)

    def _save_weights(self, figures: dict[str, float | None]) -> None:
        self._write(self.run.folder.weights_path, readers.to_bytes(self._reader(**figures)))

    def _write(self, path: Path, content: bytes) -> None:
        try:
            self.run.folder.write(path, content, self.writer.owning)
        except OSError as error:
            raise StoreError(
                "Cannot write {path} ({error}): free some space, then resume; what was written stays.",
                path=path,
                error=error.strerror,
            ) from None

    def _snapshot_steps(self) -> set[int]:
        """About 40 steps, closer together at the start; fewer where the network is so large that they fill a disk."""
        bytes_each = 2 * sum(weight.numel() for weight in self.trainer.learner.network.parameters())
        count = min(_SNAPSHOTS, max(2, _SNAPSHOT_MIB * 2**20 // bytes_each))
        return set(np.geomspace(1, self.trainer.steps, count).round().astype(int).tolist())

    def _snapshot(self, step: int) -> None:
        if step in self.snapshot_steps and self.trainer.settled:
            _, accuracy = self.recorder.buckets.averages(step)
            content = readers.to_bytes(self._reader(train_accuracy=accuracy), half=True)
            self._write(self.run.folder.snapshot_path(step), content)


@contextmanager
def _stop_on_signal(trainer: Trainer) -> Iterator[None]:
    """Ctrl-C or a polite kill stops within a batch, with a checkpoint; a second Ctrl-C ends at once."""

    def stop(number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        trainer.stop()

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    with system.handling(stop):
        yield
