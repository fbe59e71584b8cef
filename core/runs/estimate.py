"""How long a run would take on this machine: told by runs before it, else by a few real steps that are timed."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from core.errors import ConfigError, StoreError
from core.files import write_atomically
from core.messages import Message, unpack
from core.runs.store import Store
from core.training.config import TrainConfig

_ROOT = Path(__file__).parents[2]
_MEMORY = "speed.json"
"""In the runs folder: what was measured, by kind of run."""
_EXPERIENCE_STEPS = 100
_TOLD = ("images_per_second", "device", "device_reason", "precision", "precision_reason")


@dataclass(frozen=True)
class Estimate:
    """What a run would take here, from real steps timed on this machine."""

    seconds: float
    images_per_second: float
    device: str
    device_reason: Message
    precision: str
    precision_reason: Message
    devices: int = 1
    """How many there are; `seconds` are those of one."""


def estimate(store: Store, config: TrainConfig, images: int = 60_000) -> Estimate:
    """How long `config` would take: at the speed of the last run of this kind here, else of a few real steps.

    The steps are timed in a process of its own (a few seconds the first time, then remembered in the runs folder).
    Raises ConfigError where the device is not there, StoreError where the measurement itself failed.
    """
    kind = _kind(config)
    path = store.folder / _MEMORY
    known = _remembered(path)
    if kind not in known:
        known[kind] = _measure(config)
        write_atomically(path, json.dumps(known).encode())
    found = _unpacked(known[kind]) | _experienced(store, kind)
    seconds = (images - config.validation_images) * config.epochs / found["images_per_second"]
    return Estimate(seconds, **found)


def _kind(config: TrainConfig) -> str:
    """What a step's time depends on."""
    keys = ("cell", "hidden", "layers", "batch_size", "device", "precision", "augmentation")
    return json.dumps({name: getattr(config, name) for name in keys})


def _experienced(store: Store, kind: str) -> dict:
    """What the newest run of this kind says, nothing where there is none: steps timed on a busy machine mislead."""
    alike = (run for run in store.runs() if run.config.devices == 1 and _kind(run.config) == kind)
    run = next((run for run in alike if run.facts.step >= _EXPERIENCE_STEPS), None)
    return {name: getattr(run.facts, name) for name in _TOLD} if run else {}


def _unpacked(measured: dict) -> dict:
    """What a measurement said, its reasons as messages."""
    return measured | {name: unpack(measured[name]) for name in _TOLD if name.endswith("_reason")}


def _remembered(path: Path) -> dict:
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError):  # a memory that cannot be read is measured anew
        return {}


def _measure(config: TrainConfig) -> dict:
    command = [sys.executable, "-m", "core.training.devices", json.dumps(config.as_dict())]
    done = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, timeout=600)
    if done.returncode == 2:
        raise ConfigError(unpack(done.stderr.strip()))
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or [""])[-1]
        raise StoreError("The speed of this machine could not be measured: {reason}", reason=reason)
    return json.loads(done.stdout)
