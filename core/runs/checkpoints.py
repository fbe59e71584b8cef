"""A run's state on disk: one safetensors file, tensors plus a JSON header, written whole or not at all."""

import json
from dataclasses import asdict
from pathlib import Path

from torch import Tensor

from core.training.config import TrainConfig
from core.errors import CheckpointError
from core.files import write_atomically
from core.training.trainer import Progress, Trainer

_FORMAT = 2
_HEADER = "row_by_row"


def path_in(folder: Path) -> Path:
    return folder / "checkpoint.safetensors"


def save(trainer: Trainer, folder: Path) -> None:
    """Writes the trainer's state into the run's folder. Raises CheckpointError; an older checkpoint then stays."""
    from safetensors.torch import save as pack

    header = {
        "format": _FORMAT,
        "config": trainer.config.as_dict(),
        "precision": trainer.choice.precision,
        "progress": asdict(trainer.progress),
    }
    try:
        write_atomically(path_in(folder), pack(trainer.tensors(), metadata={_HEADER: json.dumps(header)}))
    except OSError as error:
        raise CheckpointError(
            f"Cannot write a checkpoint into {folder} ({error.strerror}): free some space or make it writable, "
            "then resume; the last checkpoint is unharmed."
        ) from None


def load(folder: Path) -> tuple[TrainConfig, str, Progress, dict[str, Tensor]]:
    """Config, precision, progress and tensors of the run's checkpoint. Raises CheckpointError."""
    from safetensors import SafetensorError, safe_open

    path = path_in(folder)
    try:
        with safe_open(path, framework="pt") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a dict
            header = json.loads((file.metadata() or {})[_HEADER])
        if header["format"] != _FORMAT:
            raise CheckpointError(f"{path} has format {header['format']}, this version writes {_FORMAT}: start anew.")
        progress = Progress(**header["progress"])
        return TrainConfig.from_dict(header["config"]), header["precision"], progress, tensors
    except FileNotFoundError:
        raise CheckpointError(f"There is no checkpoint in {folder}: start the run anew.") from None
    except (SafetensorError, OSError, ValueError, KeyError, TypeError) as error:
        raise CheckpointError(
            f"{path} is damaged ({error}): nothing was changed; start the run anew, or put a copy back."
        ) from None
