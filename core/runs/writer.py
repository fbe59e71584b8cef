"""What the one process that owns a run writes of it. Every write asks first whether the run is still its own."""

import json
import os
import sqlite3
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import astuple, dataclass, field, fields
from pathlib import Path
from typing import Any, NamedTuple

from core.errors import OwnershipError
from core.messages import Message, pack
from core.runs import database
from core.runs.curves import Bucket, Place, StepRow
from core.runs.marks import FORGET, Mark
from core.runs.run import Run, State, packed
from core.training import process
from core.training.events import Epoch

PROMISE_SECONDS = 10
"""An owner reports every second; one that is silent this long is lost."""


def columns(row: type) -> str:
    """The columns of a table whose rows are NamedTuples of this type."""
    return ", ".join(row._fields)


class Owner(NamedTuple):
    """A process that owns a run: its number may be used again, its start and the token may not."""

    pid: int
    started: float | None
    token: str

    @classmethod
    def of_this_process(cls) -> "Owner":
        pid = os.getpid()
        started = process.start_time(pid)
        return cls(pid, started, f"{pid}-{started or 0:.2f}-{os.urandom(8).hex()}")


class LogLine(NamedTuple):
    step: int
    line: str


@dataclass
class Batch:
    """What is to be written in one transaction."""

    steps: list[StepRow] = field(default_factory=list)
    buckets: dict[Place, Bucket] = field(default_factory=dict)
    epochs: list[Epoch] = field(default_factory=list)
    log: list[LogLine] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    """Changed fields of Facts."""


class Kept(NamedTuple):
    """What is left of a run's record after `Writer.rewind`."""

    rows: list[StepRow]
    """Of the buckets that are still open."""
    last: StepRow | None
    """The last one at or before the step."""
    missing: int
    """Steps up to the step that were never recorded."""
    tested: bool
    """Whether the last epoch was tested."""


class Writer:
    """A run's owner. Keeps a connection of its own: a batch of training may take only a few milliseconds.

    Every method raises OwnershipError where another process has taken the run over, StoreError where the runs folder
    cannot be used or is gone; nothing has been written then.
    """

    def __init__(self, path: Path, run: Run, owner: Owner):
        self.path, self.run, self.owner = path, run, owner
        self._db = database.connect(path)
        self._file = _identity(path)
        self._command = 0

    def close(self) -> None:
        self._db.close()

    @contextmanager
    def owning(self) -> Iterator[sqlite3.Connection]:
        """A transaction during which the run is this process's: nobody can take it over before it ends.

        A file that belongs to the run is put in its place inside of it.
        """
        with self._explaining():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                self._report(self._db)
                yield self._db
                self._db.execute("COMMIT")
            finally:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")

    @contextmanager
    def _explaining(self) -> Iterator[None]:
        if _identity(self.path) != self._file:  # the connection would go on with the file that is no longer there
            raise database.gone(self.path.parent)
        try:
            yield
        except sqlite3.Error as error:
            raise database.explain(self.path, error) from None

    def _report(self, db: sqlite3.Connection) -> None:
        """A sign of life, and the question whether the run is still ours."""
        update = "UPDATE runs SET reported=? WHERE id=? AND owner=?"
        if db.execute(update, (time.time(), self.run.id, self.owner.token)).rowcount != 1:
            raise self._lost()

    def _lost(self) -> OwnershipError:
        return OwnershipError(
            "Run {run} was taken over by another process: this one ends, and has written nothing since.",
            run=self.run.id,
        )

    def report(self) -> None:
        """A sign of life, from any thread."""
        with self._explaining():
            db = database.connect(self.path)
            try:
                self._report(db)
            finally:
                db.close()

    def set_state(self, state: State, message: Message = Message()) -> None:
        with self.owning() as db:
            self._set_state(db, state, message)

    def _set_state(self, db: sqlite3.Connection, state: State, message: Message) -> None:
        db.execute("UPDATE runs SET state=?, message=? WHERE id=?", (state, pack(message), self.run.id))

    def write(self, batch: Batch, state: State | None = None, message: Message = Message()) -> None:
        """Writes the batch and, where one is given, the run's new state, all or nothing."""
        run_id = self.run.id
        with self.owning() as db:
            _insert(db, "steps", ("run", *StepRow._fields), ((run_id, *row) for row in batch.steps))
            buckets = ((run_id, *place, *bucket) for place, bucket in batch.buckets.items())
            _insert(db, "buckets", ("run", *Place._fields, *Bucket._fields), buckets)
            names = [name.name for name in fields(Epoch)]
            _insert(db, "epochs", ("run", *names), ((run_id, *astuple(epoch)) for epoch in batch.epochs))
            _insert(db, "log", ("run", *LogLine._fields), ((run_id, *line) for line in batch.log))
            _insert(db, "marks", ("run", *Mark._fields), ((run_id, *mark) for mark in batch.marks))
            facts = json.dumps(packed(batch.facts))
            db.execute("UPDATE runs SET facts=json_patch(facts, ?) WHERE id=?", (facts, run_id))
            if state:
                self._set_state(db, state, message)

    def log_lines(self) -> int:
        """How many lines the run's log has."""
        with self._explaining():
            return self._db.execute("SELECT count(*) FROM log WHERE run=?", (self.run.id,)).fetchone()[0]

    def rewind(self, step: int, in_epoch: bool, log_lines: int | None, open_from: int) -> Kept:
        """Forgets what was recorded after this step, and returns what the record goes on from.

        in_epoch: whether the epoch that the step belongs to is still to be tested. log_lines: how many lines the log
        had by then, None where that is not known. open_from: the step after which buckets are still open.
        """
        run_id = self.run.id
        with self.owning() as db:
            db.execute("DELETE FROM steps WHERE run=? AND step>?", (run_id, step))
            db.execute("DELETE FROM epochs WHERE run=? AND step>?", (run_id, step - in_epoch))
            db.execute(FORGET, (run_id, step))
            db.execute("DELETE FROM buckets WHERE run=? AND ((bucket + 1) << level) > ?", (run_id, step))
            if log_lines is None:
                db.execute("DELETE FROM log WHERE run=? AND step>?", (run_id, step))
            else:
                kept = "SELECT id FROM log WHERE run=? ORDER BY id LIMIT ?"
                db.execute(f"DELETE FROM log WHERE run=? AND id NOT IN ({kept})", (run_id, run_id, log_lines))
            return self._kept(db, step, open_from)

    def _kept(self, db: sqlite3.Connection, step: int, open_from: int) -> Kept:
        of_run = (self.run.id,)
        query = f"SELECT {columns(StepRow)} FROM steps WHERE run=?"
        rows = [StepRow(*row) for row in db.execute(f"{query} AND step>? ORDER BY step", (*of_run, open_from))]
        last = db.execute(f"{query} ORDER BY step DESC LIMIT 1", of_run).fetchone()
        count = db.execute("SELECT count(*) FROM steps WHERE run=?", of_run).fetchone()[0]
        test = db.execute("SELECT test_accuracy FROM epochs WHERE run=? ORDER BY epoch DESC LIMIT 1", of_run).fetchone()
        return Kept(rows, last and StepRow(*last), step - count, bool(test) and test[0] is not None)

    def commands(self) -> list[tuple[str, float | None]]:
        """What the person has asked for since the last call: name and value."""
        with self._explaining():
            owner = self._db.execute("SELECT owner FROM runs WHERE id=?", (self.run.id,)).fetchone()
            if owner != (self.owner.token,):
                raise self._lost()
            query = "SELECT id, name, value FROM commands WHERE run=? AND id>? ORDER BY id"
            rows = self._db.execute(query, (self.run.id, self._command)).fetchall()
        if rows:
            self._command = rows[-1][0]
        return [(name, value) for _, name, value in rows]


def _insert(db: sqlite3.Connection, table: str, names: Iterable[str], rows: Iterable[tuple]) -> None:
    names = list(names)
    places = ", ".join("?" * len(names))
    db.executemany(f"INSERT OR REPLACE INTO {table}({', '.join(names)}) VALUES({places})", rows)


def _identity(path: Path) -> tuple[int, int] | None:
    """Which file this is, by device and number; None where there is none."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino
