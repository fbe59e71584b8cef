"""What a store keeps of one run besides its row: steps, buckets, epochs, log lines and marks, as they are asked for."""

import sqlite3
from collections.abc import Iterator
from dataclasses import fields
from itertools import islice

from core.runs import typed
from core.runs.curves import Bucket, Curve, StepRow, bucket_of, curve_of, level_for
from core.runs.marks import Mark
from core.runs.writer import columns
from core.training.events import Epoch

_EPOCH_NAMES = [field.name for field in fields(Epoch)]
_EPOCH = ", ".join(_EPOCH_NAMES)
_LINES_AT_ONCE = 4000


def epochs(db: sqlite3.Connection, run_id: str) -> list[Epoch]:
    rows = db.execute(f"SELECT {_EPOCH} FROM epochs WHERE run=? ORDER BY epoch", (run_id,))
    found = [Epoch(**dict(zip(_EPOCH_NAMES, row, strict=True))) for row in rows]
    for epoch in found:
        typed.check(epoch)
    return found


def curve(db: sqlite3.Connection, run_id: str, points: int) -> Curve:
    last = db.execute("SELECT max(step) FROM steps WHERE run=?", (run_id,)).fetchone()[0] or 0
    coarsest = db.execute("SELECT max(level) FROM buckets WHERE run=?", (run_id,)).fetchone()[0] or 0
    level = min(level_for(last, points), coarsest)
    return curve_of(1 << level, _buckets(db, run_id, level))


def _buckets(db: sqlite3.Connection, run_id: str, level: int) -> list[Bucket]:
    if level:
        query = f"SELECT {columns(Bucket)} FROM buckets WHERE run=? AND level=? ORDER BY bucket"
        return [Bucket(*row) for row in db.execute(query, (run_id, level))]
    return [bucket_of(row) for row in _steps(db, run_id)]


def _steps(db: sqlite3.Connection, run_id: str) -> Iterator[StepRow]:
    for row in db.execute(f"SELECT {columns(StepRow)} FROM steps WHERE run=? ORDER BY step", (run_id,)):
        yield StepRow(*row)


def log(db: sqlite3.Connection, run_id: str, last: int) -> list[str]:
    rows = db.execute("SELECT line FROM log WHERE run=? ORDER BY id DESC LIMIT ?", (run_id, last)).fetchall()
    return [line for (line,) in reversed(rows)]


def marks(db: sqlite3.Connection, run_id: str) -> list[Mark]:
    query = f"SELECT {columns(Mark)} FROM marks WHERE run=? ORDER BY id"
    return [Mark(*row) for row in db.execute(query, (run_id,))]


def metrics_csv(db: sqlite3.Connection, run_id: str) -> Iterator[str]:
    yield "step,epoch,loss,loss_ema,accuracy,accuracy_ema,learning_rate,gradient_norm,images_per_second\n"
    steps = _steps(db, run_id)
    while piece := "".join(map(_csv_line, islice(steps, _LINES_AT_ONCE))):
        yield piece


def _csv_line(row: StepRow) -> str:
    loss, accuracy = row.averages
    shown = (row.step, row.epoch, row.loss, loss, row.accuracy, accuracy)
    return ",".join(map(repr, (*shown, row.learning_rate, row.gradient_norm, row.images_per_second))) + "\n"
