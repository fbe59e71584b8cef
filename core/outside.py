"""What comes from outside: read, unpacked and parsed here, so that whatever is wrong with it is one named error.

Nothing in this module is about a certain mistake: a border is guarded as a whole, and the limits are set before.
"""

import errno
import gzip
import io
import json
import os
import re
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from core import system
from core.errors import RowByRowError
from core.messages import one_line

_ADDRESS = re.compile(r"\s*(\(file .*\)|at 0x[0-9a-f]+)")


@contextmanager
def guarded(refusal: Callable[[str], RowByRowError]) -> Iterator[None]:
    """A border: whatever is raised inside means that the input is wrong, and `refusal(reason)` is raised in its place.

    Only what handles the input belongs inside: a fault of our own would be told as the person's.
    """
    try:
        yield
    except RowByRowError:
        raise
    except Exception as error:
        raise refusal(reason_of(error)) from None


def reason_of(error: BaseException) -> str:
    """What an exception says, as a person can read it: one line of at most 120 letters, no address in memory."""
    said = getattr(error, "strerror", None) or str(error)
    return one_line(_ADDRESS.sub("", said.strip().partition("\n")[0]), 120) or type(error).__name__


def read_file(path: Path | str, most_bytes: int, too_large: Callable[[int], RowByRowError]) -> bytes:
    """The content of a regular file, at most so many bytes. A pipe or a device might never end, and is not opened.

    Raises OSError, whose strerror is fit for a person, and `too_large(bytes)`.
    """
    try:
        handle = os.open(path, system.open_flags())
    except ValueError:  # a NUL, or half of a surrogate pair
        raise OSError(errno.EINVAL, "no file can have this name") from None
    try:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode):
            raise OSError(errno.EINVAL, "it is a folder" if stat.S_ISDIR(found.st_mode) else "it is no regular file")
        if found.st_size > most_bytes:
            raise too_large(found.st_size)
        with os.fdopen(handle, "rb", closefd=False) as file:
            content = file.read(most_bytes + 1)
    finally:
        os.close(handle)
    if len(content) > most_bytes:  # it grows while it is read, as in /proc
        raise too_large(len(content))
    return content


def parse_json(text: str | bytes) -> Any:
    """The value of a JSON text. Raises ValueError, also for one that is nested too deep."""
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("nested too deep") from None


def gunzip(packed: bytes, most_bytes: int) -> bytes:
    """At most so many bytes of what is packed: one more says that there is too much. Raises what gzip raises."""
    with gzip.GzipFile(fileobj=io.BytesIO(packed)) as file:
        return file.read(most_bytes + 1)
