"""Where MNIST lies on a disk, in the layouts that people have it in, and its arrays. Downloads nothing.

Four files, plain or gzipped, under LeCun's names or with a dot in place of the last hyphen but one, in ROOT/MNIST/raw
(torchvision's), ROOT/raw or ROOT itself; or Keras's mnist.npz. All hold the same bytes: one md5 each checks them.
"""

import hashlib
import io
import os
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from core.errors import DataError
from core.messages import Message
from core.outside import guarded, gunzip, read_file

# md5 of the four files of http://yann.lecun.com/exdb/mnist, unpacked: images, then labels.
MD5 = {
    "train-images-idx3-ubyte": "6bbc9ace898e44ae57da46a324031adb",
    "train-labels-idx1-ubyte": "a25bea736e30d166cdddb491f175f624",
    "t10k-images-idx3-ubyte": "2646ac647ad5339dbf082846283269ea",
    "t10k-labels-idx1-ubyte": "27ae3e4e09519cfbb04c329615203637",
}
_KERAS = {"train-images-idx3-ubyte": "x_train", "train-labels-idx1-ubyte": "y_train"} | {
    "t10k-images-idx3-ubyte": "x_test",
    "t10k-labels-idx1-ubyte": "y_test",
}
LARGEST_BYTES = 64 * 2**20
"""Unpacked: the largest of the four files has 45 MiB."""
_IMAGES, _LABELS = 16, 8  # bytes of an IDX header: magic, N, rows, columns; or magic, N
_OTHERS = {
    "train.csv": Message("Kaggle's train.csv has 42,000 of the images and no test set"),
    "mnist_train.csv": Message("a CSV file is not read"),
}


@dataclass(frozen=True)
class Place:
    """Where MNIST was found: four files, or one archive of Keras's."""

    folder: Path
    files: dict[str, Path] = field(default_factory=dict)
    """LeCun's name -> the file; some may be missing."""
    archive: Path | None = None

    @property
    def size_mib(self) -> float:
        paths = [self.archive] if self.archive else [*self.files.values()]
        return sum(path.stat().st_size for path in paths) / 2**20


def find(root: Path) -> Place | None:
    """MNIST under this root; None where there is nothing of it. Raises DataError for a folder that cannot be looked at.

    One of the four files is enough: a set with a hole is damaged, not absent.
    """
    _check_readable(root)
    if root.suffix == ".npz" and os.path.isfile(root):
        return Place(root.parent, archive=root)
    for folder in (root / "MNIST" / "raw", root / "raw", root):
        files = {name: path for name in MD5 if (path := _file_of(folder, name))}
        if files:
            return Place(folder, files)
    archive = root / "mnist.npz"
    return Place(root, archive=archive) if os.path.isfile(archive) else None


def stranger_in(root: Path) -> Message | None:
    """What is in the folder in place of MNIST, as far as it is known; None: nothing that one could mistake for it."""
    return next((told for name, told in _OTHERS.items() if os.path.isfile(root / name)), None)


def arrays(place: Place) -> list[np.ndarray]:
    """Images (N, 28, 28) uint8 and labels (N,) int64, to train and to test, their md5 checked. Raises DataError."""
    contents = _keras_contents(place.archive) if place.archive else None
    return [_array(place, name, contents) for name in MD5]


def _check_readable(root: Path) -> None:
    try:
        os.stat(root)
        if os.path.isdir(root):
            os.listdir(root)
    except (FileNotFoundError, NotADirectoryError):
        return
    except (OSError, ValueError) as error:
        raise DataError(
            "Cannot look into {path} ({error}): choose another --data.",
            path=root,
            error=getattr(error, "strerror", None) or Message("no file can have this name"),
        ) from None


def _file_of(folder: Path, name: str) -> Path | None:
    """The file of this name: plain or gzipped, `-idx3` or `.idx3`, or in a folder of its name (Kaggle's archive)."""
    dotted = name.replace("-idx", ".idx")
    spellings = (name, f"{name}.gz", dotted, f"{dotted}.gz", f"{name}/{name}", f"{dotted}/{dotted}")
    return next((folder / spelt for spelt in spellings if os.path.isfile(folder / spelt)), None)


def _array(place: Place, name: str, contents: dict[str, bytes] | None) -> np.ndarray:
    path = place.archive or place.files.get(name)
    if path is None:
        raise DataError(
            "{path} is missing: run 'python -m core download', or point --data elsewhere.", path=place.folder / name
        )
    content = _content(path) if contents is None else contents[name]
    if hashlib.md5(content, usedforsecurity=False).hexdigest() != MD5[name]:
        raise DataError("{path} is truncated or altered (md5): delete it and run 'python -m core download'.", path=path)
    if "images" in name:
        return np.frombuffer(content, np.uint8, offset=_IMAGES).reshape(-1, 28, 28)
    return np.frombuffer(content, np.uint8, offset=_LABELS).astype(np.int64)


def _unreadable(path: Path, reason: str) -> DataError:
    return DataError(
        "{path} cannot be read ({error}): delete it and run 'python -m core download'.", path=path, error=reason
    )


def _read(path: Path) -> bytes:
    return read_file(path, LARGEST_BYTES, lambda size: _unreadable(path, f"{size >> 20} MiB"))


def _content(path: Path) -> bytes:
    with guarded(lambda reason: _unreadable(path, reason)):
        content = _read(path)
        return gunzip(content, LARGEST_BYTES) if path.suffix == ".gz" else content


def _keras_contents(path: Path) -> dict[str, bytes]:
    """The four files as LeCun's, made from Keras's arrays: the same header, the same bytes."""
    import zipfile

    with guarded(lambda reason: _unreadable(path, reason)):
        content = _read(path)
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > 2 * LARGEST_BYTES:
                raise ValueError("more than MNIST unpacks to")
        with np.load(io.BytesIO(content), allow_pickle=False) as found:
            return {name: _as_idx(found[key]) for name, key in _KERAS.items()}


def _as_idx(array: np.ndarray) -> bytes:
    """IDX: two zeros, 8 for unsigned bytes, the number of axes, each one's length in four bytes, the values."""
    header = bytes([0, 0, 8, array.ndim]) + b"".join(length.to_bytes(4, "big") for length in array.shape)
    return header + np.ascontiguousarray(array, np.uint8).tobytes()
