"""A reader: trained weights as NumPy arrays with a card that says where they come from. Needs no torch.

Shapes: G gates (LSTM 4, GRU 3, RNN 1), D = 28 pixels, H hidden, L layers, K = 10 classes.
A reader takes the frame in [0, 1]; a scaling used in training is already folded into U.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from core import files
from core.errors import WeightsError
from core.messages import Message
from core.outside import guarded, read_file
from core.reading import foreign, weights_files
from core.reading.cells import CELLS

SHIPPED = Path(__file__).parents[1] / "weights" / "lstm.safetensors"
LONGEST_WAIT = 224
LARGEST_SUM = 1e30
"""Of a row of weights' sizes: what a row is multiplied with is within -1 to 1, so that no state or logit overflows."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Reader:
    """Weights under the names of RowReader's state_dict, float32.

    `{cell}.weight_ih_l{k}` U (G*H, D or H), `{cell}.weight_hh_l{k}` W (G*H, H), `{cell}.bias_ih_l{k}` and
    `{cell}.bias_hh_l{k}` (G*H,), `classifier.weight` V (K, H), `classifier.bias` (K,).
    """

    cell: str
    hidden: int
    layers: int
    inputs: int
    classes: int
    arrays: dict[str, np.ndarray]
    card: dict[str, Any] = field(default_factory=dict)
    """name, test_accuracy (0..1 or absent), data ("full" or "subset"), run, config; empty for a foreign file."""
    notes: tuple[Message, ...] = ()
    """What was assumed where the file has names of its own."""

    @property
    def wait(self) -> int:
        """Blank rows that it was trained to read after a digit's 28, before it answers: 0 to LONGEST_WAIT."""
        config = self.card.get("config")
        wait = config.get("wait") if isinstance(config, dict) else None
        return wait if type(wait) is int and 0 <= wait <= LONGEST_WAIT else 0

    def layer(self, k: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """U, W, b_ih, b_hh of layer k."""
        U, W, b_ih, b_hh = (
            self.arrays[f"{self.cell}.{name}_l{k}"] for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        )
        return U, W, b_ih, b_hh


def reader_of(arrays: Mapping[str, np.ndarray], card: dict[str, Any] | None = None) -> Reader:
    """The reader that these arrays are. Raises WeightsError unless names and shapes are exactly a RowReader's."""
    cell = next((name for name in CELLS if f"{name}.weight_hh_l0" in arrays), None)
    if cell is None or "classifier.weight" not in arrays:
        raise foreign.no_reader()
    hidden = arrays[f"{cell}.weight_hh_l0"].shape[-1]
    layers = sum(name.startswith(f"{cell}.weight_hh_l") for name in arrays)
    inputs = arrays[f"{cell}.weight_ih_l0"].shape[-1] if f"{cell}.weight_ih_l0" in arrays else 0
    classes = arrays["classifier.weight"].shape[0]
    _check_shapes(arrays, shapes_of(cell, hidden, layers, inputs, classes))
    plain = {name: _numbers(array) for name, array in arrays.items()}
    return Reader(
        cell=cell, hidden=hidden, layers=layers, inputs=inputs, classes=classes, arrays=plain, card=card or {}
    )


def shapes_of(cell: str, hidden: int, layers: int, inputs: int = 28, classes: int = 10) -> dict[str, tuple]:
    """Name -> shape of every array of such a reader."""
    rows, shapes = len(CELLS[cell].weight_order) * hidden, {}
    for k in range(layers):
        shapes[f"{cell}.weight_ih_l{k}"] = (rows, hidden if k else inputs)
        shapes[f"{cell}.weight_hh_l{k}"] = (rows, hidden)
        shapes[f"{cell}.bias_ih_l{k}"] = shapes[f"{cell}.bias_hh_l{k}"] = (rows,)
    return shapes | {"classifier.weight": (classes, hidden), "classifier.bias": (classes,)}


def _check_shapes(arrays: Mapping[str, np.ndarray], expected: dict[str, tuple]) -> None:
    for name in sorted(expected.keys() | arrays.keys()):
        found, wanted = arrays.get(name), expected.get(name)
        if found is None or tuple(found.shape) != wanted:
            raise WeightsError(
                "{name} is {found} where a row reader of this kind has {wanted}: use its own file.",
                name=name,
                found=Message("missing") if found is None else str(tuple(found.shape)),
                wanted=str(wanted) if wanted else Message("no such weight"),
            )


def _numbers(array: np.ndarray) -> np.ndarray:
    """The weights as float32. Raises WeightsError unless they are real, finite and within reason."""
    if array.dtype.kind != "f":
        raise WeightsError("These weights are of type {type}: save them as float32.", type=str(array.dtype))
    if not np.isfinite(array).all():
        raise WeightsError("These weights hold values that are not finite numbers: export them again.")
    if np.abs(array).sum(-1, dtype=np.float64).max() > LARGEST_SUM:
        raise WeightsError("These weights are so large that answers would be no numbers: train the network again.")
    return np.ascontiguousarray(array, dtype=np.float32)


def load(path: Path | str | None = None) -> Reader:
    """The reader in a .safetensors or .pth file, by name or shape; None: the shipped one. Raises WeightsError."""
    path = Path(path) if path is not None else SHIPPED
    try:
        content = read_file(path, weights_files.LARGEST_BYTES, lambda size: weights_files.too_large(str(path), size))
    except OSError as error:
        raise WeightsError(
            "Cannot read the weights file {path} ({error}): check the path.", path=path, error=error.strerror
        ) from None
    return of_content(content, str(path))


def of_content(content: bytes, name: str) -> Reader:
    """The reader in a weights file's content; `name` is the file's, for messages. Raises WeightsError."""
    arrays, card, notes = weights_files.contents(content, name)
    try:
        with guarded(lambda reason: foreign.no_reader()):
            found = foreign.named(arrays)
            reader = reader_of(found.arrays, card)
    except WeightsError as error:
        raise WeightsError("{path}: {error}", path=name, error=error.message) from None
    if reader.inputs != 28 or reader.classes != 10:
        raise WeightsError(
            "{path} reads {inputs} pixels a row into {classes} classes; digits here have 28 and 10.",
            path=name,
            inputs=reader.inputs,
            classes=reader.classes,
        )
    return replace(reader, notes=(*notes, *found.notes))


def to_bytes(reader: Reader, half: bool = False) -> bytes:
    """The reader as the content of a .safetensors file, its card in the header; `half`: stored as float16."""
    arrays = {name: array.astype(np.float16) if half else array for name, array in reader.arrays.items()}
    return weights_files.packed(arrays, reader.card)


def to_pth_bytes(reader: Reader) -> bytes:
    """The reader as the article's rnn.pth: a state_dict that its class loads with strict=True."""
    import io

    import torch

    buffer = io.BytesIO()
    torch.save({name: torch.from_numpy(array) for name, array in reader.arrays.items()}, buffer)
    return buffer.getvalue()


def save(reader: Reader, path: Path | str, force: bool = True) -> None:
    """Writes the reader: .pth or .pt as the article's state_dict, else .safetensors. Raises WeightsError.

    force: also over a file that is there.
    """
    path = Path(path)
    if path.suffix not in (".pth", ".pt", ".safetensors"):
        raise WeightsError("{path} has no known suffix: use .safetensors or .pth.", path=path)
    content = to_pth_bytes(reader) if path.suffix != ".safetensors" else to_bytes(reader)
    try:
        files.write_out(path, content, force)
    except OSError as error:
        raise WeightsError(
            "Cannot write {path} ({error}): choose another place.", path=path, error=error.strerror
        ) from None
