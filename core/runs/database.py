"""The SQLite file of a runs folder: its tables, its versions, and what its errors mean for a person."""

import sqlite3
from pathlib import Path

from core.errors import StoreError
from core.runs import backup

NAME = "runs.sqlite"
BUSY_SECONDS = 10
VERSION = 3
"""PRAGMA user_version. 0: before runs had owners, names and notes. 1: before they were archived, deleted and marked.
2: before sweeps were held and trained several at once, and epochs told which digits were never answered."""
_SCHEMA = """
CREATE TABLE runs(
    id TEXT PRIMARY KEY, created REAL NOT NULL, config TEXT NOT NULL, data TEXT, state TEXT NOT NULL,
    message TEXT NOT NULL DEFAULT '', pid INTEGER, reported REAL NOT NULL DEFAULT 0, facts TEXT NOT NULL DEFAULT '{}',
    owner TEXT NOT NULL DEFAULT '', started REAL, name TEXT NOT NULL DEFAULT '', note TEXT NOT NULL DEFAULT '');
CREATE TABLE steps(
    run TEXT, step INTEGER, epoch INTEGER, loss REAL, loss_sum REAL, accuracy REAL, accuracy_sum REAL,
    learning_rate REAL, gradient_norm REAL, images_per_second REAL, PRIMARY KEY(run, step)) WITHOUT ROWID;
CREATE TABLE buckets(
    run TEXT, level INTEGER, bucket INTEGER, last_step INTEGER, loss_min REAL, loss_max REAL, loss_sum REAL,
    accuracy_min REAL, accuracy_max REAL, accuracy_sum REAL, learning_rate REAL, gradient_norm REAL,
    PRIMARY KEY(run, level, bucket)) WITHOUT ROWID;
CREATE TABLE epochs(
    run TEXT, epoch INTEGER, step INTEGER, train_loss REAL, train_accuracy REAL, validation_loss REAL,
    validation_accuracy REAL, test_loss REAL, test_accuracy REAL, PRIMARY KEY(run, epoch)) WITHOUT ROWID;
CREATE TABLE log(id INTEGER PRIMARY KEY, run TEXT, step INTEGER, line TEXT);
CREATE INDEX log_of_run ON log(run, id);
CREATE TABLE commands(id INTEGER PRIMARY KEY, run TEXT, name TEXT, value REAL);
CREATE INDEX commands_of_run ON commands(run, id);
"""
"""Of version 1; a new file is made of it and then brought up to date like any other."""
_UPGRADES = (
    """
ALTER TABLE runs ADD COLUMN owner TEXT NOT NULL DEFAULT '';
ALTER TABLE runs ADD COLUMN started REAL;
ALTER TABLE runs ADD COLUMN name TEXT NOT NULL DEFAULT '';
ALTER TABLE runs ADD COLUMN note TEXT NOT NULL DEFAULT '';
""",
    """
ALTER TABLE runs ADD COLUMN archived INTEGER NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN deleted REAL;
ALTER TABLE runs ADD COLUMN place REAL;
ALTER TABLE runs ADD COLUMN sweep TEXT NOT NULL DEFAULT '';
CREATE TABLE marks(id INTEGER PRIMARY KEY, run TEXT, step INTEGER, created REAL, name TEXT, value REAL);
CREATE INDEX marks_of_run ON marks(run, id);
""",
    """
CREATE TABLE sweeps(sweep TEXT PRIMARY KEY, at_once INTEGER NOT NULL DEFAULT 1, held INTEGER NOT NULL DEFAULT 0);
ALTER TABLE epochs ADD COLUMN unanswered TEXT;
""",
)
"""Each from its version to the next. deleted: seconds since 1970; place: in the queue, on the scale of `created`.
at_once: how many runs of the sweep may train at the same time; held: none of it starts."""


def connect(path: Path, create: bool = False) -> sqlite3.Connection:
    """A connection in which every transaction is begun by hand. Makes no file unless told to."""
    mode = "rwc" if create else "rw"
    db = sqlite3.connect(f"{path.as_uri()}?mode={mode}", timeout=BUSY_SECONDS, uri=True, isolation_level=None)
    db.text_factory = lambda raw: raw.decode(errors="replace")  # one damaged text is not to hide all others
    db.execute("PRAGMA synchronous=NORMAL")  # with WAL: safe at a crash, an fsync only now and then
    return db


def prepare(path: Path) -> None:
    """Makes the tables where there are none; brings those of an older version up to date, and keeps a copy before.

    Raises StoreError for a file of a newer version, and where the file cannot be used.
    """
    try:
        db = connect(path, create=True)
        try:
            db.execute("PRAGMA journal_mode=WAL")
            if _version(db) != VERSION or not _has_tables(db):
                _prepare(db, path)
            backup.keep_daily(db, path)
        finally:
            db.close()
    except sqlite3.Error as error:
        raise explain(path, error) from None


def _prepare(db: sqlite3.Connection, path: Path) -> None:
    if _has_tables(db) and _version(db) < VERSION:
        _copy(db, path.with_name(f"runs.version-{_version(db)}.sqlite"))
    db.execute("BEGIN IMMEDIATE")  # of several programs that start at once the first does it
    try:
        version = _version(db)
        if version > VERSION:
            raise StoreError(
                "{path} was written by a newer version of Row by Row: update the program, or choose another --runs.",
                path=path,
            )
        if not _has_tables(db):
            _execute(db, _SCHEMA)
            version = 1
        for upgrade in _UPGRADES[version:]:
            _execute(db, upgrade)
        db.execute(f"PRAGMA user_version={VERSION}")
        db.execute("COMMIT")
    except BaseException:
        db.execute("ROLLBACK")
        raise


def _execute(db: sqlite3.Connection, script: str) -> None:
    """Statement by statement: executescript would commit the transaction first."""
    for statement in filter(str.strip, script.split(";")):
        db.execute(statement)


def _copy(db: sqlite3.Connection, path: Path) -> None:
    """A copy of the whole database, also of what lies in its write-ahead log; an older copy stays."""
    if path.exists():
        return
    copy = sqlite3.connect(path)
    try:
        db.backup(copy)
    finally:
        copy.close()


def _version(db: sqlite3.Connection) -> int:
    return db.execute("PRAGMA user_version").fetchone()[0]


def _has_tables(db: sqlite3.Connection) -> bool:
    return db.execute("SELECT 1 FROM sqlite_master WHERE name='commands_of_run'").fetchone() is not None


def explain(path: Path, error: sqlite3.Error) -> StoreError:
    """What SQLite's error means for the person."""
    name = getattr(error, "sqlite_errorname", None) or ""
    if name.startswith("SQLITE_CANTOPEN") and not path.exists():
        return gone(path.parent)
    if name.startswith(("SQLITE_FULL", "SQLITE_IOERR")):
        return StoreError(
            "Cannot write {path} ({error}): free some space, then resume; what was written stays.",
            path=path,
            error=str(error),
        )
    if name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")):
        return StoreError("Cannot write {path}: make its folder writable, or choose another with --runs.", path=path)
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return StoreError("{path} is locked by another program: end that one, then try again.", path=path)
    return damaged(path, str(error))


def damaged(path: Path, reason: str) -> StoreError:
    return StoreError(
        "{path} is damaged ({error}): 'python -m core runs --repair' mends it; the weights beside it are unharmed.",
        path=path,
        error=reason,
    )


def gone(folder: Path) -> StoreError:
    """For a runs folder that was deleted or renamed while it was in use."""
    return StoreError(
        "The runs folder {folder} is gone, deleted or renamed: put it back, or start again with another --runs.",
        folder=folder,
    )
