"""Readers that a person has brought along, kept beside the runs: one .safetensors file each, named by its weights."""

import hashlib
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from core.errors import StoreError
from core.files import write_atomically
from core.messages import one_line
from core.outside import parse_json
from core.reading import readers
from core.reading.readers import Reader
from core.reading.weights_files import CARD

PREFIX = "imported-"
_FOLDER = "imported"
_ID = re.compile(rf"{PREFIX}[0-9a-f]{{10}}")
_LONGEST_NAME = 60
MOST = 50
"""So many are kept, the newest: a class has one folder."""


def add(folder: Path, reader: Reader, name: str, accuracy: float) -> str:
    """Keeps the reader in a runs folder; returns its id. Raises StoreError.

    name: its file's. accuracy: 0 to 1, of the images on which it was tried.
    """
    digest = hashlib.sha256()
    for key, array in sorted(reader.arrays.items()):
        digest.update(key.encode() + array.tobytes())
    imported = PREFIX + digest.hexdigest()[:10]
    card = {key: reader.card[key] for key in ("input_scaling", "own_digits") if key in reader.card}
    network = f"{reader.cell.upper()} {reader.layers} × {reader.hidden}"
    card |= {"name": one_line(name, _LONGEST_NAME), "network": network, "trial_accuracy": accuracy}
    path = _path(folder, imported)
    try:
        write_atomically(path, readers.to_bytes(replace(reader, card=card)))
        for older in list(all_of(folder).values())[MOST:]:
            older.unlink(missing_ok=True)
    except OSError as error:
        raise StoreError(
            "Cannot write {path} ({error}): choose another place.", path=path, error=error.strerror
        ) from None
    return imported


def all_of(folder: Path) -> dict[str, Path]:
    """Id -> weights, the newest first."""
    found = [path for path in (folder / _FOLDER).glob(f"{PREFIX}*.safetensors") if _ID.fullmatch(path.stem)]
    return {path.stem: path for path in sorted(found, key=_age)}


def card_of(path: Path) -> dict[str, Any]:
    """Its card, read from the file's header alone; empty where that cannot be read."""
    try:
        with path.open("rb") as file:
            length = min(int.from_bytes(file.read(8), "little"), 2**20)
            return parse_json(parse_json(file.read(length))["__metadata__"][CARD])
    except Exception:  # somebody else's file, or one that is gone
        return {}


def remove(folder: Path, imported: str) -> None:
    """Forgets one; does nothing where it is not there."""
    if _ID.fullmatch(imported):
        _path(folder, imported).unlink(missing_ok=True)


def _path(folder: Path, imported: str) -> Path:
    return folder / _FOLDER / f"{imported}.safetensors"


def _age(path: Path) -> float:
    try:
        return -path.stat().st_mtime
    except OSError:  # another session has removed it
        return 0.0
