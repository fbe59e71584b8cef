"""A run's state on disk: one safetensors file, tensors plus a JSON header, written whole or not at all."""

import hashlib
import json
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass

from torch import Tensor

from core.errors import CheckpointError, RowByRowError
from core.outside import reason_of
from core.runs.run import RunFolder
from core.training.config import TrainConfig
from core.training.trainer import Progress, Trainer

_FORMAT = 2
_HEADER, _CHECKSUM, _CHECKED = "row_by_row", "sha256", "checked"


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """Everything that the next step depends on, and how long the record was."""

    config: TrainConfig
    precision: str
    progress: Progress
    tensors: dict[str, Tensor]
    log_lines: int | None
    """Of the run's log by then; None in a checkpoint of an older version."""


def save(
    trainer: Trainer,
    folder: RunFolder,
    log_lines: int | None = None,
    replacing: Callable[[], AbstractContextManager[object]] = nullcontext,
) -> None:
    """Writes the trainer's state into the run's folder, in the context `replacing`.

    Raises CheckpointError; an older checkpoint then stays.
    """
    from safetensors.torch import save as pack

    header = {
        "format": _FORMAT,
        "config": trainer.config.as_dict(),
        "precision": trainer.choice.precision,
        "progress": asdict(trainer.progress),
        "log_lines": log_lines,
        _CHECKED: True,  # in an older version's there is no checksum
    }
    tensors, told = trainer.tensors(), json.dumps(header)
    content = pack(tensors, metadata={_HEADER: told, _CHECKSUM: _checksum(tensors, told)})
    try:
        folder.write(folder.checkpoint_path, content, replacing)
    except OSError as error:
        raise CheckpointError(
            "Cannot write a checkpoint into {folder} ({error}): free some space or make it writable, then resume; "
            "the last checkpoint is unharmed.",
            folder=folder.path,
            error=error.strerror,
        ) from None


def _checksum(tensors: dict[str, Tensor], header: str) -> str:
    """Of everything that a checkpoint holds: a flipped bit would train on unseen."""
    import torch

    digest = hashlib.sha256(header.encode())
    for name, tensor in sorted(tensors.items()):
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        digest.update(tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def load(folder: RunFolder) -> Checkpoint:
    """The run's checkpoint. Raises CheckpointError."""
    from safetensors import safe_open

    path = folder.checkpoint_path
    try:
        with safe_open(path, framework="pt") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a dict
            told = file.metadata() or {}
            header = json.loads(told[_HEADER])
        if told.get(_CHECKSUM, "") != _checksum(tensors, told[_HEADER]) and (_CHECKSUM in told or _CHECKED in header):
            raise ValueError("its checksum differs")
        if header["format"] != _FORMAT:
            raise CheckpointError(
                "{path} has format {format}, this version writes {ours}: start anew.",
                path=path,
                format=header["format"],
                ours=_FORMAT,
            )
        return Checkpoint(
            config=TrainConfig.from_dict(header["config"]),
            precision=header["precision"],
            progress=Progress(**header["progress"]),
            tensors=tensors,
            log_lines=header.get("log_lines"),
        )
    except FileNotFoundError:
        raise CheckpointError("There is no checkpoint in {folder}: start the run anew.", folder=folder.path) from None
    except RowByRowError:
        raise
    except Exception as error:  # damaged in any way
        raise CheckpointError(
            "{path} is damaged ({error}): nothing was changed; start the run anew, or put a copy back.",
            path=path,
            error=reason_of(error),
        ) from None
