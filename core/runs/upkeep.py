"""What a person does with runs that are there: rename, note, archive, delete and take back.

A deleted run is gone from every list at once and from the disk a minute later, until when `restore` brings it back.
"""

import shutil
import time
from collections.abc import Iterable

from core.errors import StoreError
from core.runs import naming
from core.runs.run import ACTIVE
from core.runs.store import Store

UNDO_SECONDS = 60
LONGEST_NOTE = 4000
_TABLES = ("steps", "buckets", "epochs", "log", "commands", "marks")


def rename(store: Store, run_id: str, name: str) -> str:
    """Calls a run so; an empty name is the one that it would have by itself. Returns its name.

    Raises StoreError where the name is too long or another run has it.
    """
    tidy, run = naming.checked(name), store.run(run_id)
    with store.transaction(immediate=True) as db:
        wanted = tidy or naming.default_name(run.config)
        free = naming.free_name(db, wanted, but=run_id)
        if tidy and free != tidy:
            raise StoreError("Another run is called {name}: choose another name.", name=tidy)
        db.execute("UPDATE runs SET name=? WHERE id=?", (free, run_id))
    return free


def note(store: Store, run_id: str, text: str) -> None:
    """Writes a person's note to a run, in the place of an earlier one. Raises StoreError where it is too long."""
    if len(text) > LONGEST_NOTE:
        raise StoreError("The note has {length} characters: shorten it to {most}.", length=len(text), most=LONGEST_NOTE)
    _set(store, [run_id], "note=?", text)


def archive(store: Store, run_ids: Iterable[str], archived: bool = True) -> None:
    """Takes runs out of the lists, with all that they have, or puts them back."""
    _set(store, run_ids, "archived=?", int(archived))


def delete(store: Store, run_ids: Iterable[str]) -> list[str]:
    """Deletes runs; one that trains is stopped first. Returns their ids. Raises StoreError, and deletes none, for one
    that is not there.
    """
    runs = [store.run(run_id) for run_id in dict.fromkeys(run_ids)]
    for run in runs:
        if run.state in ACTIVE:
            store.command(run.id, "stop")
    _set(store, [run.id for run in runs], "deleted=?", time.time())
    return [run.id for run in runs]


def restore(store: Store, run_ids: Iterable[str]) -> list[str]:
    """Brings deleted runs back, a stopped one as stopped. Returns the ids of those that were still there."""
    back = []
    with store.transaction(immediate=True) as db:
        for run_id in run_ids:
            found = db.execute("SELECT name FROM runs WHERE id=? AND deleted IS NOT NULL", (run_id,)).fetchone()
            if found:
                name = naming.free_name(db, found[0], but=run_id)
                db.execute("UPDATE runs SET deleted=NULL, name=? WHERE id=?", (name, run_id))
                back.append(run_id)
    return back


def deleted(store: Store) -> dict[str, tuple[str, float]]:
    """Runs that can still be restored: id -> name and seconds since 1970 when they were deleted, the last first."""
    with store.transaction() as db:
        rows = db.execute("SELECT id, name, deleted FROM runs WHERE deleted IS NOT NULL ORDER BY deleted DESC, id")
        return {run_id: (name, when) for run_id, name, when in rows}


def purge(store: Store, after_seconds: float = UNDO_SECONDS) -> list[str]:
    """Removes from the disk what was deleted longer ago than this and is no longer trained. Returns the ids."""
    over, gone = time.time() - after_seconds, []
    for run_id, (_, when) in deleted(store).items():
        if when <= over and _remove(store, run_id, over):
            gone.append(run_id)
    return gone


def _remove(store: Store, run_id: str, over: float) -> bool:
    """Files first, rows last, in one transaction: a kill in between leaves a deleted run that is purged again."""
    with store.transaction(immediate=True) as db:
        if not db.execute("SELECT 1 FROM runs WHERE id=? AND deleted<=?", (run_id, over)).fetchone():
            return False  # restored, or purged by another
        if store.is_trained(db, run_id):
            return False  # it has been told to stop, and has not yet
        folder = store.folder / run_id
        shutil.rmtree(folder, ignore_errors=True)
        if folder.exists():
            return False  # in use, as on Windows: the next time
        for table in _TABLES:
            db.execute(f"DELETE FROM {table} WHERE run=?", (run_id,))
        db.execute("DELETE FROM runs WHERE id=?", (run_id,))
    return True


def _set(store: Store, run_ids: Iterable[str], change: str, value: str | float) -> None:
    """One change to several runs, to all or to none. Raises StoreError for one that is not there."""
    wanted = list(run_ids)
    for run_id in wanted:
        store.run(run_id)
    with store.transaction(immediate=True) as db:
        db.executemany(f"UPDATE runs SET {change} WHERE id=?", [(value, run_id) for run_id in wanted])
