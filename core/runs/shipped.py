"""The shipped readers' trainings: how each was made, kept beside its weights in core/weights/."""

import json
import shlex
from dataclasses import asdict
from pathlib import Path

import numpy as np

from core.errors import StoreError
from core.files import write_atomically
from core.messages import Message
from core.reading import readers
from core.runs.curves import Curve
from core.runs.run import Facts, Run, RunFolder
from core.runs.store import History, Store
from core.training import flags
from core.training.config import TrainConfig
from core.training.events import Epoch

_FOLDER = readers.SHIPPED.parent
_WHOLE_LOG = 100_000


def shipped(cell: str = "lstm") -> History:
    """How the shipped reader of this cell was first trained; its run is `finished` and has the cell as its id."""
    content = json.loads((_FOLDER / f"{cell}.json").read_text())
    run = _run(cell, content["run"])
    arrays = {name: np.array(values) for name, values in content["curve"].items() if name != "width"}
    curve = Curve(width=content["curve"]["width"], **arrays)
    return History(run, curve, [Epoch(**row) for row in content["epochs"]], content["log"])


def continued(cell: str = "lstm") -> list[Run]:
    """The trainings that followed `shipped`, each from the weights of the one before; the last made what is shipped."""
    content = json.loads((_FOLDER / f"{cell}.json").read_text())
    return [_run(cell, told["run"]) for told in content.get("then", [])]


def _run(cell: str, told: dict) -> Run:
    return Run(
        id=cell,
        config=TrainConfig.from_dict(told["config"]),
        state="finished",
        created=told["created"],
        folder=RunFolder(_FOLDER),
        facts=Facts.from_dict(told),
    )


def command_of(config: TrainConfig) -> str:
    """The command that repeats a run: its preset and every setting that differs from it."""
    return shlex.join(["python", "-m", "core", "train", *flags.arguments_of(config)])


def ship(store: Store, run_id: str) -> Path:
    """Makes a finished run the shipped reader of its cell. Raises StoreError. Returns the history's path.

    Of one that started from the shipped reader that one's history is kept, and told is how it went on.
    """
    history = store.history(run_id)
    run = history.run
    if run.state != "finished" or run.weights is None:
        raise StoreError(
            "Run {run} is {state}: only a finished run can be shipped.", run=run.id, state=Message(run.state)
        )
    path = _FOLDER / f"{run.config.cell}.json"
    told = {
        "command": command_of(run.config),
        "run": run.facts.as_dict() | {"created": run.created, "config": run.config.as_dict()},
    }
    if run.config.start_from == run.config.cell:
        before = json.loads(path.read_text())
        content = before | {"then": [*before.get("then", []), told]}
    else:
        content = told | _course(history, store.log(run_id, last=_WHOLE_LOG))
    readers.save(readers.load(run.weights), path.with_suffix(".safetensors"))
    write_atomically(path, (json.dumps(content) + "\n").encode())
    return path


def _course(history: History, log: list[str]) -> dict:
    curve = {name: _short(value) for name, value in vars(history.curve).items()}
    return {"curve": curve, "epochs": [asdict(epoch) for epoch in history.epochs], "log": log}


def _short(values: np.ndarray | int) -> list | int:
    """Five significant digits: as much as a curve shows."""
    return values if isinstance(values, int) else [float(f"{value:.5g}") for value in values]
