"""MNIST: the full set where it is found or can be fetched, else the subset of 12,000 images in this repository.

Shapes: N images, 28 rows of 28 pixels, uint8 (0 paper, 255 ink). Needs no torch; torchvision only to download.
"""

import gzip
import hashlib
import os
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.digits import subset
from core.errors import DataError
from core.files import write_atomically
from core.messages import Message

# md5 of the four files of http://yann.lecun.com/exdb/mnist, unpacked: images, then labels.
_FILES = {
    "train-images-idx3-ubyte": "6bbc9ace898e44ae57da46a324031adb",
    "train-labels-idx1-ubyte": "a25bea736e30d166cdddb491f175f624",
    "t10k-images-idx3-ubyte": "2646ac647ad5339dbf082846283269ea",
    "t10k-labels-idx1-ubyte": "27ae3e4e09519cfbb04c329615203637",
}
_TIMEOUT_SECONDS = 8
SUBSET_NOTE = "12,000-image subset of MNIST (10,000 to train, 2,000 to test): no full MNIST here."
FULL_NOTE = "Full MNIST: 60,000 images to train, 10,000 to test."
Progress = Callable[[str, int, int], None]
"""Called with a file's name, bytes fetched and bytes in all (0 where the server does not say)."""


@dataclass(frozen=True, eq=False)
class Split:
    images: np.ndarray
    """(N, 28, 28) uint8."""
    labels: np.ndarray
    """(N,) int64, 0 to 9."""

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, indices: np.ndarray) -> "Split":
        return Split(self.images[indices], self.labels[indices])


@dataclass(frozen=True, eq=False)
class Mnist:
    train: Split
    test: Split
    source: str
    """full or subset."""
    note: str
    """One sentence for wherever a figure appears."""


@dataclass(frozen=True)
class DataCard:
    """What `load` would find, without reading it."""

    source: str
    train_images: int
    test_images: int
    size_mib: float
    path: Path | None
    """Where the four files of the full set lie; None for the subset."""


def root_of(root: Path | str | None = None) -> Path:
    """The torchvision root that is meant: `root`, else MNIST_ROOT, else ./data."""
    return Path(root or os.environ.get("MNIST_ROOT") or "data")


def load(root: Path | str | None = None, progress: Progress | None = None) -> Mnist:
    """MNIST from a torchvision root, downloaded into it where nothing is there; without network the subset.

    Raises DataError for a set that is there but truncated or altered: it is never quietly replaced.
    """
    raw = root_of(root) / "MNIST" / "raw"
    if not _present(raw):
        try:
            download(root, progress)
        except DataError:
            return _subset()
    parts = [_parse(raw, name) for name in _FILES]
    return Mnist(Split(parts[0], parts[1]), Split(parts[2], parts[3]), "full", FULL_NOTE)


def describe(root: Path | str | None = None) -> DataCard:
    """What `load` would find here and now, by looking at names and sizes alone."""
    raw = root_of(root) / "MNIST" / "raw"
    if _present(raw):
        size = sum(path.stat().st_size for name in _FILES if (path := _find(raw, name)))
        return DataCard("full", 60_000, 10_000, size / 2**20, raw)
    return DataCard("subset", subset.images_of("train"), subset.images_of("test"), subset.size_mib(), None)


def hold_out(train: Split, images: int) -> tuple[Split, Split]:
    """Training images and a fixed, disjoint held-out part, the same for every seed.

    Holds out a tenth where `images` would be more than half of the set, as it can be with the subset.
    """
    if images > len(train) // 2:
        images = len(train) // 10
    order = np.random.default_rng(28).permutation(len(train))
    return train.take(np.sort(order[images:])), train.take(order[:images])


def _find(raw: Path, name: str) -> Path | None:
    return next((path for path in (raw / name, raw / f"{name}.gz") if path.is_file()), None)


def _present(raw: Path) -> bool:
    """True where any of the four files is there: a set with a hole is damaged, not absent."""
    return any(_find(raw, name) for name in _FILES)


def _parse(raw: Path, name: str) -> np.ndarray:
    """The array of one IDX file, plain or gzipped, after its md5 is checked."""
    path = _find(raw, name)
    if path is None:
        raise DataError("{path} is missing: run 'python -m core download', or point --data elsewhere.", path=raw / name)
    try:
        content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(
            "{path} cannot be read ({error}): delete it and run 'python -m core download'.", path=path, error=str(error)
        ) from None
    if hashlib.md5(content, usedforsecurity=False).hexdigest() != _FILES[name]:
        raise DataError("{path} is truncated or altered (md5): delete it and run 'python -m core download'.", path=path)
    if "images" in name:  # IDX header: magic, N, rows, columns; labels: magic, N
        return np.frombuffer(content, np.uint8, offset=16).reshape(-1, 28, 28)
    return np.frombuffer(content, np.uint8, offset=8).astype(np.int64)


def download(root: Path | str | None = None, progress: Progress | None = None) -> Path:
    """Fetches the missing files from torchvision's mirrors into the root. Raises DataError."""
    from torchvision.datasets import MNIST

    raw = root_of(root) / "MNIST" / "raw"
    for name, md5 in MNIST.resources:
        if _find(raw, name.removesuffix(".gz")) is None:
            content = _fetch(MNIST.mirrors, name, md5, progress)
            try:
                write_atomically(raw / name, content)
            except OSError as error:
                raise DataError(
                    "Cannot write {path} ({error}): choose another --data.", path=raw / name, error=error.strerror
                ) from None
    return raw


def _fetch(mirrors: list[str], name: str, md5: str, progress: Progress | None) -> bytes:
    reasons = []
    for mirror in mirrors:
        try:
            content = _fetch_from(mirror + name, name, progress)
        except (OSError, ValueError) as error:  # URLError is an OSError
            reasons.append(Message("{mirror}: {error}", {"mirror": mirror, "error": str(error)}))
            continue
        if hashlib.md5(content, usedforsecurity=False).hexdigest() == md5:
            return content
        reasons.append(Message("{mirror}: md5 differs", {"mirror": mirror}))
    raise DataError(
        "Cannot download {name} ({reasons}): check the network, or copy MNIST by hand.", name=name, reasons=reasons
    )


def _fetch_from(url: str, name: str, progress: Progress | None) -> bytes:
    from urllib.request import urlopen

    with urlopen(url, timeout=_TIMEOUT_SECONDS) as response:
        total, chunks, done = int(response.headers.get("Content-Length") or 0), [], 0
        while chunk := response.read(1 << 16):
            chunks.append(chunk)
            done += len(chunk)
            if progress:
                progress(name, done, total)
    return b"".join(chunks)


def _subset() -> Mnist:
    return Mnist(Split(*subset.load("train")), Split(*subset.load("test")), "subset", SUBSET_NOTE)
