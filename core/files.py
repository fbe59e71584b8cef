"""Writing so that a crash, a full disk or a second writer leaves either the old file or the new one, never half."""

import errno
import os
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from core import system
from core.errors import DataError


def write_atomically(path: Path, content: bytes) -> None:
    """Writes `content` to `path`, in a folder that is made where it is missing. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_whole(path, content)


def write_shipped(path: Path, content: bytes) -> None:
    """A file that comes with the product, made anew. Raises DataError."""
    try:
        write_atomically(path, content)
    except OSError as error:
        raise DataError(
            "Cannot write {path} ({error}): choose a folder that is writable.", path=path, error=error.strerror
        ) from None


def replace_whole(
    path: Path, content: bytes, replacing: Callable[[], AbstractContextManager[object]] = nullcontext
) -> None:
    """Writes `content` beside `path`, flushes it to the disk, then renames it over `path`. Raises OSError.

    replacing: a context in which the renaming is done; where it raises, `path` stays as it was.
    """
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        with replacing():  # first: who may not write any more finds that here, not by its file being gone
            system.make_readable(temporary)  # mkstemp's 0600 would hide an exported file from the person's own tools
            system.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def write_out(path: Path | str, content: bytes, force: bool = False) -> None:
    """Writes what `--out` names: through a link to the file that it means, never over what is no regular file.

    Replaces a file only with `force`. Raises OSError, whose strerror is fit for a person, FileExistsError included.
    """
    target = out_target(path, force)
    write_atomically(target, content)


def out_target(path: Path | str, force: bool = False) -> Path:
    """The file that `--out` means, found before anything is worked out. Raises as `write_out` does."""
    try:
        target = Path(os.path.realpath(path))
        there = target.exists()
    except ValueError:  # a NUL, or half of a surrogate pair
        raise OSError(errno.EINVAL, "no file can have this name") from None
    if target.is_dir():
        raise IsADirectoryError(errno.EISDIR, "it is a folder")
    if there and not target.is_file():
        raise OSError(errno.EINVAL, "it is no regular file")
    if target.is_symlink():  # realpath gives up on a link that leads to itself
        raise OSError(errno.ELOOP, "it is a link to itself")
    if there and not force:
        raise FileExistsError(errno.EEXIST, "it is there already; --force replaces it")
    return target


def remove_leftovers(folder: Path) -> None:
    """Removes the temporary files of writers that were killed; only while nobody writes into this folder."""
    for path in folder.glob(".*.*"):
        if path.is_file():
            path.unlink(missing_ok=True)
