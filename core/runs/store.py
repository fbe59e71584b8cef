"""Runs on disk: one SQLite file in WAL mode, the only contact between trainer and screen.

One writer a run (its worker); any number of readers. Tables: runs, steps, buckets, epochs, log, commands.
"""

import json
import os
import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from core.training.config import TrainConfig
from core.runs.curves import EMA_FACTOR, POINTS, Curve, curve_of, level_for
from core.errors import StoreError

PROMISE_SECONDS = 10
"""A worker reports every second; one that is silent this long is lost."""
STARTING_SECONDS = 90
"""A new worker loads torch, and perhaps MNIST, before its first report."""
ACTIVE = ("running", "paused")
_ID = re.compile(r"\d{8}-\d{6}-[0-9a-f]{6}")
_BUSY_SECONDS = 10
_SCHEMA = """
CREATE TABLE IF NOT EXISTS runs(
    id TEXT PRIMARY KEY, created REAL NOT NULL, config TEXT NOT NULL, data TEXT, state TEXT NOT NULL,
    message TEXT NOT NULL DEFAULT '', pid INTEGER, reported REAL NOT NULL DEFAULT 0, facts TEXT NOT NULL DEFAULT '{}');
CREATE TABLE IF NOT EXISTS steps(
    run TEXT, step INTEGER, epoch INTEGER, loss REAL, loss_sum REAL, accuracy REAL, accuracy_sum REAL,
    learning_rate REAL, gradient_norm REAL, images_per_second REAL, PRIMARY KEY(run, step)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS buckets(
    run TEXT, level INTEGER, bucket INTEGER, last_step INTEGER, loss_min REAL, loss_max REAL, loss_sum REAL,
    accuracy_min REAL, accuracy_max REAL, accuracy_sum REAL, learning_rate REAL, gradient_norm REAL,
    PRIMARY KEY(run, level, bucket)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS epochs(
    run TEXT, epoch INTEGER, step INTEGER, train_loss REAL, train_accuracy REAL, validation_loss REAL,
    validation_accuracy REAL, test_loss REAL, test_accuracy REAL, PRIMARY KEY(run, epoch)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS log(id INTEGER PRIMARY KEY, run TEXT, step INTEGER, line TEXT);
CREATE INDEX IF NOT EXISTS log_of_run ON log(run, id);
CREATE TABLE IF NOT EXISTS commands(id INTEGER PRIMARY KEY, run TEXT, name TEXT, value REAL);
CREATE INDEX IF NOT EXISTS commands_of_run ON commands(run, id);
"""


@dataclass(frozen=True, kw_only=True)
class Run:
    """A run as it stands now. Accuracies are 0 to 1; None where not measured."""

    id: str
    config: TrainConfig
    state: str
    """queued, running, paused, stopped, finished, failed, or lost: its process is gone or silent."""
    created: float
    """Seconds since 1970."""
    folder: Path
    data: str | None = None
    message: str = ""
    pid: int | None = None
    device: str = ""
    device_reason: str = ""
    precision: str = ""
    precision_reason: str = ""
    data_source: str = ""
    data_note: str = ""
    images: int = 0
    step: int = 0
    steps: int = 0
    epoch: int = 0
    loss: float | None = None
    accuracy: float | None = None
    best_accuracy: float | None = None
    gradient_norm: float | None = None
    learning_rate: float | None = None
    """In force at the last step."""
    lr: float | None = None
    """As the person last set it; the peak under the one-cycle schedule."""
    images_per_second: float = 0.0
    memory_mib: float = 0.0
    seconds: float = 0.0
    test_accuracy: float | None = None
    test_loss: float | None = None

    @property
    def weights(self) -> Path | None:
        """The newest saved weights, or None."""
        path = self.folder / "weights.safetensors"
        return path if path.exists() else None

    @property
    def snapshots(self) -> dict[int, Path]:
        """Step -> the weights as they were then, kept for replay, oldest first; closer together at the start."""
        return {int(path.stem): path for path in sorted((self.folder / "snapshots").glob("*.safetensors"))}

    @property
    def checkpoint(self) -> Path | None:
        path = self.folder / "checkpoint.safetensors"
        return path if path.exists() else None


_FACTS = {field.name for field in fields(Run)} - {
    *("id", "config", "state", "created", "folder", "data", "message", "pid")
}


@dataclass(frozen=True)
class EpochRow:
    epoch: int
    step: int
    train_loss: float
    train_accuracy: float
    validation_loss: float | None
    validation_accuracy: float | None
    test_loss: float | None
    test_accuracy: float | None


@dataclass(frozen=True)
class History:
    """A whole run for the eye: what a page draws, of a run of the store or of a shipped reader."""

    run: Run
    curve: Curve
    epochs: list[EpochRow]
    log: list[str]


def folder_of(folder: Path | str | None = None) -> Path:
    """The runs folder that is meant: `folder`, else RUNS_ROOT, else ./runs."""
    return Path(folder or os.environ.get("RUNS_ROOT") or "runs").absolute()


class Store:
    """The runs in a folder. Every method raises StoreError, with the remedy, where the folder cannot be used."""

    def __init__(self, folder: Path | str | None = None):
        self.folder = folder_of(folder)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(
                f"Cannot make the runs folder {self.folder} ({error.strerror}): choose another with --runs."
            ) from None
        with self.transaction() as db:
            db.execute("PRAGMA journal_mode=WAL")
        with self.transaction() as db:
            if not db.execute("SELECT 1 FROM sqlite_master WHERE name='commands_of_run'").fetchone():
                db.executescript(_SCHEMA)

    @contextmanager
    def transaction(self, immediate: bool = False) -> Iterator[sqlite3.Connection]:
        """A short-lived connection, committed at the end, rolled back on an exception."""
        path = self.folder / "runs.sqlite"
        try:
            db = sqlite3.connect(path, timeout=_BUSY_SECONDS)
            try:
                db.execute("PRAGMA synchronous=NORMAL")  # with WAL: safe at a crash, an fsync only now and then
                if immediate:
                    db.execute("BEGIN IMMEDIATE")
                with db:
                    yield db
            finally:
                db.close()
        except sqlite3.Error as error:
            raise explain(path, error) from None

    # what a reader asks

    def runs(self) -> list[Run]:
        """All runs, newest first."""
        with self.transaction() as db:
            return [self._run(row) for row in db.execute(f"SELECT {_RUN} FROM runs ORDER BY created DESC, id DESC")]

    def run(self, run_id: str) -> Run:
        """One run. Raises StoreError for an id that is none of this folder's."""
        with self.transaction() as db:
            row = db.execute(f"SELECT {_RUN} FROM runs WHERE id=?", (run_id,)).fetchone()
        if row is None:
            raise StoreError(f"There is no run {run_id!r} in {self.folder}: 'python -m core runs' lists them.")
        return self._run(row)

    def epochs(self, run_id: str) -> list[EpochRow]:
        with self.transaction() as db:
            rows = db.execute(f"SELECT {_EPOCH} FROM epochs WHERE run=? ORDER BY epoch", (run_id,))
            return [EpochRow(*row) for row in rows]

    def curve(self, run_id: str, points: int = POINTS) -> Curve:
        """The run's curves in at most `points` buckets; the cost does not grow with the run."""
        with self.transaction() as db:
            last = db.execute("SELECT max(step) FROM steps WHERE run=?", (run_id,)).fetchone()[0] or 0
            coarsest = db.execute("SELECT max(level) FROM buckets WHERE run=?", (run_id,)).fetchone()[0] or 0
            level = min(level_for(last, points), coarsest)
            if level == 0:
                query, key = f"SELECT {_STEP_AS_BUCKET} FROM steps WHERE run=? ORDER BY step", (run_id,)
            else:
                query, key = f"SELECT {_BUCKET} FROM buckets WHERE run=? AND level=? ORDER BY bucket", (run_id, level)
            return curve_of(1 << level, db.execute(query, key).fetchall())

    def log(self, run_id: str, last: int = 200) -> list[str]:
        """The last lines of the run's log, in the article's words."""
        with self.transaction() as db:
            rows = db.execute("SELECT line FROM log WHERE run=? ORDER BY id DESC LIMIT ?", (run_id, last)).fetchall()
        return [line for (line,) in reversed(rows)]

    def history(self, run_id: str) -> History:
        return History(self.run(run_id), self.curve(run_id), self.epochs(run_id), self.log(run_id))

    def metrics_csv(self, run_id: str) -> Iterator[str]:
        """Every recorded step as CSV, header first, a few thousand lines a piece."""
        yield "step,epoch,loss,loss_ema,accuracy,accuracy_ema,learning_rate,gradient_norm,images_per_second\n"
        with self.transaction() as db:
            rows = db.execute(f"SELECT {_STEP} FROM steps WHERE run=? ORDER BY step", (run_id,))
            while piece := rows.fetchmany(4000):
                yield "".join(_csv_line(row) for row in piece)

    def commands(self, run_id: str, after: int = 0) -> list[tuple[int, str, float | None]]:
        """Commands (id, name, value) given to a run since the command `after`."""
        with self.transaction() as db:
            query = "SELECT id, name, value FROM commands WHERE run=? AND id>? ORDER BY id"
            return db.execute(query, (run_id, after)).fetchall()

    def _run(self, row: tuple) -> Run:
        run_id, created, config, data, state, message, pid, reported, facts = row
        if not _ID.fullmatch(run_id):  # an id becomes a folder's name
            raise StoreError(f"The database in {self.folder} is damaged: move runs.sqlite aside.")
        if state in ACTIVE and not is_alive(pid, reported):
            state = "lost"
        known = {name: value for name, value in json.loads(facts).items() if name in _FACTS}
        return Run(
            id=run_id,
            created=created,
            config=TrainConfig.from_dict(json.loads(config)),
            state=state,
            data=data,
            message=message,
            pid=pid,
            folder=self.folder / run_id,
            **known,
        )

    # what a run's owner writes

    def add(self, config: TrainConfig, data: str | None, state: str = "queued") -> str:
        """A new run; returns its id."""
        run_id = f"{time.strftime('%Y%m%d-%H%M%S')}-{os.urandom(3).hex()}"
        with self.transaction() as db:
            db.execute(
                "INSERT INTO runs(id, created, config, data, state, reported) VALUES(?, ?, ?, ?, ?, ?)",
                (run_id, time.time(), json.dumps(config.as_dict()), data, state, time.time() + STARTING_SECONDS),
            )
        try:
            (self.folder / run_id).mkdir()
        except OSError as error:
            raise StoreError(f"Cannot make {self.folder / run_id} ({error.strerror}): choose another --runs.") from None
        return run_id

    def command(self, run_id: str, name: str, value: float | None = None) -> None:
        with self.transaction() as db:
            db.execute("INSERT INTO commands(run, name, value) VALUES(?, ?, ?)", (run_id, name, value))

    def forget_commands(self, run_id: str) -> None:
        """Those to an earlier process of this run are over."""
        with self.transaction() as db:
            db.execute("DELETE FROM commands WHERE run=?", (run_id,))

    def set_state(self, run_id: str, state: str, message: str = "", pid: int | None = None) -> None:
        with self.transaction() as db:
            db.execute(
                "UPDATE runs SET state=?, message=?, pid=?, reported=? WHERE id=?",
                (state, message, pid, time.time(), run_id),
            )

    def report(self, run_id: str) -> None:
        """A sign of life."""
        with self.transaction() as db:
            db.execute("UPDATE runs SET reported=? WHERE id=?", (time.time(), run_id))

    def update_facts(self, run_id: str, facts: dict[str, Any]) -> None:
        """Merges facts of a Run (device, step, loss, ...) into what is known of it."""
        with self.transaction() as db:
            db.execute("UPDATE runs SET facts=json_patch(facts, ?) WHERE id=?", (json.dumps(facts), run_id))


_RUN = "id, created, config, data, state, message, pid, reported, facts"
_EPOCH = ", ".join(field.name for field in fields(EpochRow))
_BUCKET = (
    "last_step, loss_min, loss_max, loss_sum, accuracy_min, accuracy_max, accuracy_sum, learning_rate, gradient_norm"
)
_STEP = "step, epoch, loss, loss_sum, accuracy, accuracy_sum, learning_rate, gradient_norm, images_per_second"
_STEP_AS_BUCKET = "step, loss, loss, loss_sum, accuracy, accuracy, accuracy_sum, learning_rate, gradient_norm"


def _csv_line(row: tuple) -> str:
    step, epoch, loss, loss_sum, accuracy, accuracy_sum, *rest = row
    weight = 1 - EMA_FACTOR**step
    return ",".join(map(repr, (step, epoch, loss, loss_sum / weight, accuracy, accuracy_sum / weight, *rest))) + "\n"


def is_alive(pid: int | None, reported: float) -> bool:
    """Whether a worker may still be there: it has reported in the promised time, and its process exists."""
    if time.time() - reported > PROMISE_SECONDS:
        return False
    if pid is None or os.name != "posix":  # elsewhere signal 0 would end the process
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return not _is_zombie(pid)


def _is_zombie(pid: int) -> bool:
    """A killed child that its parent has not yet asked after still has a process number."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (OSError, IndexError):
        return False


def explain(path: Path, error: sqlite3.Error) -> StoreError:
    """What SQLite's error means for the person."""
    name = getattr(error, "sqlite_errorname", "")
    if name.startswith(("SQLITE_FULL", "SQLITE_IOERR")):
        return StoreError(f"Cannot write {path} ({error}): free some space, then resume; what was written stays.")
    if name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")):
        return StoreError(f"Cannot write {path}: make its folder writable, or choose another with --runs.")
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return StoreError(f"{path} is locked by another program: end that one, then try again.")
    return StoreError(f"{path} is damaged ({error}): move it aside; the weights in the folders beside it are unharmed.")
