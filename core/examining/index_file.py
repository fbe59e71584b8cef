"""An index on disk: one file of arrays whose names, types and shapes are known beforehand, checked before it is used.

    magic, header (JSON, one line), arrays at multiples of 64 bytes, CRC-32 of all before it (4 bytes)

A file is what is expected, byte for byte of its header and by its sum, or it is not used: nothing in it is trusted.
"""

import contextlib
import json
import os
import tempfile
import time
import zlib
from collections.abc import Iterator
from functools import lru_cache
from math import prod
from pathlib import Path
from typing import BinaryIO

import numpy as np

from core import system

_MAGIC = b"row-by-row index 1\n"
_ALIGNED = 64
_BLOCK_BYTES = 4 * 2**20
_ABANDONED_SECONDS = 3600
SUFFIX = ".index"
_PART = ".part"


class Layout:
    """Where each array lies in the file."""

    def __init__(self, identity: dict[str, str], arrays: dict[str, tuple[str, tuple[int, ...]]]):
        """identity: what the file is of, such as hashes; arrays: name -> NumPy type and shape, in the file's order."""
        content = {
            "identity": identity,
            "arrays": {name: [kind, list(shape)] for name, (kind, shape) in arrays.items()},
        }
        self.header = _MAGIC + json.dumps(content).encode() + b"\n"
        self.arrays, self.offsets, end = arrays, {}, len(self.header)
        for name, (kind, shape) in arrays.items():
            self.offsets[name] = start = -(-end // _ALIGNED) * _ALIGNED
            end = start + np.dtype(kind).itemsize * prod(shape)
        self.end = end
        self.size = end + 4


class Writer:
    """Writes the arrays in the layout's order, an array in one piece or in several."""

    def __init__(self, file: BinaryIO, layout: Layout):
        self._file, self._layout, self._sum, self._at = file, layout, 0, 0
        self._write(layout.header)

    def add(self, name: str, values: np.ndarray) -> None:
        """The array, or its next piece."""
        kind, _ = self._layout.arrays[name]
        self._write(bytes(max(0, self._layout.offsets[name] - self._at)))
        self._write(np.ascontiguousarray(values, kind).data.cast("B"))

    def close(self) -> None:
        """Adds the sum. An invariant: as many bytes were written as the layout has."""
        assert self._at == self._layout.end, f"{self._at} bytes were written of {self._layout.end}"
        self._file.write(self._sum.to_bytes(4, "little"))

    def _write(self, content: bytes | memoryview) -> None:
        self._file.write(content)
        self._sum = zlib.crc32(content, self._sum)
        self._at += len(content)


@contextlib.contextmanager
def writing(path: Path, layout: Layout) -> Iterator[Writer]:
    """A writer whose file takes its name only when all is written. Raises OSError.

    Nothing waits for the disk: a file that a power cut leaves half written fails its sum, and is built again.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=_PART)
    try:
        with os.fdopen(handle, "wb") as file:
            writer = Writer(file, layout)
            yield writer
            writer.close()
        system.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def mapped(path: Path, layout: Layout) -> dict[str, np.ndarray] | None:
    """The arrays, memory-mapped and read-only; None where there is no such file, or it is damaged or another's."""
    try:
        found = path.stat()
        if found.st_size != layout.size or not _sound(path, layout.header, found.st_ino, found.st_mtime_ns):
            return None
        content = np.memmap(path, np.uint8, mode="r")
        os.utime(path, ns=(time.time_ns(), found.st_mtime_ns))  # when it was last used, for `remove_old`
    except (OSError, ValueError):
        return None
    return {name: _view(content, layout, name) for name in layout.arrays}


def _view(content: np.ndarray, layout: Layout, name: str) -> np.ndarray:
    kind, shape = layout.arrays[name]
    start = layout.offsets[name]
    return content[start : start + np.dtype(kind).itemsize * prod(shape)].view(kind).reshape(shape)


@lru_cache(64)
def _sound(path: Path, header: bytes, inode: int, modified_ns: int) -> bool:
    """Whether the file has this header and its own sum: a seventh of a second, once for each state of the file."""
    with path.open("rb") as file:
        if file.read(len(header)) != header:
            return False
        file.seek(0)
        total, left = 0, path.stat().st_size - 4
        while left > 0 and (block := file.read(min(left, _BLOCK_BYTES))):
            total, left = zlib.crc32(block, total), left - len(block)
        return file.read(4) == total.to_bytes(4, "little")


def remove_old(folder: Path, keep: Path, most_bytes: int) -> None:
    """Removes the indexes used longest ago until the rest has at most `most_bytes`; `keep` stays in any case.

    Also removes what a process that was killed while building left behind. A file in use goes when it is closed.
    """
    files = sorted(folder.glob(f"*{SUFFIX}"), key=_last_used, reverse=True)
    files.sort(key=lambda path: path != keep)
    total = 0
    for path in files:
        with contextlib.suppress(OSError):  # removed by another process meanwhile, or held open (Windows)
            total += path.stat().st_size
            if total > most_bytes and path != keep:
                path.unlink()
    for path in folder.glob(f".*{SUFFIX}.*{_PART}"):
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime > _ABANDONED_SECONDS:
                path.unlink()


def _last_used(path: Path) -> int:
    try:
        return path.stat().st_atime_ns
    except OSError:
        return 0
