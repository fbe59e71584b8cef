"""A store that is damaged, made anew from all that is left: the file itself, its copies, and the runs' own folders."""

import json
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from core import system
from core.errors import StoreError
from core.outside import parse_json, reason_of
from core.runs import backup, checkpoint_header, database, typed, unreadable
from core.runs.run import Facts, RunFolder
from core.training import process
from core.training.config import TrainConfig

_TRAINED = ("running", "paused")
_TOLD = {"created", "config", "data", "message", "facts", "name", "note"}
_STATES = ("queued", "stopped", "finished", "failed")


@dataclass(frozen=True)
class Repaired:
    """How many runs the new store has, and where they come from."""

    runs: int
    mended: int
    """Whose record was damaged and is whole now."""
    from_copies: int
    from_folders: int
    aside: Path | None
    """Where the damaged file lies now."""


def repair(folder: Path) -> Repaired:
    """Makes the store of a runs folder anew. Raises StoreError, with nothing changed, while a run is trained."""
    path, new = folder / database.NAME, folder / ".repaired.sqlite"
    _check_idle(path)
    for leftover in _files_of(new):
        leftover.unlink(missing_ok=True)
    try:
        database.prepare(new)
        with closing(database.connect(new)) as db:
            _copy_all(path, db)
            mended = _mend_all(db, folder)
            before = _count(db)
            for copy in backup.all_of(path):
                _copy_all(copy, db)
            mended += _mend_all(db, folder)
            with_copies = _count(db)
            _add_folders(db, folder)
            found = Repaired(_count(db), mended, with_copies - before, _count(db) - with_copies, None)
        return replace(found, aside=_swap(path, new))
    except OSError as error:
        raise StoreError(
            "Cannot write {path} ({error}): choose another place.", path=path, error=reason_of(error)
        ) from None
    finally:
        for leftover in _files_of(new):
            leftover.unlink(missing_ok=True)


def _check_idle(path: Path) -> None:
    for row in _rows(path, "runs", ["id", "state", "pid", "started"], ["id"]):
        run_id, state, pid, started = row
        known = isinstance(pid, int) and isinstance(started, float)
        if state in _TRAINED and known and process.is_running(pid, started):
            raise StoreError("Run {run} is being trained: stop it, then repair.", run=run_id)


def _copy_all(path: Path, db: sqlite3.Connection) -> None:
    """Every row that can still be read, into the tables of `db`; what is there already stays."""
    have = {run_id for (run_id,) in db.execute("SELECT id FROM runs")}
    tables = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type='table'")]
    for table in tables:
        info = db.execute(f"PRAGMA table_info({table})").fetchall()
        names, keys = [row[1] for row in info], [row[1] for row in sorted(info, key=lambda row: row[5]) if row[5]]
        there = [name for name in names if name in _columns_of(path, table)]
        own = table != "runs" and keys == ["id"]  # numbers that mean nothing outside of their file
        kept = [name for name in there if not (own and name == "id")]
        insert = f"INSERT OR IGNORE INTO {table}({', '.join(kept)}) VALUES({', '.join('?' * len(kept))})"
        db.execute("BEGIN")
        for row in _rows(path, table, there, keys):
            values = dict(zip(there, row, strict=True))
            if values.get("run") not in have:  # of a run that is there every row is there
                with suppress(sqlite3.Error):
                    db.execute(insert, [values[name] for name in kept])
        db.execute("COMMIT")


def _columns_of(path: Path, table: str) -> list[str]:
    try:
        with closing(database.connect(path)) as db:
            return [row[1] for row in db.execute(f"PRAGMA table_info({table})")]
    except sqlite3.Error:
        return []


def _rows(path: Path, table: str, names: list[str], keys: list[str]) -> Iterator[tuple]:
    """The rows before the first damage, then those behind the last: each once where nothing is damaged."""
    if not path.is_file() or not names:
        return
    query = f"SELECT {', '.join(names)} FROM {table}"
    for order in ("", f" ORDER BY {', '.join(f'{key} DESC' for key in keys)}"):
        try:
            with closing(database.connect(path)) as db:
                yield from db.execute(query + order)
                return
        except sqlite3.Error:
            continue


def _mend_all(db: sqlite3.Connection, folder: Path) -> int:
    """Replaces what no run can have; returns how many runs were mended."""
    names = [row[1] for row in db.execute("PRAGMA table_info(runs)")]
    mended = 0
    for row in db.execute(f"SELECT rowid, {', '.join(names)} FROM runs").fetchall():
        number, values = row[0], dict(zip(names, row[1:], strict=True))
        if not (isinstance(values["id"], str) and unreadable.ID.fullmatch(values["id"])):
            db.execute("DELETE FROM runs WHERE rowid=?", (number,))
            continue
        whole = values | _whole(values, RunFolder(folder / values["id"]))
        if whole != values:
            changed = {name: value for name, value in whole.items() if value != values[name]}
            update = f"UPDATE runs SET {', '.join(f'{name}=?' for name in changed)} WHERE rowid=?"
            db.execute(update, (*changed.values(), number))
            mended += not changed.keys().isdisjoint(_TOLD)
    return mended


def _whole(values: dict[str, Any], folder: RunFolder) -> dict[str, Any]:
    """Each value as it is where it can be, else what is known of it."""
    kept = checkpoint_header.of(folder)
    created = values["created"]
    sound = isinstance(created, int | float) and 0 <= created <= 1e10
    return {
        "created": float(created) if sound else _time_of(values["id"]),
        "config": _config(values["config"], kept),
        "data": values["data"] if isinstance(values["data"], str) else None,
        "state": values["state"] if values["state"] in _STATES else "stopped",
        "message": values["message"] if isinstance(values["message"], str) else "",
        "pid": None,
        "started": None,
        "owner": "",
        "reported": 0.0,
        "facts": _facts(values["facts"], kept),
        "name": values["name"] if isinstance(values["name"], str) else "",
        "note": values["note"] if isinstance(values["note"], str) else "",
    }


def _time_of(run_id: str) -> float:
    try:
        return time.mktime(time.strptime(run_id[:15], "%Y%m%d-%H%M%S"))
    except (ValueError, OverflowError):
        return 0.0


def _config(text: Any, kept: dict[str, Any]) -> str:
    """The settings that are settings: of the record, else of the run's checkpoint or weights."""
    try:
        settings = parse_json(text)
        if not isinstance(settings, dict):
            raise ValueError
        TrainConfig.from_dict(settings)
        return text
    except Exception:
        found = kept.get("config")
        settings = found if isinstance(found, dict) else _parsed(text)
    known = {field.name: settings[field.name] for field in fields(TrainConfig) if field.name in settings}
    config = TrainConfig()
    for name, value in known.items():
        with suppress(Exception):
            config = TrainConfig.from_dict(config.as_dict() | {name: value})
    return json.dumps(config.as_dict())


def _parsed(text: Any) -> dict[str, Any]:
    try:
        found = parse_json(text)
    except Exception:
        return {}
    return found if isinstance(found, dict) else {}


def _facts(text: Any, kept: dict[str, Any]) -> str:
    try:
        facts = Facts.from_dict(parse_json(text))
        typed.check(facts)
        return text
    except Exception:
        found = kept.get("facts")
        return json.dumps(found if isinstance(found, dict) else {})


def _add_folders(db: sqlite3.Connection, folder: Path) -> None:
    """Runs that nothing but their folder knows of: it has the settings, and weights or a checkpoint."""
    have = {run_id for (run_id,) in db.execute("SELECT id FROM runs")}
    for path in sorted(folder.iterdir()):
        if path.name in have or not unreadable.ID.fullmatch(path.name) or not path.is_dir():
            continue
        kept = checkpoint_header.of(RunFolder(path))
        if isinstance(kept.get("config"), dict):
            row = (path.name, _time_of(path.name), _config("", kept), "stopped", _facts("", kept))
            db.execute("INSERT INTO runs(id, created, config, state, facts) VALUES(?, ?, ?, ?, ?)", row)


def _count(db: sqlite3.Connection) -> int:
    return db.execute("SELECT count(*) FROM runs").fetchone()[0]


def _files_of(path: Path) -> list[Path]:
    return [path, *(path.with_name(path.name + ending) for ending in ("-wal", "-shm"))]


def _swap(path: Path, new: Path) -> Path | None:
    """Puts the new store in the old one's place; returns where the old one lies now."""
    with closing(database.connect(new)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    aside = path.with_name(f"runs.damaged-{time.strftime('%Y%m%d-%H%M%S')}-{os.urandom(2).hex()}.sqlite")
    was_there = path.exists()
    for old, ending in zip(_files_of(path), ("", "-wal", "-shm"), strict=True):
        if old.exists():
            system.replace(old, aside.with_name(aside.name + ending))
    system.replace(new, path)
    return aside if was_there else None
