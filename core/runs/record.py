"""A run as a row of the store's table, and what is made of it: the run, or what stands in for a damaged one."""

import json
import time
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from core.errors import ConfigError, StoreError
from core.messages import unpack
from core.outside import guarded
from core.runs import typed, unreadable
from core.runs.run import ACTIVE, Facts, Run, RunFolder, State
from core.runs.writer import PROMISE_SECONDS, columns
from core.training import process
from core.training.config import TrainConfig


class RunRow(NamedTuple):
    """A row of the table runs."""

    id: str
    created: float
    config: str
    data: str | None
    state: State
    message: str
    pid: int | None
    reported: float
    facts: str
    owner: str
    started: float | None
    name: str
    note: str
    archived: int
    sweep: str

    def is_alive(self) -> bool:
        """Whether a worker may still be there: it has reported in the promised time, and its process exists."""
        if time.time() - self.reported > PROMISE_SECONDS:
            return False
        return self.pid is None or process.is_running(self.pid, self.started)


COLUMNS = columns(RunRow)


def shown(row: RunRow, folder: Path) -> Run:
    """The run of this runs folder, or what stands in for one that cannot be read."""
    try:
        return run_of(row, folder)
    except StoreError as error:
        return unreadable.standing_in(row.id, row.name, row.created, _folder_of(row, folder), error.message)


def run_of(row: RunRow, folder: Path) -> Run:
    """Raises StoreError for a record that is damaged, whatever is wrong with it."""
    own = _folder_of(row, folder)
    try:
        with guarded(lambda reason: unreadable.error_of(row.id, own, reason)):
            return _made(row, "lost" if row.state in ACTIVE and not row.is_alive() else row.state, folder)
    except ConfigError as error:
        raise unreadable.error_of(row.id, own, error.message) from None


def _folder_of(row: RunRow, folder: Path) -> RunFolder:
    named = isinstance(row.id, str) and unreadable.ID.fullmatch(row.id)
    return RunFolder(folder / (row.id if named else ".unreadable"))


@lru_cache(maxsize=4096)
def _made(row: RunRow, state: State, folder: Path) -> Run:
    """Made once for as long as the row is the same: a page asks for all runs each second."""
    typed.check(row)
    if not unreadable.ID.fullmatch(row.id) or not 0 <= row.created <= 1e10:
        raise ValueError("id or time")
    run = Run(
        id=row.id,
        created=row.created,
        config=TrainConfig.from_dict(json.loads(row.config)),
        state=state,
        data=row.data,
        name=row.name,
        note=row.note,
        archived=bool(row.archived),
        sweep=row.sweep,
        message=unpack(row.message),
        pid=row.pid,
        folder=RunFolder(folder / row.id),
        facts=Facts.from_dict(json.loads(row.facts)),
    )
    typed.check(run.facts)
    return run
