"""12,000 images of MNIST in two small files of the repository: what is used where the full set cannot be had.

Written by `python -m core subset` from the full set: of each digit 1,000 images of the training set and 200 of the test
set, chosen at random by a fixed seed, in MNIST's own order, exact to the last grey level.

A file is the zlib stream of N labels (uint8), a bitmap of the pixels that are not 0 (N x 98 bytes, most significant bit
first) and their values. MNIST's paper is exactly 0 on 81 % of the pixels, and a separate bitmap packs better than the
images themselves: 1.7 MiB in place of 1.9.
"""

import hashlib
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from core.errors import DataError
from core.files import write_shipped

if TYPE_CHECKING:
    from core.digits.data import Mnist, Split

FOLDER = Path(__file__).parent / "mnist_subset"
Part = Literal["train", "test"]
PARTS: tuple[Part, ...] = ("train", "test")
IMAGES_A_DIGIT = {"train": 1000, "test": 200}
_SEED = 28
_MD5 = {"train": "c5b125f8bb9b2d0381defb248134c532", "test": "2d476787e88905e8bba11e0db11bcf74"}
"""Of a file's unpacked content."""
_PIXELS = 28 * 28


def images_of(part: Part) -> int:
    """How many images a file holds."""
    return 10 * IMAGES_A_DIGIT[part]


def size_mib() -> float:
    """Of both files."""
    return sum((FOLDER / f"{part}.zz").stat().st_size for part in PARTS) / 2**20


def load(part: Part, folder: Path = FOLDER) -> tuple[np.ndarray, np.ndarray]:
    """Images (N, 28, 28) uint8, 0 paper to 255 ink, and labels (N,) int64, 0 to 9. Raises DataError."""
    path = folder / f"{part}.zz"
    try:
        content = _unpacked(path.read_bytes(), images_of(part))
    except (OSError, zlib.error) as error:
        raise DataError(
            "The subset of MNIST, {path}, cannot be read ({error}): install this program again.",
            path=path,
            error=str(error),
        ) from None
    if hashlib.md5(content, usedforsecurity=False).hexdigest() != _MD5[part]:
        raise DataError(
            "The subset of MNIST, {path}, is truncated or altered (md5): install this program again.", path=path
        )
    return _arrays(content, images_of(part))


def write(mnist: "Mnist", folder: Path = FOLDER) -> Path:
    """Writes both files, chosen from the full set, and returns their folder. Raises DataError."""
    if mnist.source != "full":
        raise DataError(
            "The subset is made from the full MNIST, and there is none here: run 'python -m core download'."
        )
    random = np.random.default_rng(_SEED)
    for part in PARTS:
        split = mnist.train if part == "train" else mnist.test
        chosen = split.take(_balanced(split.labels, IMAGES_A_DIGIT[part], random))
        write_shipped(folder / f"{part}.zz", zlib.compress(_content(chosen), 9))
    return folder


def _balanced(labels: np.ndarray, count: int, random: np.random.Generator) -> np.ndarray:
    """Indices of `count` images of each digit, in the set's own order."""
    of_digits = [random.permutation(np.flatnonzero(labels == digit))[:count] for digit in range(10)]
    return np.sort(np.concatenate(of_digits))


def _content(split: "Split") -> bytes:
    inked = split.images > 0
    bitmap = np.packbits(inked.reshape(len(split), _PIXELS), axis=1)
    return split.labels.astype(np.uint8).tobytes() + bitmap.tobytes() + split.images[inked].tobytes()


def _unpacked(packed: bytes, images: int) -> bytes:
    """The content, cut off where it is longer than that many images can be: its md5 then differs."""
    return zlib.decompressobj().decompress(packed, images * (1 + _PIXELS // 8 + _PIXELS))


def _arrays(content: bytes, images: int) -> tuple[np.ndarray, np.ndarray]:
    numbers = np.frombuffer(content, np.uint8)
    labels, bitmap, values = np.split(numbers, [images, images * (1 + _PIXELS // 8)])
    pixels = np.zeros(images * _PIXELS, np.uint8)
    pixels[np.unpackbits(bitmap).view(bool)] = values
    return pixels.reshape(images, 28, 28), labels.astype(np.int64)
