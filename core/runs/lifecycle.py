"""What a person does with runs: start, pause, resume, stop, queue. What waits is started from here (queue.py)."""

import os
import subprocess
import sys
from pathlib import Path

from core import system
from core.errors import StoreError
from core.messages import Message
from core.runs import lessons, queue
from core.runs.run import ACTIVE, RESUMABLE, Run
from core.runs.store import Store
from core.training.config import TrainConfig, check_number
from core.training.distributed import environment_without
from core.training.lesson import Lesson

_ROOT = Path(__file__).parents[2]
_ALLOWED = {
    "queued": {"stop"},
    "running": {"pause", "stop", "learning_rate", "restart"},
    "paused": {"resume", "stop", "learning_rate", "restart"},
    "finished": {"restart"},
} | {state: {"resume", "restart"} for state in RESUMABLE}
_children: list[subprocess.Popen] = []


def allowed(run: Run) -> frozenset[str]:
    """What may be done with a run in its state: pause, resume, stop, learning_rate, restart."""
    return frozenset() if run.unreadable else frozenset(_ALLOWED[run.state])


def enqueue(
    store: Store, config: TrainConfig, data: str | None = None, name: str = "", lesson: Lesson | None = None
) -> str:
    """Adds a run and starts it when nothing else trains. Returns its id.

    lesson: what it is given; None: what its config names, as it is now. Raises what `lessons.take` does.
    """
    given = lessons.files_of(lesson or lessons.take(store.folder, config))
    run_id = store.add(config, data, name=name, given=given)
    refresh(store)
    return run_id


def pause(store: Store, run_id: str) -> None:
    _command(store, run_id, "pause")


def stop(store: Store, run_id: str) -> None:
    """Ends a run within a batch; it can be resumed. A queued run leaves the queue."""
    queued = _require(store, run_id, "stop").state == "queued"
    if not (queued and store.set_state(run_id, "stopped", expected="queued")):
        store.command(run_id, "stop")  # also where it has just left the queue


def resume(store: Store, run_id: str) -> None:
    """Goes on with a paused run at once; puts a stopped, failed or lost one back into the queue."""
    state = _require(store, run_id, "resume").state
    if state == "paused":
        store.command(run_id, "resume")
    elif store.set_state(run_id, "queued", expected=state):  # of two that ask at once, the first
        refresh(store)


def set_learning_rate(store: Store, run_id: str, lr: float) -> None:
    """Changes the learning rate from the next batch on. Raises ConfigError outside its range."""
    check_number("lr", lr)
    _command(store, run_id, "learning_rate", lr)


def restart(store: Store, run_id: str) -> str:
    """A new run with the same config, seed, data and lesson; one that still trains is stopped. Returns the new id."""
    run = _require(store, run_id, "restart")
    lesson = lessons.kept(run)
    if run.state in ACTIVE:
        store.command(run_id, "stop")
    return enqueue(store, run.config, run.data, lesson=lesson)


def refresh(store: Store, known: list[Run] | None = None) -> str | None:
    """Starts the queued runs that may train now. Returns the id of the first that was started.

    Called often: costs a query, or nothing where the caller says what runs it has just found.
    """
    _children[:] = [child for child in _children if child.poll() is None]  # asks after the dead: no zombies
    if known is not None and all(run.state != "queued" for run in known):
        return None
    first = None
    while run_id := queue.reserve_next(store):
        _start(store, run_id)
        first = first or run_id
    return first


def _start(store: Store, run_id: str) -> None:
    """The worker, in a session of its own: it outlives the dashboard."""
    command = [sys.executable, "-m", "core", "train", "--run", run_id, "--runs", str(store.folder)]
    environment = environment_without(os.environ) | {"PYTHONPATH": str(_ROOT)}
    streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL}
    try:
        with store.run(run_id).folder.log_path.open("ab") as log:
            child = subprocess.Popen(command, cwd=_ROOT, env=environment, stderr=log, **streams, **system.detached())
    except OSError as error:
        message = Message("Cannot start the trainer ({error}): check the runs folder.", {"error": error.strerror})
        store.set_state(run_id, "failed", message, expected="running")
        return
    _children.append(child)
    store.set_starting(run_id, child.pid)


def _require(store: Store, run_id: str, action: str) -> Run:
    run = store.run(run_id)
    if run.unreadable:
        raise StoreError(run.message)
    if action not in allowed(run):
        options = ", ".join(sorted(allowed(run))).replace("_", " ")
        raise StoreError(
            "Run {run} is {state}: it cannot {action}, only {options}.",
            run=run_id,
            state=Message(run.state),
            action=Message(action.replace("_", " ")),
            options=options,
        )
    return run


def _command(store: Store, run_id: str, name: str, value: float | None = None) -> None:
    _require(store, run_id, name)
    store.command(run_id, name, value)
