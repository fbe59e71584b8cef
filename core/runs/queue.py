"""The queue: which runs wait, in which order, and which one may start now.

One run trains at a time; of a sweep that says so several do, as long as nothing else trains. What belongs to a sweep
that is held waits until it goes on.
"""

import sqlite3
import time
from collections.abc import Sequence

from core.errors import StoreError
from core.runs import record, upkeep
from core.runs.record import RunRow
from core.runs.run import ACTIVE, Run
from core.runs.store import STARTING_SECONDS, Store

_WAITING = "FROM runs WHERE state='queued' AND deleted IS NULL"
_IN_ORDER = "ORDER BY coalesce(place, created), created, id"
_HELD = "sweep IN (SELECT sweep FROM sweeps WHERE held)"


def order(store: Store) -> list[str]:
    """The ids of the runs that wait, in the order in which they will start."""
    with store.transaction() as db:
        return _order(db)


def waiting(store: Store, known: Sequence[Run] | None = None) -> list[Run]:
    """The runs that wait, in the order in which they will start. known: all runs, where the caller has them."""
    queued = {run.id: run for run in (store.runs() if known is None else known) if run.state == "queued"}
    return [queued[run_id] for run_id in order(store) if run_id in queued] if queued else []


def leave(store: Store, run_id: str) -> None:
    """Takes a run out of the queue: one that was never trained is deleted, one that was stays, stopped."""
    run = _waiting_run(store, run_id)
    if run.facts.step:
        store.set_state(run_id, "stopped", expected="queued")
    else:
        upkeep.delete(store, [run_id])


def move(store: Store, run_id: str, place: int) -> None:
    """Gives a waiting run this place in the queue, 1 being the next to start. Raises StoreError."""
    _waiting_run(store, run_id)
    with store.transaction(immediate=True) as db:
        ids = _order(db)
        if not 1 <= place <= len(ids):
            raise StoreError("There is no place {place}: choose one from 1 to {last}.", place=place, last=len(ids))
        _put(db, ids, run_id, place - 1)


def shift(store: Store, run_id: str, by: int) -> None:
    """Moves a waiting run so many places, -1 being one sooner, no further than to an end; none that has begun."""
    with store.transaction(immediate=True) as db:
        ids = _order(db)
        if run_id in ids:
            _put(db, ids, run_id, min(max(ids.index(run_id) + by, 0), len(ids) - 1))


def reserve_next(store: Store) -> str | None:
    """Marks the first run that may start as running, for the first process that claims it; None where none may.

    One transaction: however many dashboards ask at once, no more are reserved than may train.
    """
    with store.transaction() as db:
        if not db.execute(f"SELECT 1 {_WAITING} LIMIT 1").fetchone():
            return None
    with store.transaction(immediate=True) as db:
        found = db.execute(f"SELECT id, sweep {_WAITING} AND NOT {_HELD} {_IN_ORDER} LIMIT 1").fetchone()
        if not found or not _has_room(db, found[1]):
            return None
        patience = time.time() + STARTING_SECONDS
        update = "UPDATE runs SET state='running', owner='', pid=NULL, started=NULL, reported=? WHERE id=?"
        db.execute(update, (patience, found[0]))
        return found[0]


def at_once(store: Store, sweep: str) -> int:
    """How many runs of this sweep may train at the same time, and so share the machine; 1 for a run of none."""
    with store.transaction() as db:
        return _at_once(db, sweep)


def shares(store: Store) -> dict[str, int]:
    """Sweep -> how many of its runs may train at the same time, where that is more than one."""
    with store.transaction() as db:
        return dict(db.execute("SELECT sweep, at_once FROM sweeps WHERE at_once > 1"))


def held(store: Store) -> set[str]:
    """The sweeps of which no run starts until they go on."""
    with store.transaction() as db:
        return {sweep for (sweep,) in db.execute("SELECT sweep FROM sweeps WHERE held")}


def hold(store: Store, sweep: str, wanted: bool = True) -> None:
    """Keeps what waits of this sweep from starting, or lets it."""
    with store.transaction(immediate=True) as db:
        query = "INSERT INTO sweeps(sweep, held) VALUES(?, ?) ON CONFLICT(sweep) DO UPDATE SET held=excluded.held"
        db.execute(query, (sweep, int(wanted)))


def _order(db: sqlite3.Connection) -> list[str]:
    return [run_id for (run_id,) in db.execute(f"SELECT id {_WAITING} {_IN_ORDER}")]


def _put(db: sqlite3.Connection, ids: list[str], run_id: str, index: int) -> None:
    """Writes the order anew, with the run at this index. Places start where they did: later runs come behind."""
    first = db.execute(f"SELECT min(coalesce(place, created)) {_WAITING}").fetchone()[0]
    ids.remove(run_id)
    ids.insert(index, run_id)
    places = [(first + number * 1e-3, waiting) for number, waiting in enumerate(ids)]
    db.executemany("UPDATE runs SET place=? WHERE id=? AND state='queued'", places)


def _has_room(db: sqlite3.Connection, sweep: str) -> bool:
    rows = db.execute(f"SELECT {record.COLUMNS} FROM runs WHERE state IN (?, ?)", ACTIVE).fetchall()
    alive = [row for row in map(RunRow._make, rows) if row.is_alive()]
    return not alive or (all(row.sweep == sweep for row in alive) and len(alive) < _at_once(db, sweep))


def _at_once(db: sqlite3.Connection, sweep: str) -> int:
    found = db.execute("SELECT at_once FROM sweeps WHERE sweep=?", (sweep,)).fetchone() if sweep else None
    return max(1, found[0]) if found else 1


def _waiting_run(store: Store, run_id: str) -> Run:
    run = store.run(run_id)
    if run.state != "queued":
        raise StoreError("Run {run} does not wait: 'python -m core runs queue' lists those that do.", run=run.name)
    return run
