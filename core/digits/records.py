"""A drawings file, one JSON object a line, as the command line's `read`, `trace` and `evaluate` take it -> Frames."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.digits.drawing import Frame, from_strokes
from core.digits.pictures import all_from_file
from core.errors import DrawingError
from core.outside import guarded, parse_json, read_file

_LARGEST_BYTES = 256 * 2**20


@dataclass(frozen=True)
class Line:
    """A line of a drawings file that is not blank."""

    path: Path
    number: int
    text: str

    def record(self) -> Any:
        """The line's JSON value. Raises DrawingError."""

        def refused(reason: str) -> DrawingError:
            return DrawingError(
                "{path}, line {line} is not valid JSON ({error}): correct it.",
                path=self.path,
                line=self.number,
                error=reason,
            )

        with guarded(refused):
            return parse_json(self.text)

    def frame(self) -> Frame:
        """The drawing's, of a picture with several digits the first's. Raises DrawingError, with the line's place."""
        return self.frames()[0]

    def frames(self) -> tuple[Frame, ...]:
        """The drawing's, or those of the digits of a picture. Raises DrawingError, with the line's place."""
        try:
            return all_from_record(self.record(), self.path.parent)
        except DrawingError as error:
            if "line" in error.message.values:
                raise
            place = {"file": self.path, "line": self.number, "error": error.message}
            raise DrawingError("{file}, line {line}: {error}", **place) from None


def lines_of(name: str) -> Iterator[Line]:
    """The lines of a drawings file, with or without a byte order mark. Raises DrawingError."""
    path = Path(name)

    def refused(reason: str) -> DrawingError:
        return DrawingError(
            "Cannot read {path} ({error}): give a file with one JSON object a line.", path=path, error=reason
        )

    with guarded(refused):
        content = read_file(path, _LARGEST_BYTES, lambda size: refused(f"{size >> 20} MiB"))
        lines = content.decode("utf-8-sig").splitlines()
    return (Line(path, number, text) for number, text in enumerate(lines, 1) if text.strip())


def first_of(name: str) -> Frame:
    """The first drawing of a file. Raises DrawingError."""
    for line in lines_of(name):
        return line.frame()
    raise DrawingError("{path} holds no drawing: give one JSON object in one line.", path=name)


def from_record(record: Any, folder: Path | str = ".") -> Frame:
    """The frame of a line of a drawings file, of a picture with several digits the first's. Raises DrawingError."""
    return all_from_record(record, folder)[0]


def all_from_record(record: Any, folder: Path | str = ".") -> tuple[Frame, ...]:
    """A line of a drawings file, {"strokes": ..., "width": 20, "size": 280} or {"image": "file.png"} -> Frames.

    There is one for strokes, and one for each digit of an image, whose path is relative to `folder`. Raises
    DrawingError.
    """
    if not isinstance(record, dict) or ("strokes" in record) == ("image" in record):
        raise DrawingError('A drawing is {"strokes": [[[x, y], ...], ...]} or {"image": "file.png"}: give one of both.')
    if "strokes" in record:
        return (from_strokes(record["strokes"], record.get("width", 20), record.get("size", 280)),)
    if not isinstance(record["image"], str):
        raise DrawingError('"image" is the name of a picture file: write it in quotes.')
    return all_from_file(Path(folder) / record["image"])
