"""Runs on disk: one SQLite file in WAL mode, the only contact between trainer and screen.

A run has one writer, the process that owns it (`writer.Writer`); any number of readers. Tables: runs, steps, buckets,
epochs, log, commands, marks, sweeps.
"""

import json
import os
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from core.errors import StoreError
from core.messages import Message, pack
from core.outside import reason_of
from core.runs import database, naming, queries, record
from core.runs.curves import POINTS, Curve
from core.runs.marks import ADD, Mark
from core.runs.record import RunRow
from core.runs.run import ACTIVE, NO_FILES, Files, Run, RunFolder, State
from core.runs.writer import Owner, Writer
from core.training import process
from core.training.config import TrainConfig
from core.training.events import Epoch

STARTING_SECONDS = 90
"""A new worker loads torch, and perhaps MNIST, before its first report."""


class Command(NamedTuple):
    """What a person asks of a run: pause, resume, stop, or learning_rate with a value."""

    id: int
    name: str
    value: float | None


@dataclass(frozen=True)
class History:
    """A whole run for the eye: what a page draws, of a run of the store or of a shipped reader."""

    run: Run
    curve: Curve
    epochs: list[Epoch]
    log: list[str]
    marks: list[Mark] = field(default_factory=list)


def folder_of(folder: Path | str | None = None) -> Path:
    """The runs folder that is meant: `folder`, else RUNS_ROOT, else ./runs."""
    return Path(folder or os.environ.get("RUNS_ROOT") or "runs").absolute()


class Store:
    """The runs in a folder. Every method raises StoreError, with the remedy, where the folder cannot be used."""

    def __init__(self, folder: Path | str | None = None):
        self.folder = folder_of(folder)
        self.path = self.folder / database.NAME
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(
                "Cannot make the runs folder {folder} ({error}): choose another with --runs.",
                folder=self.folder,
                error=error.strerror,
            ) from None
        database.prepare(self.path)
        self._name_all()

    def _name_all(self) -> None:
        """Runs of an older version get their names."""
        with self.transaction() as db:
            if not db.execute("SELECT 1 FROM runs WHERE name='' LIMIT 1").fetchone():
                return
        with self.transaction(immediate=True) as db:
            naming.name_all(db)

    @contextmanager
    def transaction(self, immediate: bool = False) -> Iterator[sqlite3.Connection]:
        """A short-lived connection, committed at the end, rolled back on an exception."""
        try:
            db = database.connect(self.path)
            try:
                db.execute("BEGIN IMMEDIATE" if immediate else "BEGIN")
                yield db
                db.execute("COMMIT")
            finally:
                db.close()  # without a commit: rolls back
        except sqlite3.Error as error:
            raise database.explain(self.path, error) from None
        except (TypeError, ValueError, OverflowError) as error:  # a value that is none of its column's
            raise database.damaged(self.path, reason_of(error)) from None

    # what a reader asks

    def runs(self) -> list[Run]:
        """All runs, newest first, without those that were deleted."""
        with self.transaction() as db:
            rows = db.execute(f"SELECT {record.COLUMNS} FROM runs WHERE deleted IS NULL ORDER BY created DESC, id DESC")
            return [record.shown(RunRow(*row), self.folder) for row in rows]

    def run(self, run_id: str) -> Run:
        """One run. Raises StoreError for an id that is none of this folder's."""
        with self.transaction() as db:
            return record.shown(self._row(db, run_id), self.folder)

    def epochs(self, run_id: str) -> list[Epoch]:
        with self.transaction() as db:
            return queries.epochs(db, run_id)

    def curve(self, run_id: str, points: int = POINTS) -> Curve:
        """The run's curves in at most `points` buckets; the cost does not grow with the run."""
        with self.transaction() as db:
            return queries.curve(db, run_id, points)

    def log(self, run_id: str, last: int = 200) -> list[str]:
        """The last lines of the run's log, in the article's words."""
        with self.transaction() as db:
            return queries.log(db, run_id, last)

    def history(self, run_id: str) -> History:
        return History(self.run(run_id), self.curve(run_id), self.epochs(run_id), self.log(run_id), self.marks(run_id))

    def marks(self, run_id: str) -> list[Mark]:
        """What happened to the run besides its steps, in the order in which it did."""
        with self.transaction() as db:
            return queries.marks(db, run_id)

    def metrics_csv(self, run_id: str) -> Iterator[str]:
        """Every recorded step as CSV, header first, a few thousand lines a piece."""
        with self.transaction() as db:
            yield from queries.metrics_csv(db, run_id)

    def commands(self, run_id: str, after: int = 0) -> list[Command]:
        """What was asked of a run since the command `after`."""
        with self.transaction() as db:
            query = "SELECT id, name, value FROM commands WHERE run=? AND id>? ORDER BY id"
            return [Command(*row) for row in db.execute(query, (run_id, after))]

    def is_trained(self, db: sqlite3.Connection, run_id: str) -> bool:
        """Whether a process may still be writing the run, a deleted one too."""
        row = db.execute(f"SELECT {record.COLUMNS} FROM runs WHERE id=?", (run_id,)).fetchone()
        known = row and RunRow(*row)
        return bool(known) and known.state in ACTIVE and known.is_alive()

    def _row(self, db: sqlite3.Connection, run_id: str) -> RunRow:
        row = db.execute(f"SELECT {record.COLUMNS} FROM runs WHERE id=? AND deleted IS NULL", (run_id,)).fetchone()
        if row is None:
            raise StoreError(
                "There is no run {run} in {folder}: 'python -m core runs' lists them.",
                run=repr(run_id),
                folder=self.folder,
            )
        return RunRow(*row)

    # what a person, or a program on a person's behalf, asks for

    def add(
        self,
        config: TrainConfig,
        data: str | None,
        state: State = "queued",
        owner: Owner | None = None,
        *,
        name: str = "",
        sweep: str = "",
        given: Files = NO_FILES,
    ) -> str:
        """A new run, of this owner or of none yet; returns its id. Raises StoreError for a name that is too long.

        Where another run has its name, a number is put behind it. given: files that its folder begins with.
        """
        with self.transaction(immediate=True) as db:
            row = {"data": data, "state": state, "sweep": sweep, "created": time.time()}
            return self._insert(db, config, naming.checked(name), owner, given, **row)

    def add_sweep(
        self, sweep: str, configs: Sequence[TrainConfig], data: str | None, at_once: int, given: Sequence[Files] = ()
    ) -> list[str]:
        """A queued run for each config, all or none; of them `at_once` may train at the same time.

        given: the files that each one's folder begins with.
        """
        with self.transaction(immediate=True) as db:
            db.execute("INSERT INTO sweeps(sweep, at_once) VALUES(?, ?)", (sweep, at_once))
            row, now = {"data": data, "state": "queued", "sweep": sweep}, time.time()
            moments = (now + 1e-4 * number for number in range(len(configs)))  # in order also by a coarse clock
            each = zip(configs, moments, given or [NO_FILES] * len(configs), strict=True)
            return [
                self._insert(db, config, "", None, files, **row, created=created) for config, created, files in each
            ]

    def _insert(
        self, db: sqlite3.Connection, config: TrainConfig, name: str, owner: Owner | None, given: Files, **row: Any
    ) -> str:
        run_id = _new_id(db)
        pid, started, token = owner or (None, None, "")
        row |= {"id": run_id, "pid": pid, "started": started, "owner": token}
        row["reported"] = row["created"] if owner else row["created"] + STARTING_SECONDS
        row["config"] = json.dumps(config.as_dict())
        row["name"] = naming.free_name(db, name or naming.default_name(config))
        places = ", ".join("?" * len(row))
        db.execute(f"INSERT INTO runs({', '.join(row)}) VALUES({places})", tuple(row.values()))
        self._make_folder(run_id, given)
        return run_id

    def add_owned(self, config: TrainConfig, data: str | None, name: str = "", given: Files = NO_FILES) -> Writer:
        """A new run that this process trains: seen as lost at once should it die."""
        run_id = self.add(config, data, "running", owner := Owner.of_this_process(), name=name, given=given)
        return Writer(self.path, self.run(run_id), owner)

    def _make_folder(self, run_id: str, given: Files = NO_FILES) -> RunFolder:
        folder = RunFolder(self.folder / run_id)
        try:
            folder.make(given)
        except FileNotFoundError:
            raise database.gone(self.folder) from None
        except OSError as error:
            raise StoreError(
                "Cannot make {folder} ({error}): choose another --runs.", folder=folder.path, error=error.strerror
            ) from None
        return folder

    def claim(self, run_id: str) -> Writer:
        """Makes this process the one that writes this run. Raises StoreError where it is finished or has an owner.

        One transaction: of several processes that try at once, one succeeds. An owner that is gone or silent loses
        the run, and is told so when it next writes.
        """
        owner = Owner.of_this_process()
        with self.transaction(immediate=True) as db:
            row = self._row(db, run_id)
            run = record.run_of(row, self.folder)
            if run.state == "finished" or (run.state in ACTIVE and row.owner):
                raise StoreError(
                    "Run {run} is {state}: only one that waits, was stopped, failed or lost can be trained.",
                    run=run_id,
                    state=Message(run.state),
                )
            if run.state not in ACTIVE:  # else what was asked while this process started is still to be done
                db.execute("DELETE FROM commands WHERE run=?", (run_id,))
            db.execute(
                "UPDATE runs SET state='running', message='', owner=?, pid=?, started=?, reported=? WHERE id=?",
                (owner.token, owner.pid, owner.started, time.time(), run_id),
            )
            _mark_death(db, run, row.reported)
            folder = self._make_folder(run_id)
        folder.remove_leftovers()
        return Writer(self.path, self.run(run_id), owner)

    def set_starting(self, run_id: str, pid: int) -> None:
        """The process that was started for a reserved run: from here on its death is seen at once."""
        with self.transaction() as db:
            update = "UPDATE runs SET pid=?, started=? WHERE id=? AND owner='' AND pid IS NULL AND state='running'"
            db.execute(update, (pid, process.start_time(pid), run_id))

    def set_state(
        self,
        run_id: str,
        state: State,
        message: Message | str = "",
        pid: int | None = None,
        expected: State | None = None,
    ) -> bool:
        """Changes the state from outside; the process that owned the run loses it.

        expected: changes it only from this state. Returns whether it was changed.
        """
        packed = pack(message if isinstance(message, Message) else Message(message))
        started = process.start_time(pid) if pid else None
        with self.transaction(immediate=True) as db:
            row = self._row(db, run_id)
            run = record.run_of(row, self.folder)
            if expected and run.state != expected:
                return False
            _mark_death(db, run, row.reported)
            update = "UPDATE runs SET state=?, message=?, owner='', pid=?, started=?, reported=? WHERE id=?"
            db.execute(update, (state, packed, pid, started, time.time(), run_id))
            if state == "queued":  # what was asked of an earlier process of this run is over
                db.execute("DELETE FROM commands WHERE run=?", (run_id,))
                db.execute("UPDATE runs SET place=? WHERE id=?", (time.time(), run_id))
        return True

    def command(self, run_id: str, name: str, value: float | None = None) -> None:
        with self.transaction() as db:
            db.execute("INSERT INTO commands(run, name, value) VALUES(?, ?, ?)", (run_id, name, value))


def _new_id(db: sqlite3.Connection) -> str:
    while True:
        run_id = f"{time.strftime('%Y%m%d-%H%M%S')}-{os.urandom(3).hex()}"
        if not db.execute("SELECT 1 FROM runs WHERE id=?", (run_id,)).fetchone():
            return run_id


def _mark_death(db: sqlite3.Connection, run: Run, reported: float) -> None:
    """Keeps where a run was when its process died, before its state says something else."""
    if run.state == "lost" and run.facts.step:
        db.execute(ADD, (run.id, run.facts.step, reported, "killed", None))
