"""One training run in a process of its own: events go to the store, commands come from it.

The same code whether the dashboard or the command line started the run.
"""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import contextmanager, suppress
from types import TracebackType

import numpy as np

from core.reading import readers
from core.runs import checkpoints
from core.training import devices, distributed, process
from core.digits import data as mnist
from core.training.distributed import ALONE, World
from core.errors import DataError, RowByRowError, StoreError, TrainingError
from core.training.events import Epoch, Event, Finished, Step
from core.runs.recorder import Recorder
from core.runs.store import ACTIVE, Run, Store
from core.training.trainer import Progress, Trainer

_REPORT_SECONDS = 1.0
_CHECKPOINT_SECONDS = 10.0
_EPOCH_CHECKPOINT_SECONDS = 1.0
_CHECKPOINT_SHARE = 0.05
"""Of the time, at most, that is spent writing checkpoints."""
_SNAPSHOTS = 40
_SNAPSHOT_MIB = 512
_PAUSE_POLL_SECONDS = 0.05
Listener = Callable[[Event, list[str]], None]


def run(store: Store, run_id: str, listen: Listener = lambda event, lines: None, world: World = ALONE) -> Finished:
    """Trains the run to its end, from its checkpoint where there is one; `listen` hears each event.

    Of several processes this is the first; the others `follow`. A mistake or a full disk marks the run failed, with
    the message, and is raised again.
    """
    try:
        with _reporting(store, run_id), distributed.noticing_the_dead(world):
            return Worker(store, store.run(run_id), listen, world).train()
    except RowByRowError as error:
        with suppress(StoreError):  # the store may be what is broken; the error itself is raised either way
            store.set_state(run_id, "failed", str(error))
        raise


def follow(world: World) -> None:
    """Trains along with the first process, from what that one has loaded; writes nothing."""
    with distributed.following(), distributed.noticing_the_dead(world):
        config, data, source, choice, resumed = world.broadcast(lambda: None)
        trainer = Trainer(config, mnist.load(data), choice, world)
        if trainer.data.source != source:
            raise DataError(f"The first process trains on the {source} MNIST, another finds only a {trainer.data.note}")
        if resumed:
            trainer.restore(*resumed)
        for _ in trainer.events():
            pass


@contextmanager
def _reporting(store: Store, run_id: str):
    """Reports once a second from a thread, so that a long test or a large batch is not taken for a death."""
    over = threading.Event()

    def report() -> None:
        while not over.wait(_REPORT_SECONDS):
            with suppress(StoreError):  # the main thread meets the same error and says it
                store.report(run_id)

    thread = threading.Thread(target=report, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


class Worker:
    """A run, its trainer and its recorder."""

    def __init__(self, store: Store, run: Run, listen: Listener, world: World = ALONE):
        self.store, self.run, self.listen, self.world, self.pid = store, run, listen, world, os.getpid()
        if run.state not in ACTIVE:  # else what was asked while this process started is still to be done
            store.forget_commands(run.id)
        store.set_state(run.id, "running", pid=self.pid)
        self.trainer, resumed = self._trainer()
        self.recorder = Recorder(store, run.id, run.config.epochs, self.trainer.steps)
        if resumed:
            self.recorder.note(best_accuracy=resumed.best_accuracy if resumed.best_accuracy >= 0 else None)
        self.recorder.rewind(self.trainer.progress.step)
        self.recorder.note(lr=self.trainer.progress.lr)
        self.snapshot_steps = self._snapshot_steps()
        self.checkpointed, self.checkpoint_seconds = time.monotonic(), 0.0
        self.paused = False

    def _trainer(self) -> tuple[Trainer, Progress | None]:
        """The trainer, and the progress that it goes on from, or None at the start."""
        run, config, precision, resumed = self.run, self.run.config, None, None
        if run.checkpoint:
            config, precision, progress, tensors = checkpoints.load(run.folder)
            resumed = (tensors, progress)
        process.configure_process(self.world.local_size)
        choice = devices.choose(config.with_(precision=precision))  # first: one that is not there is known at once
        self.world.check(choice.device)
        data = mnist.load(run.data, self._downloading)
        self.world.broadcast(lambda: (config, run.data, data.source, choice, resumed))
        trainer = Trainer(config, data, choice, self.world)
        if resumed:
            trainer.restore(*resumed)
        return trainer, resumed and resumed[1]

    def _downloading(self, name: str, done: int, total: int) -> None:
        share = f"{done / total:.0%}" if total else f"{done >> 20} MiB"
        if total and done < total and int(100 * done / total) == int(100 * (done - 65536) / total):
            return  # at most a hundred lines a file
        self.store.set_state(self.run.id, "running", f"Downloading MNIST: {name}, {share}", self.pid)
        print(f"\rDownloading MNIST: {name} {share}", end="" if done < total else "\n", file=sys.stderr, flush=True)

    def train(self) -> Finished:
        """Runs to the end, whatever ends it; always leaves a checkpoint and weights of where it stopped."""
        finished = Finished("stopped", self.trainer.progress.seconds)
        with _stop_on_signal(self.trainer):
            try:
                for event in self.trainer.events():
                    if isinstance(event, Finished):
                        finished = self._finish(event)
                    else:
                        self._hear(event)
            finally:
                self.recorder.close()
        if finished.status == "failed":
            raise TrainingError(finished.message)
        return finished

    def _hear(self, event: Event) -> None:
        self.listen(event, self.recorder.record(event))
        if isinstance(event, Step):
            self._snapshot(event.step)
        if isinstance(event, Epoch):
            self._save_weights({"validation_accuracy": event.validation_accuracy, "test_accuracy": event.test_accuracy})
        if isinstance(event, Step):
            self._checkpoint_when_due(_CHECKPOINT_SECONDS)
            self._obey()
        elif isinstance(event, Epoch):
            self._checkpoint_when_due(_EPOCH_CHECKPOINT_SECONDS)

    def _finish(self, event: Finished) -> Finished:
        if event.status != "failed":  # weights that are no numbers are nobody's
            if event.status == "stopped" or not self.trainer.config.test_each_epoch:
                self._save_weights({"test_accuracy": event.test_accuracy})
            checkpoints.save(self.trainer, self.run.folder)
        weights = self.run.weights
        event = Finished(
            event.status,
            event.seconds,
            str(weights) if weights else None,
            event.test_accuracy,
            event.test_loss,
            event.message,
        )
        lines = self.recorder.record(event)
        self.store.set_state(self.run.id, event.status, event.message)
        self.listen(event, lines)
        return event

    def _obey(self) -> None:
        """Carries out commands; while paused, waits here for the next."""
        self._apply(self.recorder.commands())
        if not self.paused or self.trainer.stop_asked:
            return
        self._checkpoint()
        self.recorder.flush()
        self.store.set_state(self.run.id, "paused", pid=self.pid)
        while self.paused and not self.trainer.stop_asked:
            time.sleep(_PAUSE_POLL_SECONDS)
            self._apply(self.recorder.commands())
        self.store.set_state(self.run.id, "running", pid=self.pid)

    def _apply(self, commands: list[tuple[str, float | None]]) -> None:
        for name, value in commands:
            match name:
                case "pause":
                    self.paused = True
                case "resume":
                    self.paused = False
                case "stop":
                    self.trainer.stop()
                case "learning_rate":
                    self.trainer.progress.lr = value
                    self.recorder.note(lr=value)
                    self.recorder.flush()

    def _checkpoint_when_due(self, every_seconds: float) -> None:
        due = max(every_seconds, self.checkpoint_seconds / _CHECKPOINT_SHARE)
        if time.monotonic() - self.checkpointed >= due:
            self._checkpoint()

    def _checkpoint(self) -> None:
        if not self.trainer.settled:
            return
        start = time.monotonic()
        checkpoints.save(self.trainer, self.run.folder)
        self.checkpointed = time.monotonic()
        self.checkpoint_seconds = self.checkpointed - start

    def _reader(self, **card) -> readers.Reader:
        config, progress = self.trainer.config, self.trainer.progress
        card |= {
            "run": self.run.id,
            "data": self.trainer.data.source,
            "step": progress.step,
            "config": config.as_dict(),
        }
        kept = {name: value for name, value in card.items() if value is not None}
        return readers.reader_of(self.trainer.learner.arrays(), kept)

    def _save_weights(self, figures: dict[str, float | None]) -> None:
        readers.save(self._reader(**figures), self.run.folder / "weights.safetensors")

    def _snapshot_steps(self) -> set[int]:
        """About 40 steps, closer together at the start; fewer where the network is so large that they fill a disk."""
        bytes_each = 2 * sum(weight.numel() for weight in self.trainer.learner.network.parameters())
        count = min(_SNAPSHOTS, max(2, _SNAPSHOT_MIB * 2**20 // bytes_each))
        return set(np.geomspace(1, self.trainer.steps, count).round().astype(int).tolist())

    def _snapshot(self, step: int) -> None:
        if step in self.snapshot_steps and self.trainer.settled:
            _, accuracy = self.recorder.buckets.averages(step)
            path = self.run.folder / "snapshots" / f"{step:08d}.safetensors"
            readers.save(self._reader(train_accuracy=accuracy), path, half=True)


@contextmanager
def _stop_on_signal(trainer: Trainer):
    """Ctrl-C or a polite kill stops within a batch, with a checkpoint; a second Ctrl-C ends at once."""

    def stop(number: int, frame: TracebackType | None) -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        trainer.stop()

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
