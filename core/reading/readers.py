"""A reader: trained weights as NumPy arrays with a card that says where they come from. Needs no torch.

Shapes: G gates (LSTM 4, GRU 3, RNN 1), D = 28 pixels, H hidden, L layers, K = 10 classes.
A reader takes the frame in [0, 1]; a scaling used in training is already folded into U.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import WeightsError
from core.files import write_atomically
from core.messages import Message
from core.reading.cells import CELLS

SHIPPED = Path(__file__).parents[1] / "weights" / "lstm.safetensors"
_CARD = "row_by_row"
_LARGEST_FILE_BYTES = 512 * 2**20


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
        raise WeightsError(
            "These are not a row reader's weights: expected names such as lstm.weight_ih_l0 and classifier.bias."
        )
    hidden = arrays[f"{cell}.weight_hh_l0"].shape[-1]
    layers = sum(name.startswith(f"{cell}.weight_hh_l") for name in arrays)
    inputs = arrays[f"{cell}.weight_ih_l0"].shape[-1] if f"{cell}.weight_ih_l0" in arrays else 0
    classes = arrays["classifier.weight"].shape[0]
    _check_shapes(arrays, shapes_of(cell, hidden, layers, inputs, classes))
    if not all(np.isfinite(array).all() for array in arrays.values()):
        raise WeightsError("These weights hold values that are not finite numbers: export them again.")
    plain = {name: np.ascontiguousarray(array, dtype=np.float32) for name, array in arrays.items()}
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


def load(path: Path | str | None = None) -> Reader:
    """The reader in a .safetensors file or an article's rnn.pth; None is the shipped reader. Raises WeightsError."""
    path = Path(path) if path is not None else SHIPPED
    try:
        with path.open("rb") as file:
            start = file.read(4)
        size = path.stat().st_size
    except OSError as error:
        raise WeightsError(
            "Cannot read the weights file {path} ({error}): check the path.", path=path, error=error.strerror
        ) from None
    if size > _LARGEST_FILE_BYTES:
        raise WeightsError(
            "{path} has {size} MiB; a row reader has less than 512: choose another file.", path=path, size=size >> 20
        )
    pickled = start[:2] == b"PK" or path.suffix in (".pth", ".pt")
    arrays, card = (_load_pth if pickled else _load_safetensors)(path)
    reader = reader_of(arrays, card)
    if reader.inputs != 28 or reader.classes != 10:
        raise WeightsError(
            "{path} reads {inputs} pixels a row into {classes} classes; digits here have 28 and 10.",
            path=path,
            inputs=reader.inputs,
            classes=reader.classes,
        )
    return reader


def _load_safetensors(path: Path) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as file:
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a dict
            card = json.loads((file.metadata() or {}).get(_CARD, "{}"))
    except (SafetensorError, OSError, ValueError, TypeError) as error:
        raise WeightsError(
            "{path} is not a valid .safetensors file ({error}): export it again.", path=path, error=str(error)
        ) from None
    if not isinstance(card, dict):
        raise WeightsError("{path} has a damaged card: export it again.", path=path)
    return arrays, card


def _load_pth(path: Path) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    import torch

    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # a damaged file fails anywhere in torch, zipfile or pickle
        reason = str(error).splitlines()[0][:120] if str(error) else type(error).__name__
        raise WeightsError(
            "{path} holds more than weights, or is damaged, and was not opened ({reason}): "
            "save it with torch.save(model.state_dict(), ...).",
            path=path,
            reason=reason,
        ) from None
    tensors = isinstance(state, Mapping) and all(isinstance(value, torch.Tensor) for value in state.values())
    if not tensors:
        raise WeightsError("{path} is not a state_dict: save it with torch.save(model.state_dict(), ...).", path=path)
    return {str(name): value.float().numpy() for name, value in state.items()}, {}


def to_bytes(reader: Reader, half: bool = False) -> bytes:
    """The reader as the content of a .safetensors file, its card in the header; `half`: stored as float16."""
    from safetensors.numpy import save

    arrays = {name: array.astype(np.float16) if half else array for name, array in reader.arrays.items()}
    return save(arrays, metadata={_CARD: json.dumps(reader.card)})


def to_pth_bytes(reader: Reader) -> bytes:
    """The reader as the article's rnn.pth: a state_dict that its class loads with strict=True."""
    import io

    import torch

    buffer = io.BytesIO()
    torch.save({name: torch.from_numpy(array) for name, array in reader.arrays.items()}, buffer)
    return buffer.getvalue()


def save(reader: Reader, path: Path | str, half: bool = False) -> None:
    """Writes the reader: .pth or .pt as the article's state_dict, else .safetensors. Raises WeightsError."""
    path = Path(path)
    if path.suffix not in (".pth", ".pt", ".safetensors"):
        raise WeightsError("{path} has no known suffix: use .safetensors or .pth.", path=path)
    content = to_pth_bytes(reader) if path.suffix != ".safetensors" else to_bytes(reader, half)
    try:
        write_atomically(path, content)
    except OSError as error:
        raise WeightsError(
            "Cannot write {path} ({error}): choose a folder that is writable.", path=path, error=error.strerror
        ) from None
