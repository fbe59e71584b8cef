"""The shipped readers' training histories: how each was made, kept beside its weights.

`python -m core.runs.shipped RUN_ID [--runs DIR]` ships a finished run: its weights and history become core/weights/.
"""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

import numpy as np

from core.reading import readers
from core.training import flags
from core.training.config import TrainConfig
from core.runs.curves import Curve
from core.errors import RowByRowError, StoreError
from core.files import write_atomically
from core.runs.store import EpochRow, History, Run, Store

_FOLDER = readers.SHIPPED.parent
_WHOLE_LOG = 100_000
_KEPT = (
    *("device", "device_reason", "precision", "precision_reason", "data_source", "data_note", "images", "step"),
    *("steps", "epoch", "loss", "accuracy", "best_accuracy", "gradient_norm", "learning_rate", "lr"),
    *("images_per_second", "memory_mib", "seconds", "test_accuracy", "test_loss"),
)


def shipped(cell: str = "lstm") -> History:
    """How the shipped reader of this cell was trained; its run has the state `finished` and the cell as its id."""
    content = json.loads((_FOLDER / f"{cell}.json").read_text())
    facts = content["run"]
    config = TrainConfig.from_dict(facts.pop("config"))
    run = Run(id=cell, config=config, state="finished", created=facts.pop("created"), folder=_FOLDER, **facts)
    arrays = {name: np.array(values) for name, values in content["curve"].items() if name != "width"}
    curve = Curve(width=content["curve"]["width"], **arrays)
    return History(run, curve, [EpochRow(**row) for row in content["epochs"]], content["log"])


def command_of(config: TrainConfig) -> str:
    """The command that repeats a run: its preset and every setting that differs from it."""
    return " ".join(["python -m core train", *flags.arguments_of(config)])


def ship(store: Store, run_id: str) -> Path:
    """Makes a finished run the shipped reader of its cell. Raises StoreError. Returns the history's path."""
    history = store.history(run_id)
    run = history.run
    if run.state != "finished" or run.weights is None:
        raise StoreError(f"Run {run.id} is {run.state}: only a finished run can be shipped.")
    facts = {name: getattr(run, name) for name in _KEPT} | {"created": run.created, "config": run.config.as_dict()}
    curve = {name: _short(value) for name, value in vars(history.curve).items()}
    epochs = [asdict(epoch) for epoch in history.epochs]
    log = store.log(run_id, last=_WHOLE_LOG)
    content = {"command": command_of(run.config), "run": facts, "curve": curve, "epochs": epochs, "log": log}
    path = _FOLDER / f"{run.config.cell}.json"
    readers.save(readers.load(run.weights), path.with_suffix(".safetensors"))
    write_atomically(path, (json.dumps(content) + "\n").encode())
    return path


def _short(values: np.ndarray | int) -> list | int:
    """Five significant digits: as much as a curve shows."""
    return values if isinstance(values, int) else [float(f"{value:.5g}") for value in values]


def _main() -> int:
    parser = argparse.ArgumentParser(prog="python -m core.runs.shipped")
    parser.add_argument("run")
    parser.add_argument("--runs")
    options = parser.parse_args()
    try:
        print(ship(Store(options.runs), options.run))
    except RowByRowError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(_main())
