"""What a run is called: as the person has named it, else by what sets its settings apart, `LSTM 2 × 128 · lr 0.01`.

A name is stored when the run is made and no two runs of a folder share one, so that it stays true when others come and
go. The words of a name made here are those of the command line's flags, in every language.
"""

import json
import re
import sqlite3
from pathlib import PurePath
from typing import Any

from core.errors import StoreError
from core.training.config import GROUPS, TEXTS, TrainConfig, unchanged

LONGEST = 80
_TOLD = 4
"""Settings at most in a name; of two runs that differ in a further one, the later has a number."""
_SHAPE = GROUPS["network"]
_SHORT = {"batch_size": "batch", "learning_rate": "lr", "weight_decay": "decay", "validation_images": "validation"}
_VALUE_SAYS_ALL = ("optimizer", "schedule", "initialisation")
_LONGEST_TEXT = 24
_UNTOLD = GROUPS["machine"]
"""Where a run is trained does not set it apart."""


def default_name(config: TrainConfig) -> str:
    """The network, the preset unless it is the article's, and what differs from that preset."""
    start = unchanged(config)
    network = f"{config.cell.upper()} {config.layers} × {config.hidden}"
    preset = [] if config.preset == "article" else [config.preset]
    names = [name for group in GROUPS.values() for name in group if name not in (*_SHAPE, *_UNTOLD)]
    changed = [name for name in names if getattr(config, name) != getattr(start, name)]
    return " · ".join([network, *preset, *(_said(name, getattr(config, name)) for name in changed[:_TOLD])])


def _said(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return f"{name.replace('_', ' ')} {'on' if value else 'off'}"
    if name in TEXTS:
        return f"{name.replace('_', ' ')} {_end_of(value)}"
    text = value.replace("_", " ") if isinstance(value, str) else f"{value:.6g}"
    return text if name in _VALUE_SAYS_ALL else f"{_SHORT.get(name, name).replace('_', ' ')} {text}"


def _end_of(text: str) -> str:
    """Of a path its file's name, in a few letters."""
    name = PurePath(text).name
    return name if len(name) <= _LONGEST_TEXT else f"{name[: _LONGEST_TEXT - 1]}…"


def free_name(db: sqlite3.Connection, wanted: str, but: str = "") -> str:
    """`wanted`, with the first number behind it that no other run than `but` has: `LSTM 2 × 128 (2)`."""
    query = "SELECT name FROM runs WHERE id!=? AND substr(name, 1, ?)=?"
    taken = {name for (name,) in db.execute(query, (but, len(wanted), wanted))}
    number, name = 2, wanted
    while name in taken:
        name, number = f"{wanted} ({number})", number + 1
    return name


def checked(name: str) -> str:
    """The name as it is kept: in one line, of at most LONGEST characters. Raises StoreError."""
    tidy = " ".join("".join(letter if letter.isprintable() else " " for letter in name).split())
    if len(tidy) > LONGEST:
        raise StoreError("The name has {length} characters: shorten it to {most}.", length=len(tidy), most=LONGEST)
    return tidy


def file_name(name: str) -> str:
    """The name as a file's, without an ending: `LSTM 2 x 128, lr 0.01`."""
    told = re.sub(r"[^\w ,.()-]+", " ", name.replace("×", "x").replace(" ·", ","))
    return " ".join(told.split()).strip(" .") or "run"


def name_all(db: sqlite3.Connection) -> None:
    """Names the runs of an older version, which may have none, oldest first."""
    for run_id, config in db.execute("SELECT id, config FROM runs WHERE name='' ORDER BY created, id").fetchall():
        name = free_name(db, default_name(TrainConfig.from_dict(json.loads(config))))
        db.execute("UPDATE runs SET name=? WHERE id=?", (name, run_id))
