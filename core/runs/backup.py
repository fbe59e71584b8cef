"""Copies of the store by SQLite's own backup: one a day, kept for two, and never one of a damaged file."""

import os
import sqlite3
import tempfile
import time
from contextlib import closing, suppress
from pathlib import Path

from core import system

NEWEST, BEFORE = "runs.backup.sqlite", "runs.backup-before.sqlite"
"""Beside the store: of today, and of the day before."""
_DAY_SECONDS = 24 * 3600


def all_of(path: Path) -> list[Path]:
    """The copies that there are of this store, the newest first; those from before a migration too."""
    known = [path.with_name(name) for name in (NEWEST, BEFORE)]
    older = sorted(path.parent.glob("runs.version-*.sqlite"), reverse=True)
    return [copy for copy in (*known, *older) if copy.is_file()]


def keep_daily(db: sqlite3.Connection, path: Path) -> None:
    """Copies the store where the last copy is a day old; does nothing where that cannot be done."""
    newest = path.with_name(NEWEST)
    with suppress(OSError, sqlite3.Error):
        age = time.time() - newest.stat().st_mtime if newest.exists() else _DAY_SECONDS
        if age >= _DAY_SECONDS and db.execute("SELECT 1 FROM runs LIMIT 1").fetchone():
            _keep(db, newest)


def _keep(db: sqlite3.Connection, newest: Path) -> None:
    handle, name = tempfile.mkstemp(dir=newest.parent, prefix=f".{newest.name}.")
    os.close(handle)
    made = Path(name)
    try:
        with closing(sqlite3.connect(made)) as copy:
            db.backup(copy)
            if copy.execute("PRAGMA quick_check").fetchone() != ("ok",):
                return
        if newest.exists():
            system.replace(newest, newest.with_name(BEFORE))
        system.replace(made, newest)
    finally:
        made.unlink(missing_ok=True)
