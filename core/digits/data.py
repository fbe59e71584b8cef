"""MNIST: the full set where it is found or can be fetched, else the subset of 12,000 images in this repository.

Shapes: N images, 28 rows of 28 pixels, uint8 (0 paper, 255 ink). Needs no torch.
"""

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np

from core.digits import hardness, mnist_files, subset
from core.errors import DataError
from core.files import write_atomically
from core.messages import Message
from core.outside import gunzip, reason_of

# Those of torchvision.datasets.MNIST, whose import takes two seconds of each run that finds no MNIST.
MIRRORS = ("https://ossci-datasets.s3.amazonaws.com/mnist/", "http://yann.lecun.com/exdb/mnist/")
_TIMEOUT_SECONDS = 8
SUBSET_NOTE = "12,000-image subset of MNIST (10,000 to train, 2,000 to test): no full MNIST here."
WHERE = "'python -m core download' fetches it; --data or MNIST_ROOT says where it lies."
TRAIN_IMAGES, TEST_IMAGES = 60_000, 10_000  # of the full set
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

    @cached_property
    def margins(self) -> np.ndarray:
        """(N,) float32: how clearly a small classifier tells each image's digit; below 0 it does not."""
        return hardness.margins(self.images, self.labels)

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
    """The folder (or mnist.npz) that is meant: `root`, else MNIST_ROOT, else ./data."""
    return Path(root or os.environ.get("MNIST_ROOT") or "data")


def load(root: Path | str | None = None, progress: Progress | None = None) -> Mnist:
    """MNIST from where it lies, in any layout that mnist_files knows, else downloaded there.

    Where neither is possible: the subset, unless a `root` was given. Raises DataError then, and for a set that is there
    but truncated or altered: neither is ever quietly replaced.
    """
    folder = root_of(root)
    place = mnist_files.find(folder)
    if place is None:
        _refuse_strangers(folder)
        try:
            download(root, progress)
        except DataError as error:
            if root:
                raise _nowhere(folder, error) from None
            return _subset()
        place = mnist_files.find(folder)
    if place is None:
        return _subset()
    parts = mnist_files.arrays(place)
    return Mnist(Split(parts[0], parts[1]), Split(parts[2], parts[3]), "full", FULL_NOTE)


def _refuse_strangers(folder: Path) -> None:
    if told := mnist_files.stranger_in(folder):
        raise DataError(
            "There is no MNIST in {path}; {told}: give its four files, such as train-images-idx3-ubyte.gz, in that "
            "folder or in MNIST/raw below it, or Keras's mnist.npz.",
            path=folder,
            told=told,
        )


def _nowhere(folder: Path, error: DataError) -> DataError:
    return DataError(
        "There is no MNIST in {path}: put its four files, such as train-images-idx3-ubyte.gz, there or in MNIST/raw "
        "below it, or Keras's mnist.npz; without --data a subset is used. {error}",
        path=folder,
        error=error.message,
    )


def describe(root: Path | str | None = None) -> DataCard:
    """What `load` would find here and now, by looking at names and sizes alone."""
    try:
        place = mnist_files.find(root_of(root))
    except DataError:  # `load` says so
        place = None
    if place:
        return DataCard("full", TRAIN_IMAGES, TEST_IMAGES, place.size_mib, place.archive or place.folder)
    return DataCard("subset", subset.images_of("train"), subset.images_of("test"), subset.size_mib(), None)


@lru_cache(maxsize=1)
def hold_out(train: Split, images: int) -> tuple[Split, Split]:
    """Training images and a fixed, disjoint held-out part, the same for every seed.

    Holds out a tenth where `images` would be more than half of the set, as it can be with the subset.
    """
    if images > len(train) // 2:
        images = len(train) // 10
    order = np.random.default_rng(28).permutation(len(train))
    return train.take(np.sort(order[images:])), train.take(order[:images])


def download(root: Path | str | None = None, progress: Progress | None = None) -> Path:
    """Fetches the missing files from the mirrors into the root; returns where they lie. Raises DataError."""
    place = mnist_files.find(root_of(root))
    if place and (place.archive or len(place.files) == len(mnist_files.MD5)):
        return place.archive or place.folder
    raw = root_of(root) / "MNIST" / "raw"
    for name, md5 in mnist_files.MD5.items():
        packed = raw / f"{name}.gz"
        if not any(path.exists() for path in (packed, raw / name)):
            content = _fetch(packed.name, md5, raw, progress)
            try:
                write_atomically(packed, content)
            except OSError as error:
                raise DataError(
                    "Cannot write {path} ({error}): choose another --data.", path=packed, error=error.strerror
                ) from None
    return raw


def _fetch(name: str, md5: str, raw: Path, progress: Progress | None) -> bytes:
    """The gzipped file of this name, whose unpacked bytes have this md5."""
    reasons = []
    for mirror in MIRRORS:
        try:
            content = _fetch_from(mirror + name, name, progress)
            unpacked = gunzip(content, mnist_files.LARGEST_BYTES)
        except Exception as error:  # whatever a network does
            reasons.append(Message("{mirror}: {error}", {"mirror": mirror, "error": reason_of(error)}))
            continue
        if hashlib.md5(unpacked, usedforsecurity=False).hexdigest() == md5:
            return content
        reasons.append(Message("{mirror}: md5 differs", {"mirror": mirror}))
    raise DataError(
        "Cannot download {name} ({reasons}): check the network, or copy the four files of MNIST into {folder} by hand.",
        name=name,
        reasons=reasons,
        folder=raw,
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
