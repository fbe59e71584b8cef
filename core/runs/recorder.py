"""Takes a run's events into the store: in memory at once, on disk every half second, one transaction a time."""

import time
from typing import Any

from core.messages import Message
from core.runs.curves import Buckets
from core.runs.marks import Mark, MarkName
from core.runs.run import State
from core.runs.writer import Batch, LogLine, Writer
from core.training import process
from core.training.events import ArticleLog, Epoch, Event, Finished, Started, Step

_FLUSH_SECONDS = 0.5
_OF_START = ("device", "device_reason", "precision", "precision_reason", "images", "steps")
_OF_STEP = ("step", "epoch", "gradient_norm", "learning_rate", "images_per_second")


class Recorder:
    """What has happened to a run and is not yet on disk."""

    def __init__(self, writer: Writer, epochs: float, steps: int):
        self.writer, self.epochs = writer, epochs
        self.article_log = ArticleLog(epochs)
        self.buckets = Buckets(steps)
        self.device = "cpu"
        self._batch = Batch()
        self._facts: dict[str, Any] = {"steps": steps}
        """All that were taken: each flush writes them, also those that a failed one did not."""
        self._flushed = time.monotonic()

    def close(self) -> None:
        self.writer.close()

    def rewind(self, step: int, in_epoch: bool = False, log_lines: int | None = None) -> None:
        """Forgets what was recorded after this step, which is about to be trained again; see Writer.rewind."""
        open_from = step >> self.buckets.levels << self.buckets.levels
        kept = self.writer.rewind(step, in_epoch, log_lines, open_from)
        for row in kept.rows:
            self.buckets.put(row)
        self.buckets.continue_from(kept.last, step)
        self.article_log = ArticleLog(self.epochs, kept.tested)
        self._facts["step"] = step
        if kept.missing:
            line = f"{kept.missing} of the first {step} steps were not recorded: the curves have a gap there."
            self._batch.log.append(LogLine(step, line))

    def record(self, event: Event) -> list[str]:
        """Takes an event; returns the log lines that it made. The end of a run is taken by `finish`."""
        lines = self._take(event)
        if not isinstance(event, Step) or time.monotonic() - self._flushed > _FLUSH_SECONDS:
            self.flush()
        return lines

    def finish(self, event: Finished) -> list[str]:
        """The end of the run and its new state, written at once: a kill leaves both or none."""
        lines = self._take(event)
        if event.status != "finished":
            self.mark(event.status)
        self.flush(event.status, event.message)
        return lines

    def _take(self, event: Event) -> list[str]:
        match event:
            case Started():
                self.device = event.device
                self._facts |= _messages({name: getattr(event, name) for name in _OF_START})
                self._facts |= _messages({"data_source": event.data, "data_note": event.note})
                if event.start_accuracy is not None:  # a run that goes on has measured it before
                    self._facts["start_accuracy"] = event.start_accuracy
                self._facts |= {"versions": process.versions(), "machine": process.machine()}
            case Step():
                self._batch.steps.append(self.buckets.add(event))
                self._facts |= {name: getattr(event, name) for name in _OF_STEP}
            case Epoch():
                self._batch.epochs.append(event)
                self._take_best(event)
            case Finished():
                self._facts |= {"seconds": event.seconds}
                self._facts |= {"test_accuracy": event.test_accuracy, "test_loss": event.test_loss}
        lines = self.article_log.lines(event)
        self._batch.log += [LogLine(self._facts.get("step", 0), line) for line in lines]
        return lines

    def _take_best(self, event: Epoch) -> None:
        measured = event.validation_accuracy if event.validation_accuracy is not None else event.test_accuracy
        if measured is not None:
            self._facts["best_accuracy"] = max(measured, self._facts.get("best_accuracy") or 0.0)
        if event.test_accuracy is not None:
            self._facts |= {"test_accuracy": event.test_accuracy, "test_loss": event.test_loss}

    def mark(self, name: MarkName, value: float | None = None) -> None:
        """Something that happened now, after the last step taken."""
        self._batch.marks.append(Mark(self._facts.get("step", 0), time.time(), name, value))

    def note(self, **facts: Any) -> None:
        """Facts that no event carries, such as the learning rate that the person has set."""
        self._facts |= facts

    def flush(self, state: State | None = None, message: Message | None = None) -> None:
        """Writes everything taken so far. Raises StoreError; what could not be written is kept for the next time."""
        self._flushed = time.monotonic()
        if self._batch.steps:
            self._facts["loss"], self._facts["accuracy"] = self._batch.steps[-1].averages
        self._facts["memory_mib"] = process.memory_mib(self.device)
        self._batch.buckets, self._batch.facts = self.buckets.changed(), self._facts
        self.writer.write(self._batch, state, message or Message())
        self._batch = Batch()
        self.buckets.forget_changed()


def _messages(facts: dict[str, Any]) -> dict[str, Any]:
    """The same facts; a reason or a note that is a plain text becomes a message without values."""
    named = ("device_reason", "precision_reason", "data_note")
    return {name: Message(fact) if name in named and isinstance(fact, str) else fact for name, fact in facts.items()}
