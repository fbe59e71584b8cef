"""A run as it stands: its identity, what is known of it, its states, and the files that it keeps."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, field, fields
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from core.files import remove_leftovers, replace_whole
from core.messages import Message, pack, unpack
from core.runs.database import gone
from core.training.config import TrainConfig

Files = Mapping[str, bytes]
"""Name -> content."""
NO_FILES: Files = MappingProxyType({})
State = Literal["queued", "running", "paused", "stopped", "finished", "failed", "lost"]
"""lost is never stored: it is an ACTIVE run whose process is gone or silent."""
WAITING = ("queued",)
"""A worker is still to be started."""
ACTIVE = ("running", "paused")
"""A worker has it."""
UNFINISHED = (*WAITING, *ACTIVE)
"""Something is still to happen."""
RESUMABLE = ("stopped", "failed", "lost")
"""Ended before its last step."""
ENDED = ("finished", *RESUMABLE)


@dataclass(frozen=True)
class RunFolder:
    """The folder of one run: it alone knows the names of the files in it."""

    path: Path

    @property
    def weights_path(self) -> Path:
        return self.path / "weights.safetensors"

    @property
    def checkpoint_path(self) -> Path:
        return self.path / "checkpoint.safetensors"

    @property
    def log_path(self) -> Path:
        """What the worker says on stderr, and the details of an error that it did not know."""
        return self.path / "worker.log"

    @property
    def start_path(self) -> Path:
        """The weights that the run started from."""
        return self.path / "start.safetensors"

    @property
    def digits_path(self) -> Path:
        """The person's own digits that it was given, as they were then."""
        return self.path / "own_digits.jsonl"

    def snapshot_path(self, step: int) -> Path:
        return self.path / "snapshots" / f"{step:08d}.safetensors"

    @property
    def weights(self) -> Path | None:
        """The newest saved weights, or None."""
        return self.weights_path if self.weights_path.exists() else None

    @property
    def checkpoint(self) -> Path | None:
        return self.checkpoint_path if self.checkpoint_path.exists() else None

    @property
    def snapshots(self) -> dict[int, Path]:
        """Step -> the weights as they were then, kept for replay, oldest first; closer together at the start."""
        return {int(path.stem): path for path in sorted((self.path / "snapshots").glob("[0-9]*.safetensors"))}

    def make(self, given: Files = NO_FILES) -> None:
        """Makes the folder of a new run, with these files in it; raises OSError where the runs folder is missing."""
        self.path.mkdir(exist_ok=True)
        (self.path / "snapshots").mkdir(exist_ok=True)
        for name, content in given.items():
            replace_whole(self.path / name, content)

    def remove_leftovers(self) -> None:
        """Removes the temporary files of killed writers; only for the one that has just become the run's owner."""
        for folder in (self.path, self.path / "snapshots"):
            remove_leftovers(folder)

    def write(
        self, path: Path, content: bytes, replacing: Callable[[], AbstractContextManager[object]] = nullcontext
    ) -> None:
        """Replaces a file of this folder as a whole, in the context `replacing`; makes no folder.

        Raises OSError, and StoreError where the folder is no longer there.
        """
        try:
            replace_whole(path, content, replacing)
        except FileNotFoundError:
            if self.path.is_dir():
                raise
            raise gone(self.path.parent) from None

    def add_details(self, text: str) -> None:
        """Appends to worker.log; does nothing where that cannot be written."""
        with suppress(OSError), self.log_path.open("a", encoding="utf-8") as log:
            log.write(text)


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What a worker has told of its run. Accuracies are 0 to 1; None where not measured."""

    device: str = ""
    device_reason: Message = Message()
    precision: str = ""
    precision_reason: Message = Message()
    versions: str = ""
    """Of Python and PyTorch, such as `Python 3.11.2, PyTorch 2.15.0`."""
    machine: str = ""
    """System, architecture and cores, such as `Linux x86_64, 8 cores`."""
    data_source: str = ""
    """full or subset."""
    data_note: Message = Message()
    images: int = 0
    step: int = 0
    steps: int = 0
    epoch: int = 0
    loss: float | None = None
    """Exponential moving average, as is `accuracy`."""
    accuracy: float | None = None
    best_accuracy: float | None = None
    gradient_norm: float | None = None
    learning_rate: float | None = None
    """In force at the last step."""
    lr_set: float | None = None
    """As the person last set it; the peak under the one-cycle schedule."""
    images_per_second: float = 0.0
    memory_mib: float = 0.0
    seconds: float = 0.0
    start_accuracy: float | None = None
    """Of the test set, before the first step of a run that started from a reader's weights."""
    test_accuracy: float | None = None
    test_loss: float | None = None

    def as_dict(self) -> dict[str, Any]:
        """For JSON; `from_dict` is its inverse."""
        return packed(vars(self))

    @classmethod
    def from_dict(cls, known: dict[str, Any]) -> "Facts":
        """Of `as_dict`, or of an older version: `lr` was lr_set, reasons were texts; what is unknown is left out."""
        named = {_RENAMED.get(name, name): value for name, value in known.items()}
        ours = {name: value for name, value in named.items() if name in _FACTS}
        values: dict[str, Any] = {name: unpack(value) if name in _MESSAGES else value for name, value in ours.items()}
        return cls(**values)


_RENAMED = {"lr": "lr_set"}
_FACTS = {fact.name for fact in fields(Facts)}
_MESSAGES = {fact.name for fact in fields(Facts) if fact.type is Message}


def packed(facts: dict[str, Any]) -> dict[str, Any]:
    """The same facts with each Message as a text for the store."""
    return {name: pack(value) if isinstance(value, Message) else value for name, value in facts.items()}


@dataclass(frozen=True, kw_only=True)
class Run:
    """A run as it stands now: which one it is, and the facts."""

    id: str
    config: TrainConfig
    state: State
    created: float
    """Seconds since 1970."""
    folder: RunFolder
    data: str | None = None
    """The torchvision root that was asked for."""
    name: str = ""
    """As the person calls it, else what sets it apart (naming.py); no other run of its folder has it."""
    note: str = ""
    """What the person has written about it."""
    archived: bool = False
    """Kept, but shown only where archived runs are asked for."""
    sweep: str = ""
    """The sweep that it is part of."""
    message: Message = Message()
    """Why it failed and what to do, or what it is doing before its first step."""
    pid: int | None = None
    facts: Facts = field(default_factory=Facts)
    unreadable: bool = False
    """Whether its record is damaged: config and facts are then none of its own, and nothing can be done with it."""

    @property
    def weights(self) -> Path | None:
        """The newest saved weights, or None."""
        return self.folder.weights

    @property
    def snapshots(self) -> dict[int, Path]:
        """Step -> the weights as they were then, oldest first."""
        return self.folder.snapshots

    @property
    def checkpoint(self) -> Path | None:
        return self.folder.checkpoint
