"""7,494 digits that 30 people wrote with a pen, as strokes: what the network learns beside MNIST.

Pen-Based Recognition of Handwritten Digits (E. Alpaydin, F. Alimoglu 1996; UCI, CC BY 4.0; pen/LICENCE.md says more).
Each digit is scaled so that its longer side is 255; coordinates are whole, x to the right, y down. One file holds all,
compressed: each array is stored as the differences between neighbours, modulo 256, which compress to a half.
"""

import gzip
import json
import lzma
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.errors import DataError
from core.files import write_atomically

PATH = Path(__file__).parent / "pen" / "digits.xz"
SIDE = 255
"""Longer side of each digit."""
_LARGEST_FILE, _LARGEST_CONTENT = 2**20, 2**22
_MAGIC = b"pen digits 1\n"


@dataclass(frozen=True, kw_only=True, eq=False)
class PenDigits:
    """N digits of S strokes of P points in all, one after the other."""

    digits: np.ndarray
    """(N,) uint8, 0 to 9."""
    writers: np.ndarray
    """(N,) uint8, 1 to 30."""
    stroke_counts: np.ndarray
    """(N,) uint8, at least 1: strokes of each digit."""
    point_counts: np.ndarray
    """(S,) uint8, at least 1: points of each stroke."""
    points: np.ndarray
    """(P, 2) uint8: x, y of each point."""

    def __len__(self) -> int:
        return len(self.digits)

    def strokes(self) -> Iterator[list[np.ndarray]]:
        """Each digit's strokes, (n, 2) float32 each."""
        paths = np.split(self.points.astype(np.float32), np.cumsum(self.point_counts, dtype=np.int64)[:-1])
        ends = np.cumsum(self.stroke_counts, dtype=np.int64)
        return (paths[end - count : end] for end, count in zip(ends, self.stroke_counts, strict=True))


def write(source: Path | str, path: Path = PATH) -> Path:
    """Makes the file from gzipped JSON lines {"digit", "writer", "strokes": [[[x, y], ...], ...]}. Returns `path`."""
    with gzip.open(source, "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    paths = [path for row in rows for path in _scaled(row["strokes"])]
    arrays = [
        np.array([row["digit"] for row in rows], np.uint8),
        np.array([row["writer"] for row in rows], np.uint8),
        np.array([len(row["strokes"]) for row in rows], np.uint8),
        np.array([len(path) for path in paths], np.uint8),
        *np.concatenate(paths).T,
    ]
    header = np.array([len(rows), len(paths), len(arrays[-1])], "<u4").tobytes()
    content = b"".join(np.diff(array, prepend=np.uint8(0)).tobytes() for array in arrays)
    write_atomically(path, lzma.compress(_MAGIC + header + content, preset=9 | lzma.PRESET_EXTREME))
    return path


def load(path: Path = PATH) -> PenDigits:
    """The digits of the repository. Raises DataError for a file that is not theirs."""
    try:
        with path.open("rb") as file:
            compressed = file.read(_LARGEST_FILE + 1)
        decompressor = lzma.LZMADecompressor(memlimit=2**28)
        content = decompressor.decompress(compressed, max_length=_LARGEST_CONTENT)
        if not decompressor.eof:
            raise ValueError
        return _checked(_unpacked(content))
    except (OSError, EOFError, ValueError, lzma.LZMAError):
        raise DataError("{file} is not the pen digits: restore it from the repository.", file=path.name) from None


def _scaled(strokes: list) -> list[np.ndarray]:
    """The strokes with the longer side of all of them together SIDE, whole, without repeated points."""
    paths = [np.array(stroke, np.float64) for stroke in strokes]
    low, high = np.concatenate(paths).min(0), np.concatenate(paths).max(0)
    scale = SIDE / max((high - low).max(), 1)
    whole = [np.rint((path - low) * scale).astype(np.uint8) for path in paths]
    return [path[np.append(True, np.diff(path.astype(int), axis=0).any(1))] for path in whole]


def _unpacked(content: bytes) -> PenDigits:
    """Raises ValueError where lengths do not agree."""
    start = len(_MAGIC) + 12
    if not content.startswith(_MAGIC) or len(content) < start:
        raise ValueError
    digits, strokes, points = (int(count) for count in np.frombuffer(content[len(_MAGIC) : start], "<u4"))
    lengths = [digits] * 3 + [strokes] + [points] * 2
    if len(content) != start + sum(lengths):
        raise ValueError
    parts = np.split(np.frombuffer(content, np.uint8, offset=start), np.cumsum(lengths)[:-1])
    digit, writer, stroke_counts, point_counts, x, y = (np.cumsum(part, dtype=np.uint8) for part in parts)
    return PenDigits(
        digits=digit,
        writers=writer,
        stroke_counts=stroke_counts,
        point_counts=point_counts,
        points=np.stack([x, y], 1),
    )


def _checked(found: PenDigits) -> PenDigits:
    """Raises ValueError unless every digit has a stroke, every stroke a point, and the counts add up."""
    counts = found.stroke_counts, found.point_counts
    sums = [int(count.sum(dtype=np.int64)) for count in counts]
    if not len(found) or found.digits.max() > 9 or min(count.min() for count in counts) < 1:
        raise ValueError
    if sums != [len(found.point_counts), len(found.points)]:
        raise ValueError
    return found
