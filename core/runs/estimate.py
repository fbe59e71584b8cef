"""How long a run would take on this machine: told by runs before it, else by a few real steps that are timed."""

import json
import statistics
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from core.errors import ConfigError, StoreError
from core.files import write_atomically
from core.messages import Message, unpack
from core.runs import queue
from core.runs.run import Run
from core.runs.store import Store
from core.training.config import TrainConfig

_ROOT = Path(__file__).parents[2]
_MEMORY = "speed.json"
"""In the runs folder: what was measured, by kind of run."""
_MEASURING_SECONDS = 600
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
    start_seconds: float = 0.0
    """Until the first step: PyTorch is loaded, and what is automatic is timed."""


def estimate(store: Store, config: TrainConfig, images: int = 60_000, at_once: int = 1) -> Estimate:
    """How long `config` would take: at the speed of the last run of this kind here, else of a few real steps.

    at_once: so many train at the same time. The steps are timed in as many processes of their own (a few seconds the
    first time, then remembered in the runs folder). Raises ConfigError where the device is not there, StoreError where
    the measurement itself failed.
    """
    kind = kind_of(config, at_once)
    path = store.folder / _MEMORY
    known = _remembered(path)
    if kind not in known:
        known[kind] = _measure(config, at_once)
        write_atomically(path, json.dumps(known).encode())
    return _estimate(config, images, _unpacked(known[kind]) | _experience(store).get(kind, {}))


def known(
    store: Store, configs: Iterable[TrainConfig], images: int, at_once: int = 1, runs: Iterable[Run] | None = None
) -> dict[TrainConfig, Estimate]:
    """Of those of these configs of whose kind the speed is known already: nothing is measured.

    runs: all of the store, where the caller has them.
    """
    experience, remembered, found = _experience(store, runs), _remembered(store.folder / _MEMORY), {}
    for config in configs:
        kind = kind_of(config, at_once)
        told = (_unpacked(remembered[kind]) if kind in remembered else {}) | experience.get(kind, {})
        if told:
            found[config] = _estimate(config, images, told)
    return found


def _estimate(config: TrainConfig, images: int, told: dict) -> Estimate:
    return Estimate((images - config.validation_images) * config.epochs / told["images_per_second"], **told)


@lru_cache(maxsize=4096)
def kind_of(config: TrainConfig, at_once: int = 1) -> str:
    """What a step's time depends on."""
    keys = ("cell", "hidden", "layers", "batch_size", "device", "precision", "augmentation", "wait")
    share = {"at_once": at_once} if at_once > 1 else {}
    return json.dumps({name: getattr(config, name) for name in keys} | share)


def _experience(store: Store, runs: Iterable[Run] | None = None) -> dict[str, dict]:
    """Kind -> what its newest run says: steps timed on a busy machine mislead."""
    shares, found = queue.shares(store), {}
    for run in store.runs() if runs is None else runs:
        if run.config.devices == 1 and run.facts.step >= _EXPERIENCE_STEPS:
            kind = kind_of(run.config, shares.get(run.sweep, 1))
            found.setdefault(kind, {name: getattr(run.facts, name) for name in _TOLD})
    return found


def _unpacked(measured: dict) -> dict:
    """What a measurement said, its reasons as messages."""
    return measured | {name: unpack(measured[name]) for name in _TOLD if name.endswith("_reason")}


def _remembered(path: Path) -> dict:
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError):  # a memory that cannot be read is measured anew
        return {}


def _measure(config: TrainConfig, at_once: int) -> dict:
    """What the first of so many processes tells, and the speed that they have on the average."""
    command = [sys.executable, "-m", "core.training.devices", json.dumps(config.as_dict()), str(at_once)]
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    running = [subprocess.Popen(command, cwd=_ROOT, **streams) for _ in range(at_once)]
    try:
        told = [(process, *process.communicate(timeout=_MEASURING_SECONDS)) for process in running]
    finally:
        for process in running:
            process.kill()  # those that are over do not mind
            process.wait()
    for process, _, said in told:
        if process.returncode == 2:
            raise ConfigError(unpack(said.strip()))
        if process.returncode:
            reason = (said.strip().splitlines() or [""])[-1]
            raise StoreError("The speed of this machine could not be measured: {reason}", reason=reason)
    found = [json.loads(out) for _, out, _ in told]
    return found[0] | {"images_per_second": statistics.fmean(one["images_per_second"] for one in found)}
