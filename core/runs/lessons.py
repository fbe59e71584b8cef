"""What a run is given beside MNIST: taken when the run is made, and kept in its own folder.

A run that goes on, or is done again, has the very weights and drawings that it began with, whatever was drawn, deleted
or trained meanwhile. `start.safetensors` holds the weights; `own_digits.jsonl` a line a drawing, as drawings.jsonl has
it, with "learned": whether it is trained on or kept back.
"""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from core.errors import CheckpointError, ConfigError
from core.reading import readers
from core.reading.cells import CELLS
from core.reading.readers import Reader
from core.runs import drawings, imported, unreadable
from core.runs.run import Run, RunFolder
from core.runs.writer import Writer
from core.training.config import TrainConfig
from core.training.delay import shipped_path
from core.training.lesson import FIRST_CONFIG, Lesson, OwnDigit, first_settings

LEAST = 9
"""From so many digits on a third is kept back: those that were trained on are no test."""
LEARNED = "own_digits"
"""In a reader's card: the ids of the drawings that it, or a reader that it started from, was trained on."""
_STARTED = "started_from"


def take(folder: Path, config: TrainConfig) -> Lesson:
    """What the config names, as it lies in this runs folder now. Raises ConfigError, WeightsError, DrawingError."""
    reader = readers.load(weights_of(folder, config.start_from)) if config.start_from else None
    records = _records(folder / drawings.NAME) if config.own_digits else {}
    back = _kept_back(records, learned_by(reader))
    digits = tuple(_own_digit(record, learned=name not in back) for name, record in records.items())
    lesson = Lesson(reader=reader, digits=digits)
    lesson.check(config)
    return lesson


def weights_of(folder: Path, name: str) -> Path:
    """The weights file of a reader: a shipped one's cell, a run's ID or ID@STEP, `imported-...`, or a path.

    Raises ConfigError.
    """
    if name in CELLS:
        return shipped_path(name)
    if name in (brought := imported.all_of(folder)):
        return brought[name]
    run_id, at, step = name.partition("@")
    if unreadable.ID.fullmatch(run_id) and at == bool(step.isdecimal()) * "@":
        own = RunFolder(folder / run_id)
        if found := own.snapshots.get(int(step)) if at else own.weights:
            return found
    if Path(name).suffix in (".safetensors", ".pth", ".pt"):
        return Path(name)
    raise ConfigError(
        "start_from names no reader that is here ({name}): give lstm, gru, rnn, the id of a run that has weights, or a "
        "weights file.",
        name=name,
    )


def learned_by(reader: Reader | None) -> set[str]:
    """The ids of the drawings that the reader was trained on, as its card says."""
    told = reader.card.get(LEARNED) if reader else None
    return {name for name in told if isinstance(name, str)} if isinstance(told, list) else set()


def _kept_back(ids: Iterable[str], known: set[str]) -> set[str]:
    """A third, none that the reader knows already, the same each time; none at all where there are few."""
    names = list(ids)
    if len(names) < LEAST:
        return set()
    unknown = sorted(set(names) - known, key=lambda name: hashlib.blake2b(name.encode()).digest())
    return set(unknown[: len(names) // 3])


def _records(path: Path) -> dict[str, dict[str, Any]]:
    """The drawings of a file by id. Raises DrawingError, with the line, for one that cannot be drawn."""
    found = drawings.records_of(path)
    for number, record in enumerate(found, 1):
        drawings.frame_of(record, number, path)
    return {record["id"]: record for record in found}


def _own_digit(record: dict[str, Any], learned: bool) -> OwnDigit:
    drawn = {name: record[name] for name in ("strokes", "width", "size") if name in record}
    return OwnDigit(id=record["id"], digit=record["digit"], record=drawn, learned=learned)


def files_of(lesson: Lesson) -> dict[str, bytes]:
    """The files that keep it in a run's folder, by name."""
    found, own = {}, RunFolder(Path())
    if lesson.reader:
        found[own.start_path.name] = readers.to_bytes(lesson.reader)
    if lesson.digits:
        lines = ({"id": one.id, "digit": one.digit, "learned": one.learned} | one.record for one in lesson.digits)
        found[own.digits_path.name] = "".join(f"{json.dumps(line)}\n" for line in lines).encode()
    return found


def kept(run: Run) -> Lesson:
    """What the run was given, from its folder. Raises CheckpointError where that is no longer whole."""
    config, folder = run.config, run.folder
    wanted = [path for path, asked in _paths(run) if asked]
    missing = [path for path in wanted if not path.exists()]
    if missing:
        raise CheckpointError("{path} is gone, which this run began with: start the run anew.", path=missing[0])
    reader = readers.load(folder.start_path) if config.start_from else None
    records = _records(folder.digits_path) if config.own_digits else {}
    digits = tuple(_own_digit(record, record.get("learned") is not False) for record in records.values())
    return Lesson(reader=reader, digits=digits)


def _paths(run: Run) -> list[tuple[Path, bool]]:
    return [
        (run.folder.start_path, bool(run.config.start_from)),
        (run.folder.digits_path, bool(run.config.own_digits)),
    ]


def of_run(writer: Writer) -> Lesson:
    """What the run that this process owns is given; one that has trained nothing yet, and was added without, takes it.

    Raises what `kept` and `take` do, and StoreError.
    """
    run = writer.run
    begun = run.checkpoint or all(path.exists() for path, asked in _paths(run) if asked)
    if begun:
        return kept(run)
    lesson = take(run.folder.path.parent, run.config)
    for name, content in files_of(lesson).items():
        run.folder.write(run.folder.path / name, content, writer.owning)
    return lesson


def card_of(lesson: Lesson, config: TrainConfig) -> dict[str, Any]:
    """What the weights of a run say of it: which weights it started from, and the drawings it was trained on."""
    card: dict[str, Any] = {}
    if lesson.reader:
        card[_STARTED] = {"name": config.start_from, "weights": _digest(lesson.reader)}
        if first := first_settings(lesson.reader.card):
            card[FIRST_CONFIG] = first
    if learned := learned_by(lesson.reader) | {one.id for one in lesson.learned}:
        card[LEARNED] = sorted(learned)
    return card


def _digest(reader: Reader) -> str:
    digest = hashlib.sha256()
    for name, array in sorted(reader.arrays.items()):
        digest.update(name.encode() + array.tobytes())
    return digest.hexdigest()
