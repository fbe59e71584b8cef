"""A weights file's content -> names and arrays. What the file is, is seen from its first bytes, not from its name.

Nothing is executed: a .pth is unpickled by PyTorch with weights_only=True, after its unpacked size has been looked at.
"""

import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from core.errors import WeightsError
from core.messages import Message
from core.outside import guarded, parse_json

CARD = "row_by_row"
"""The entry of a .safetensors header that holds a reader's card."""
LARGEST_BYTES = 512 * 2**20
_SAFETENSORS_TYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2"}
_WRAPPERS = ("state_dict", "model_state_dict", "model", "net", "network", "weights", "params")
"""Under which a checkpoint keeps the weights; Lightning's is the first."""
_KINDS = (
    (b"\x89HDF", Message("a Keras file (HDF5)")),
    (b"version https://git-lfs", Message("a Git LFS pointer, in place of the file: run 'git lfs pull'")),
    (b"<", Message("a web page")),
    (b"\x08", Message("an ONNX file")),
    (b"\x93NUMPY", Message("a NumPy file")),
    (b"\x1f\x8b", Message("a gzip file")),
    (b"7z\xbc\xaf", Message("a 7z archive")),
    (b"%PDF", Message("a PDF document")),
)


def contents(content: bytes, name: str) -> tuple[dict[str, np.ndarray], dict[str, Any], list[Message]]:
    """Names -> float32 arrays, the card where there is one, and what was assumed. Raises WeightsError.

    `name` is the file's, for messages.
    """
    if content[:2] == b"PK":
        _check_archive(content, name)
    elif content[8:9] == b"{":
        return *_safetensors(content, name), []
    elif not content.startswith(b"\x80"):  # a pickle; PyTorch wrote such files before version 1.6
        kinds = (kind for start, kind in _KINDS if content.lstrip().startswith(start))
        raise _other_kind(name, next(kinds, Message("a file of another kind, or cut off")))
    arrays, notes = _pth(content, name)
    return arrays, {}, notes


def _other_kind(name: str, kind: Message) -> WeightsError:
    return WeightsError(
        "{path} is {kind}, no weights: give a .safetensors file, or one of torch.save(model.state_dict(), ...).",
        path=name,
        kind=kind,
    )


def _safetensors(content: bytes, name: str) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    from safetensors import deserialize

    def damaged(reason: str) -> WeightsError:
        return WeightsError(
            "{path} is not a valid .safetensors file ({error}): export it again.", path=name, error=reason
        )

    with guarded(damaged):
        length = int.from_bytes(content[:8], "little")
        card = parse_json((parse_json(content[8 : 8 + length]).get("__metadata__") or {}).get(CARD, "{}"))
        arrays = {key: _array_of(key, entry, name) for key, entry in deserialize(content)}
    if not isinstance(card, dict):
        raise WeightsError("{path} has a damaged card: export it again.", path=name)
    return arrays, card


def _array_of(key: str, entry: dict[str, Any], name: str) -> np.ndarray:
    kind, shape, data = entry["dtype"], entry["shape"], entry["data"]
    if kind == "BF16":  # the upper half of a float32
        return (np.frombuffer(data, "<u2").astype("<u4") << 16).view("<f4").reshape(shape)
    if kind not in _SAFETENSORS_TYPES:
        raise _no_floats(name, key, kind)
    return np.frombuffer(data, _SAFETENSORS_TYPES[kind]).reshape(shape)


def _no_floats(name: str, key: str, kind: str) -> WeightsError:
    return WeightsError(
        "{path}: {name} is stored as {kind}: save it as float32, with model.float().", path=name, name=key, kind=kind
    )


def _check_archive(content: bytes, name: str) -> None:
    """Raises WeightsError for an archive that is no PyTorch file, or that would fill the memory."""

    def damaged(reason: str) -> WeightsError:
        return WeightsError("{path} is damaged or cut off: copy it again.", path=name)

    with guarded(damaged), zipfile.ZipFile(io.BytesIO(content)) as archive:
        sizes = {entry.filename: entry.file_size for entry in archive.infolist()}
    unpacked = sum(sizes.values())
    if unpacked > LARGEST_BYTES:
        raise too_large(name, unpacked)
    inner = {entry.rpartition("/")[2] for entry in sizes}
    kinds = {"constants.pkl": Message("a TorchScript file"), "model.weights.h5": Message("a Keras file")}
    kind = next((kinds[entry] for entry in kinds if entry in inner), None)
    if kind is None and "data.pkl" not in inner:
        kind = Message("a zip archive")
    if kind:
        raise _other_kind(name, kind)


def too_large(name: str, size: int) -> WeightsError:
    return WeightsError(
        "{path} has {size} MiB; a row reader has less than 512: choose another file.", path=name, size=size >> 20
    )


def _pth(content: bytes, name: str) -> tuple[dict[str, np.ndarray], list[Message]]:
    import torch

    def refused(reason: str) -> WeightsError:
        return WeightsError(
            "{path} holds more than weights, or is damaged, and was not opened: "
            "save it with torch.save(model.state_dict(), ...).",
            path=name,
        )

    with guarded(refused):
        saved = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    state, notes = _unwrapped(saved)
    if state is None:
        raise WeightsError("{path} is not a state_dict: save it with torch.save(model.state_dict(), ...).", path=name)
    size = sum(tensor.numel() * 4 for tensor in state.values())  # a view may repeat what is stored once
    if size > LARGEST_BYTES:
        raise too_large(name, size)
    return {key: _plain(key, tensor, name) for key, tensor in state.items()}, notes


def _unwrapped(saved: Any) -> tuple[dict[str, Any] | None, list[Message]]:
    """The state_dict in what was saved, and a note of where it was; None where there is none."""
    if state := _state_dict(saved):
        return state, []
    for key, inner in _inner(saved):
        if state := _state_dict(inner):
            return state, [Message("the weights are the file's entry {key}", {"key": key})]
    return None, []


def _inner(saved: Any) -> Iterator[tuple[str, Any]]:
    """The entries of a checkpoint that may be its weights, the usual names first; an optimizer's state is none."""
    if isinstance(saved, Mapping):
        usual = [key for key in _WRAPPERS if key in saved]
        others = [key for key in saved if key not in usual and "optim" not in str(key)]
        yield from ((str(key), saved[key]) for key in [*usual, *others])


def _state_dict(saved: Any) -> dict[str, Any] | None:
    import torch

    if not isinstance(saved, Mapping) or not saved:
        return None
    return dict(saved) if all(isinstance(v, torch.Tensor) and isinstance(k, str) for k, v in saved.items()) else None


def _plain(key: str, tensor: Any, name: str) -> np.ndarray:
    """A tensor of any kind as an array. Raises WeightsError for one that has no plain numbers."""
    import torch

    kinds = {torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.int64}  # int64: BatchNorm's counter
    dense = tensor.layout == torch.strided and not tensor.is_quantized and not tensor.is_meta
    if not dense or tensor.dtype not in kinds:
        kind = "meta" if tensor.is_meta else tensor.dtype if tensor.layout == torch.strided else tensor.layout
        raise _no_floats(name, key, str(kind).removeprefix("torch."))
    with guarded(lambda reason: _no_floats(name, key, type(tensor).__name__)), np.errstate(over="ignore"):
        return (tensor if tensor.dtype in (torch.float64, torch.int64) else tensor.float()).detach().numpy()


def packed(arrays: Mapping[str, np.ndarray], card: dict[str, Any]) -> bytes:
    """The content of a .safetensors file with the card in its header."""
    from safetensors.numpy import save

    return save(dict(arrays), metadata={CARD: json.dumps(card)})
