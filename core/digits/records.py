"""A line of a drawings file, as the command line's `read` and `trace` take it -> Frame."""

from pathlib import Path
from typing import Any

from core.digits.drawing import Frame, from_strokes
from core.digits.pictures import from_file
from core.errors import DrawingError


def from_record(record: Any, folder: Path | str = ".") -> Frame:
    """A line of a drawings file, {"strokes": ..., "width": 20, "size": 280} or {"image": "file.png"} -> Frame.

    An image's path is relative to `folder`. Raises DrawingError.
    """
    if not isinstance(record, dict) or ("strokes" in record) == ("image" in record):
        raise DrawingError('A drawing is {"strokes": [[[x, y], ...], ...]} or {"image": "file.png"}: give one of both.')
    if "strokes" in record:
        return from_strokes(record["strokes"], record.get("width", 20), record.get("size", 280))
    if not isinstance(record["image"], str):
        raise DrawingError('"image" is the name of a picture file: write it in quotes.')
    return from_file(Path(folder) / record["image"])
