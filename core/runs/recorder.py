"""Takes a run's events into the store: in memory at once, on disk every half second, one transaction a time."""

import json
import sqlite3
import time
from contextlib import contextmanager
from dataclasses import astuple
from pathlib import Path
from typing import Any

from core.messages import Message, pack
from core.training import devices, process
from core.runs.curves import Buckets
from core.training.events import ArticleLog, Epoch, Event, Finished, Started, Step
from core.runs.store import Store, explain

_FLUSH_SECONDS = 0.5


class Recorder:
    """The one writer of a run. Keeps a connection of its own: a batch may take only a few milliseconds."""

    def __init__(self, store: Store, run_id: str, epochs: float, steps: int):
        self.run_id, self.path = run_id, store.folder / "runs.sqlite"
        self.db = sqlite3.connect(self.path, timeout=10)
        self.db.execute("PRAGMA synchronous=NORMAL")
        self.article_log = ArticleLog(epochs)
        self.buckets = Buckets(steps)
        self.device = "cpu"
        self._steps: list[tuple] = []
        self._epochs: list[tuple] = []
        self._log: list[tuple] = []
        self._facts: dict[str, Any] = {"steps": steps}
        self._flushed = time.monotonic()
        self._command = 0

    def close(self) -> None:
        self.db.close()

    def rewind(self, step: int) -> None:
        """Forgets what was recorded after this step, which is about to be trained again."""
        with self._writing() as db:
            key = (self.run_id, step)
            for table in ("steps", "epochs", "log"):
                db.execute(f"DELETE FROM {table} WHERE run=? AND step>?", key)
            db.execute("DELETE FROM buckets WHERE run=? AND ((bucket + 1) << level) > ?", key)
            open_from = step >> self.buckets.levels << self.buckets.levels
            query = f"SELECT {_STEP_ROW} FROM steps WHERE run=? AND step>? ORDER BY step"
            rows = db.execute(query, (self.run_id, open_from)).fetchall()
            sums = db.execute("SELECT loss_sum, accuracy_sum FROM steps WHERE run=? AND step=?", key).fetchone()
        for row in rows:
            self.buckets.put(row)
        self.buckets.loss_sum, self.buckets.accuracy_sum = sums or (0.0, 0.0)

    def record(self, event: Event) -> list[str]:
        """Takes an event; returns the log lines that it made."""
        match event:
            case Started():
                self._take_started(event)
            case Step():
                self._take_step(event)
            case Epoch():
                self._epochs.append((self.run_id, *astuple(event)))
                self._take_best(event)
            case Finished():
                self._facts |= {"seconds": event.seconds}
                self._facts |= {"test_accuracy": event.test_accuracy, "test_loss": event.test_loss}
        lines = self.article_log.lines(event)
        self._log += [(self.run_id, self._facts.get("step", 0), line) for line in lines]
        if not isinstance(event, Step) or time.monotonic() - self._flushed > _FLUSH_SECONDS:
            self.flush()
        return lines

    def _take_started(self, event: Started) -> None:
        self.device = event.device
        names = ("device", "device_reason", "precision", "precision_reason", "images", "steps")
        self._facts |= {name: pack(v) if isinstance(v := getattr(event, name), Message) else v for name in names}
        self._facts |= {"data_source": event.data, "data_note": event.note}

    def _take_step(self, event: Step) -> None:
        self.buckets.add(event)
        self._steps.append(
            (
                self.run_id,
                event.step,
                event.epoch,
                event.loss,
                self.buckets.loss_sum,
                event.accuracy,
                self.buckets.accuracy_sum,
                event.learning_rate,
                event.gradient_norm,
                event.images_per_second,
            )
        )
        names = ("step", "epoch", "gradient_norm", "learning_rate", "images_per_second")
        self._facts |= {name: getattr(event, name) for name in names}

    def _take_best(self, event: Epoch) -> None:
        measured = event.validation_accuracy if event.validation_accuracy is not None else event.test_accuracy
        if measured is not None:
            self._facts["best_accuracy"] = max(measured, self._facts.get("best_accuracy") or 0.0)
        if event.test_accuracy is not None:
            self._facts |= {"test_accuracy": event.test_accuracy, "test_loss": event.test_loss}

    def note(self, **facts: Any) -> None:
        """Facts that no event carries, such as the learning rate that the person has set."""
        self._facts |= facts

    def flush(self) -> None:
        """Writes everything taken so far. Raises StoreError; what could not be written is kept for the next time."""
        self._flushed = time.monotonic()
        step = self._facts.get("step", 0)
        if step and self._steps:
            loss, accuracy = self.buckets.averages(step)
            self._facts |= {"loss": loss, "accuracy": accuracy}
        self._facts["memory_mib"] = process.memory_mib(self.device)
        buckets = self.buckets.changed()
        with self._writing() as db:
            db.executemany(f"INSERT OR REPLACE INTO steps VALUES({', '.join('?' * 10)})", self._steps)
            placeholders = ", ".join("?" * 12)
            rows = [(self.run_id, *row) for row in buckets]
            db.executemany(f"INSERT OR REPLACE INTO buckets VALUES({placeholders})", rows)
            db.executemany(f"INSERT OR REPLACE INTO epochs VALUES({', '.join('?' * 9)})", self._epochs)
            db.executemany("INSERT INTO log(run, step, line) VALUES(?, ?, ?)", self._log)
            update = "UPDATE runs SET facts=json_patch(facts, ?), reported=? WHERE id=?"
            db.execute(update, (json.dumps(self._facts), time.time(), self.run_id))
        self._steps, self._epochs, self._log = [], [], []
        self.buckets.forget_changed()

    def commands(self) -> list[tuple[str, float | None]]:
        """What the person has asked for since the last call: name and value."""
        query = "SELECT id, name, value FROM commands WHERE run=? AND id>? ORDER BY id"
        with self._writing() as db:
            rows = db.execute(query, (self.run_id, self._command)).fetchall()
        if rows:
            self._command = rows[-1][0]
        return [(name, value) for _, name, value in rows]

    @contextmanager
    def _writing(self):
        try:
            with self.db:
                yield self.db
        except sqlite3.Error as error:
            raise explain(Path(self.path), error) from None


_STEP_ROW = "step, loss, loss, loss_sum, accuracy, accuracy, accuracy_sum, learning_rate, gradient_norm"
