"""A person's own digits with their right answers: a file of JSON lines in the runs folder, as `read` takes them.

A line is {"id", "digit", "strokes", "width", "size"}. The same strokes have the same id: kept once, whatever is
imported how often. Writers wait for one another by the store's own lock.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from core.digits.records import from_record
from core.errors import DrawingError, StoreError
from core.files import write_atomically
from core.messages import Message
from core.runs.store import Store

NAME = "drawings.jsonl"
MOST = 5000
_UPLOAD = Message("the uploaded file")
_DECIMALS = 2  # of a canvas pixel


@dataclass(frozen=True, kw_only=True, eq=False)
class Drawing:
    """A digit that was kept."""

    id: str
    digit: int
    """What was meant, 0 to 9."""
    pixels: np.ndarray
    """(28, 28) float32, 0 to 1."""


class Drawings:
    """The digits of a store. Every method raises StoreError where the folder cannot be used."""

    def __init__(self, store: Store):
        self._store = store
        self.path = store.folder / NAME

    def stamp(self) -> int:
        """Changes whenever the file does; 0 where there is none."""
        return self.path.stat().st_mtime_ns if self.path.exists() else 0

    def all(self) -> list[Drawing]:
        """Oldest first. Raises DrawingError, with the line, for a file that somebody has damaged."""
        found = []
        for number, record in enumerate(self._records(), 1):
            frame = frame_of(record, number, self.path)
            found.append(Drawing(id=record["id"], digit=record["digit"], pixels=frame))
        return found

    def digit_of(self, drawing: str) -> int | None:
        """The right answer of a kept drawing; None for one that is not kept."""
        return next((record["digit"] for record in self._records() if record["id"] == drawing), None)

    def text(self) -> str:
        """The file's content: what an export is."""
        return _text_of(self.path)

    def keep(self, record: dict[str, Any], digit: int) -> str:
        """Keeps strokes with their right answer, in place of an earlier one; returns the id. Raises DrawingError."""
        made = record_of(record, digit)
        self._add([made])
        return made["id"]

    def take(self, text: str) -> int:
        """Adds the lines of a drawings file, each with its "digit": all or, where one cannot be read, none.

        Returns how many were new. Raises DrawingError.
        """
        made = []
        for number, line in enumerate(text.splitlines(), 1):
            if line.strip():
                record = _parsed(line, number, _UPLOAD)
                frame_of(record, number, _UPLOAD)
                made.append(record_of(record, record["digit"]))
        if not made:
            raise DrawingError("The file holds no drawing: give one JSON object a line.")
        return self._add(made)

    def remove(self, ids: Iterable[str]) -> None:
        gone = set(ids)
        with self._store.transaction(immediate=True):
            self._write([record for record in self._records() if record["id"] not in gone])

    def _add(self, made: list[dict[str, Any]]) -> int:
        with self._store.transaction(immediate=True):
            kept = {record["id"]: record for record in self._records()}
            before = len(kept)
            kept |= {record["id"]: record for record in made}
            if len(kept) > MOST:
                raise StoreError("{most} digits are kept here at most: delete some first.", most=f"{MOST:,}")
            self._write(list(kept.values()))
        return len(kept) - before

    def _records(self) -> list[dict[str, Any]]:
        return records_of(self.path)

    def _write(self, records: list[dict[str, Any]]) -> None:
        content = "".join(json.dumps(record, separators=(",", ":")) + "\n" for record in records)
        try:
            write_atomically(self.path, content.encode())
        except OSError as error:
            raise StoreError(
                "Cannot write {path} ({error}): free some space, or choose another --runs.",
                path=self.path, error=error.strerror,
            ) from None  # fmt: skip


def records_of(path: Path) -> list[dict[str, Any]]:
    """The drawings of such a file, oldest first, none where there is no file. Raises DrawingError, with the line."""
    lines = enumerate(_text_of(path).splitlines(), 1)
    return [_with_id(_parsed(line, number, path)) for number, line in lines if line.strip()]


def _text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def record_of(record: dict[str, Any], digit: int) -> dict[str, Any]:
    """The line that keeps a drawing."""
    strokes = [[[round(float(x), _DECIMALS), round(float(y), _DECIMALS)] for x, y in stroke]
               for stroke in record["strokes"]]  # fmt: skip
    drawn = {"strokes": strokes, "width": record.get("width", 20), "size": record.get("size", 280)}
    return {"id": _id(drawn), "digit": int(digit), **drawn}


def _id(drawn: dict[str, Any]) -> str:
    return hashlib.blake2b(json.dumps(drawn, sort_keys=True).encode(), digest_size=8).hexdigest()


def _with_id(record: dict[str, Any]) -> dict[str, Any]:
    """A line that somebody has added by hand has no id yet."""
    return record if isinstance(record.get("id"), str) else record | {"id": _id({"strokes": record.get("strokes")})}


def _parsed(line: str, number: int, where: Path | Message) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise DrawingError(
            "{path}, line {line} is not valid JSON ({error}): correct it.", path=where, line=number, error=str(error)
        ) from None
    digit = record.get("digit") if isinstance(record, dict) else None
    if isinstance(digit, bool) or digit not in range(10):
        raise DrawingError(
            "{path}, line {line}: write what it is, as in {example}.", path=where, line=number, example='"digit": 7'
        )
    if "strokes" not in record:
        raise DrawingError("{path}, line {line} has no strokes: only drawn digits are kept.", path=where, line=number)
    return record


def frame_of(record: dict[str, Any], number: int, where: Path | Message) -> np.ndarray:
    """(28, 28) float32, 0 to 1, of the line of this number. Raises DrawingError."""
    try:
        return from_record({name: record[name] for name in ("strokes", "width", "size") if name in record}).pixels
    except DrawingError as error:
        raise DrawingError("{file}, line {line}: {error}", file=where, line=number, error=error.message) from None
