"""The index of a reader: its states for every test digit and row, quantised, kept on disk, mapped when it is opened.

A state is one byte: 255 steps between the least and the largest value that the unit has at that row. An LSTM of 2 x 128
then has 137 MiB for 10,000 digits. An index never exceeds MOST_BYTES: a larger reader's has as many digits as fit,
taken at even distances. The answers (`Index.answers`) are always to all images.

Shapes: N test images, M of them in the index, T = 28 rows, A arrays (h of each layer, then C of each), H hidden.
Rows, layers, units and images count from 0.
"""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.digits.data import Mnist, Split
from core.errors import ConfigError, DataError, StoreError
from core.examining.answers import Answers, Progress, checked_labels, collected
from core.examining.index_file import SUFFIX, Layout, Writer, mapped, remove_old, writing
from core.examining.states import LETTERS, ROWS, RowStates, read_rows
from core.messages import Message
from core.reading.readers import Reader

MOST_BYTES = 200 * 2**20
CACHE_BYTES = 2**30
"""Of all indexes in a cache folder together."""
_LEVELS = 255


@dataclass(frozen=True, kw_only=True, eq=False)
class Index:
    """The states of M test digits; opened by `index_of`."""

    reader: Reader
    images: np.ndarray
    """(N, 28, 28) uint8: all test images."""
    answers: Answers
    """To all test images."""
    chosen: np.ndarray
    """(M,) int64: which images are in the index, ascending; all where they fit."""
    path: Path
    _states: np.ndarray
    """(T, A, M, H) uint8."""
    _low: np.ndarray
    """(T, A, H) float32: the value of 0."""
    _step: np.ndarray
    """(T, A, H) float32: what 1 adds."""

    def __len__(self) -> int:
        return len(self.chosen)

    @property
    def labels(self) -> np.ndarray:
        """(M,) int64: the digits of the images in the index."""
        return self.answers.labels[self.chosen]

    def states(self, letter: str, layer: int, row: int, units: list[int] | slice = slice(None)) -> np.ndarray:
        """(M, H or units) float32: h or C of a layer after a row. Raises ConfigError for what the reader lacks."""
        place = place_of(self.reader, letter, layer)
        check_number("row", row, ROWS)
        values = self._states[row, place][:, units].astype(np.float32)
        values *= self._step[row, place][units]
        values += self._low[row, place][units]
        return values

    def projected(self, letter: str, layer: int, row: int, axes: np.ndarray) -> np.ndarray:
        """(M, P) float32: `states` @ axes (H, P), in half the time."""
        place = place_of(self.reader, letter, layer)
        check_number("row", row, ROWS)
        axes = axes.astype(np.float32)
        codes = self._states[row, place].astype(np.float32)
        return codes @ (self._step[row, place][:, None] * axes) + self._low[row, place] @ axes


def place_of(reader: Reader, letter: str, layer: int) -> int:
    """Which of the A arrays is h or C of a layer; -1 is the top layer. Raises ConfigError."""
    letters = LETTERS[reader.cell]
    if letter not in letters:
        raise ConfigError(
            "A reader of kind {kind} has no state {state}: choose {states}.",
            kind=reader.cell.upper(), state=repr(letter), states=" or ".join(letters),
        )  # fmt: skip
    check_number("layer", layer + reader.layers if -reader.layers <= layer < 0 else layer, reader.layers)
    return letters.index(letter) * reader.layers + layer % reader.layers


def check_number(noun: str, number: int, count: int) -> None:
    """Raises ConfigError unless number is 0 to count - 1."""
    if not 0 <= number < count:
        raise ConfigError(
            "There is no {noun} {index}: choose one from 0 to {last}.",
            noun=Message(noun), index=str(number), last=str(count - 1),
        )  # fmt: skip


def index_of(
    reader: Reader,
    data: Mnist,
    folder: Path | str,
    progress: Progress | None = None,
    most_bytes: int = MOST_BYTES,
    cache_bytes: int = CACHE_BYTES,
) -> Index:
    """The reader's index of the test images of `data`: opened where it is in `folder` and whole, else built there.

    Building makes one pass over all images; afterwards the indexes used longest ago are removed until all have at
    most `cache_bytes`. Raises StoreError where the folder cannot be written, DataError for a set without labels.
    """
    if found := opened(reader, data, folder, most_bytes):
        return found
    path, layout, chosen = _plan(reader, data.test, folder, most_bytes)
    try:
        with writing(path, layout) as writer:
            _build(reader, data.test, chosen, writer, progress)
        remove_old(path.parent, path, cache_bytes)
    except OSError as error:
        raise StoreError(
            "Cannot keep the index of this reader in {folder} ({reason}): free some space, or choose another folder.",
            folder=str(folder), reason=str(error.strerror),
        ) from None  # fmt: skip
    if found := opened(reader, data, folder, most_bytes):
        return found
    raise StoreError("The index in {folder} was removed while it was built: try again.", folder=str(folder))


def opened(reader: Reader, data: Mnist, folder: Path | str, most_bytes: int = MOST_BYTES) -> Index | None:
    """The index where it has been built; None where it has not, or is damaged."""
    path, layout, _ = _plan(reader, data.test, folder, most_bytes)
    arrays = mapped(path, layout)
    if arrays is None:
        return None
    found = Answers(arrays["labels"].astype(np.int64), np.array(arrays["by_row"]), np.array(arrays["logits"]))
    return Index(
        reader=reader,
        images=data.test.images,
        answers=found,
        chosen=np.array(arrays["chosen"]),
        path=path,
        _states=arrays["states"],
        _low=np.array(arrays["low"]),
        _step=np.array(arrays["step"]),
    )


def weights_hash(reader: Reader) -> str:
    """sha256 of the names, shapes and values of all arrays, hexadecimal: the same reader, whatever its file."""
    digest = hashlib.sha256(f"wait {reader.wait} ".encode() if reader.wait else b"")
    for name in sorted(reader.arrays):
        array = reader.arrays[name]
        digest.update(f"{name} {array.shape} ".encode())
        digest.update(np.ascontiguousarray(array, "<f4").data)
    return digest.hexdigest()


def images_hash(test: Split) -> str:
    """sha256 of a set's images and labels, hexadecimal."""
    digest = hashlib.sha256(np.ascontiguousarray(test.images).data)
    digest.update(np.ascontiguousarray(test.labels, "<i8").data)
    return digest.hexdigest()


def _plan(reader: Reader, test: Split, folder: Path | str, most_bytes: int) -> tuple[Path, Layout, np.ndarray]:
    """The file, its layout, and which images it is to hold."""
    if not len(test):
        raise DataError("There are no test images here: choose another data folder.")
    identity = {"weights": weights_hash(reader), "images": images_hash(test)}
    fixed = _layout(reader, identity, len(test), 0).size
    a_digit = _layout(reader, identity, len(test), 1000).size - fixed  # of 1,000, so that alignment does not matter
    count = int(np.clip((most_bytes - fixed) * 1000 // a_digit - 1, 1, len(test)))
    chosen = np.arange(count) * len(test) // count
    path = Path(folder) / f"{identity['weights'][:24]}-{identity['images'][:8]}{SUFFIX}"
    return path, _layout(reader, identity, len(test), count), chosen


def _layout(reader: Reader, identity: dict[str, str], images: int, count: int) -> Layout:
    arrays, hidden = len(LETTERS[reader.cell]) * reader.layers, reader.hidden
    return Layout(
        identity,
        {
            "states": ("u1", (ROWS, arrays, count, hidden)),
            "low": ("<f4", (ROWS, arrays, hidden)),
            "step": ("<f4", (ROWS, arrays, hidden)),
            "chosen": ("<i8", (count,)),
            "labels": ("u1", (images,)),
            "by_row": ("u1", (ROWS, images)),
            "logits": ("<f4", (images, reader.classes)),
        },
    )


def _build(reader: Reader, test: Split, chosen: np.ndarray, writer: Writer, progress: Progress | None) -> None:
    labels, lows, steps = checked_labels(test.labels), [], []
    every = slice(None) if len(chosen) == len(test) else chosen

    def keep(row: RowStates) -> RowStates:
        values = [layer[every] for layers in row.states.values() for layer in layers]
        found = list(pool.map(_quantised, values))
        for codes, _, _ in found:
            writer.add("states", codes)
        lows.append([low for _, low, _ in found])
        steps.append([step for _, _, step in found])
        return row

    with ThreadPoolExecutor(2) as pool:
        answers = collected((keep(row) for row in read_rows(reader, test.images)), labels, progress)
    for name, values in (("low", lows), ("step", steps), ("chosen", chosen), ("labels", labels)):
        writer.add(name, np.array(values))
    writer.add("by_row", answers.by_row)
    writer.add("logits", answers.logits)


def _quantised(values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(M, H) float32 -> codes (M, H) uint8, the value of code 0 (H,), and of one step (H,); 0 for a constant unit."""
    low = values.min(0)
    step = (values.max(0) - low) / np.float32(_LEVELS)
    scaled = values - low
    scaled /= np.where(step > 0, step, 1)
    return np.rint(scaled, out=scaled).astype(np.uint8), low, step
