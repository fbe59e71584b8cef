"""What a person does with runs: start, pause, resume, stop, queue. One trains at a time; the rest wait."""

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from core.training.config import TrainConfig, check_number
from core.training.distributed import environment_without
from core.errors import ConfigError, StoreError
from core.messages import unpack
from core.runs.store import ACTIVE, STARTING_SECONDS, Run, Store, is_alive

_ROOT = Path(__file__).parents[2]
_ALLOWED = {
    "queued": {"stop"},
    "running": {"pause", "stop", "learning_rate", "restart"},
    "paused": {"resume", "stop", "learning_rate", "restart"},
    "stopped": {"resume", "restart"},
    "failed": {"resume", "restart"},
    "lost": {"resume", "restart"},
    "finished": {"restart"},
}
_EXPERIENCE_STEPS = 100
_children: list[subprocess.Popen] = []


def allowed(run: Run) -> frozenset[str]:
    """What may be done with a run in its state: pause, resume, stop, learning_rate, restart."""
    return frozenset(_ALLOWED[run.state])


def enqueue(store: Store, config: TrainConfig, data: str | None = None) -> str:
    """Adds a run and starts it when nothing else trains. Returns its id."""
    run_id = store.add(config, data)
    refresh(store)
    return run_id


def pause(store: Store, run_id: str) -> None:
    _command(store, run_id, "pause")


def stop(store: Store, run_id: str) -> None:
    """Ends a run within a batch; it can be resumed. A queued run leaves the queue."""
    if _require(store, run_id, "stop").state == "queued":
        store.set_state(run_id, "stopped")
    else:
        store.command(run_id, "stop")


def resume(store: Store, run_id: str) -> None:
    """Goes on with a paused run at once; puts a stopped, failed or lost one back into the queue."""
    if _require(store, run_id, "resume").state == "paused":
        store.command(run_id, "resume")
    else:
        store.forget_commands(run_id)
        store.set_state(run_id, "queued")
        refresh(store)


def set_learning_rate(store: Store, run_id: str, lr: float) -> None:
    """Changes the learning rate from the next batch on. Raises ConfigError outside its range."""
    check_number("lr", lr)
    _command(store, run_id, "learning_rate", lr)


def restart(store: Store, run_id: str) -> str:
    """A new run with the same config, seed and data; a run that still trains is stopped. Returns the new id."""
    run = _require(store, run_id, "restart")
    if run.state in ACTIVE:
        store.command(run_id, "stop")
    return enqueue(store, run.config, run.data)


def refresh(store: Store, known: list[Run] | None = None) -> str | None:
    """Starts the next queued run when none trains. Returns the id started.

    Called often: costs a query, or nothing where the caller says what runs it has just found.
    """
    _children[:] = [child for child in _children if child.poll() is None]  # asks after the dead: no zombies
    if known is not None and all(run.state != "queued" for run in known):
        return None
    run_id = _claim(store)
    if run_id:
        _start(store, run_id)
    return run_id


def _claim(store: Store) -> str | None:
    """Marks the oldest queued run as running unless one is; among several dashboards one succeeds."""
    with store.transaction() as db:
        if not db.execute("SELECT 1 FROM runs WHERE state='queued' LIMIT 1").fetchone():
            return None
    with store.transaction(immediate=True) as db:
        active = db.execute("SELECT pid, reported FROM runs WHERE state IN (?, ?)", ACTIVE).fetchall()
        if any(is_alive(pid, reported) for pid, reported in active):
            return None
        row = db.execute("SELECT id FROM runs WHERE state='queued' ORDER BY created LIMIT 1").fetchone()
        if row is None:
            return None
        patience = time.time() + STARTING_SECONDS
        db.execute("UPDATE runs SET state='running', pid=NULL, reported=? WHERE id=?", (patience, row[0]))
        return row[0]


def _start(store: Store, run_id: str) -> None:
    """The worker, in a session of its own: it outlives the dashboard."""
    command = [sys.executable, "-m", "core", "train", "--run", run_id, "--runs", str(store.folder)]
    try:
        with (store.folder / run_id / "worker.log").open("ab") as log:
            child = subprocess.Popen(
                command,
                cwd=_ROOT,
                env=environment_without(os.environ) | {"PYTHONPATH": str(_ROOT)},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
                start_new_session=True,
            )
    except OSError as error:
        store.set_state(run_id, "failed", f"Cannot start the trainer ({error.strerror}): check the runs folder.")
        return
    _children.append(child)
    with store.transaction() as db:  # from here on its death is seen at once
        db.execute("UPDATE runs SET pid=? WHERE id=? AND pid IS NULL", (child.pid, run_id))


def _require(store: Store, run_id: str, action: str) -> Run:
    run = store.run(run_id)
    if action not in allowed(run):
        options = ", ".join(sorted(allowed(run))).replace("_", " ")
        raise StoreError(f"Run {run_id} is {run.state}: it cannot {action.replace('_', ' ')}, only {options}.")
    return run


def _command(store: Store, run_id: str, name: str, value: float | None = None) -> None:
    _require(store, run_id, name)
    store.command(run_id, name, value)


@dataclass(frozen=True)
class Estimate:
    """What a run would take here, from real steps timed on this machine."""

    seconds: float
    images_per_second: float
    device: str
    device_reason: str
    precision: str
    precision_reason: str
    devices: int = 1
    """How many there are; `seconds` are those of one."""


def estimate(store: Store, config: TrainConfig, images: int = 60_000) -> Estimate:
    """How long `config` would take: at the speed of the last run of this kind here, else of a few real steps.

    The steps are timed in a process of its own (a few seconds the first time, then remembered in the runs folder).
    Raises ConfigError where the device is not there, StoreError where the measurement itself failed.
    """
    kind = _kind(config)
    path = store.folder / "speed.json"
    known = _remembered(path)
    if kind not in known:
        known[kind] = _measure(config)
        from core.files import write_atomically

        write_atomically(path, json.dumps(known).encode())
    found = known[kind] | _experienced(store, kind)
    seconds = (images - config.validation_images) * config.epochs / found["images_per_second"]
    return Estimate(seconds, **found)


def _kind(config: TrainConfig) -> str:
    """What a step's time depends on."""
    keys = ("cell", "hidden", "layers", "batch_size", "device", "precision", "augmentation")
    return json.dumps({name: getattr(config, name) for name in keys})


def _experienced(store: Store, kind: str) -> dict:
    """What the newest run of this kind says, nothing where there is none: steps timed on a busy machine mislead."""
    told = ("images_per_second", "device", "device_reason", "precision", "precision_reason")
    alike = (run for run in store.runs() if run.config.devices == 1 and _kind(run.config) == kind)
    run = next((run for run in alike if run.step >= _EXPERIENCE_STEPS), None)
    return {name: getattr(run, name) for name in told} if run else {}


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
        raise StoreError(f"The speed of this machine could not be measured: {done.stderr.strip().splitlines()[-1:]}")
    return json.loads(done.stdout)
