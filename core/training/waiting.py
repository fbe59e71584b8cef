"""Trained to wait: RNN, GRU and LSTM that learn to answer only after blank rows, and what reaches them from the digit.

`python -m core waiting [--data DIR]` trains all of them, with one budget, and writes core/weights/waiting.json after
each; what is in the file already is not trained again. Each training is one that the Train page makes too: the preset
`fast` with these settings.
"""

import json
from collections.abc import Generator
from dataclasses import dataclass
from itertools import product
from typing import Any, Literal

import numpy as np

from core.digits.data import Mnist
from core.files import write_shipped
from core.reading.cells import CELLS
from core.reading.gradients import row_gradients
from core.reading.readers import SHIPPED, Reader, reader_of
from core.training.config import TrainConfig, preset
from core.training.events import Finished

TABLE = SHIPPED.parent / "waiting.json"
WAITS = (0, 28, 56, 112)
"""Blank rows between the digit's last and the answer."""
Start = Literal["pytorch", "orthogonal"]
STARTS: dict[Start, dict[str, Any]] = {
    "pytorch": {"initialisation": "pytorch", "forget_bias": 0.0},
    "orthogonal": {"initialisation": "orthogonal", "forget_bias": 1.0},
}
"""PyTorch's own initial weights, and the better ones of the preset."""
SEEDS = (0, 1, 2)
_GRADIENT_IMAGES = 20


@dataclass(frozen=True, kw_only=True)
class Training:
    """One row of the table."""

    cell: str
    start: Start
    wait: int
    seed: int
    accuracy: float
    """Of the test set, 0 to 1; chance is 0.1. 0.0 where the loss became no number."""
    loss: float | None
    """Mean cross entropy on the test set, nats."""
    reach_before: float
    """log10 of the memory's gradient at the digit's last row over that at the last row of all, before training: the
    mean over some test images. -3: a thousandth of the gradient comes back over the wait. The memory is C(t) of an
    LSTM, h(t) of a GRU or RNN."""
    reach_after: float | None

    @property
    def config(self) -> TrainConfig:
        return config_of(self.cell, self.start, self.wait, self.seed)


def config_of(cell: str, start: Start, wait: int, seed: int = 0) -> TrainConfig:
    """The settings of one of the trainings: a single layer, so that there is one memory; one rate for all cells."""
    network = {"cell": cell, "hidden": 64, "layers": 1, "wait": wait}
    pace = {"epochs": 1.2, "lr": 5e-3, "augmentation": "none", "pen_digits": 0.0, "precision": "fp32"}
    return preset("accurate", **network, **pace, seed=seed, **STARTS[start])


def reach(reader: Reader, images: np.ndarray, labels: np.ndarray, wait: int) -> float:
    """Mean over images (N, 28, 28) uint8 of log10(||dL/dmemory(28)|| / ||dL/dmemory(28 + wait)||)."""
    found = []
    for image, label in zip(images, labels, strict=True):
        frame = np.pad(image / 255, ((0, wait), (0, 0)))
        memory = np.maximum(row_gradients(reader, frame, int(label)).memory, np.finfo(float).tiny)
        found.append(np.log10(memory[27] / memory[-1]))
    return float(np.mean(found))


def trained(cell: str, start: Start, wait: int, seed: int, mnist: Mnist) -> Training:
    """Trains one, and measures it on the test set."""
    from core.training.trainer import Trainer

    trainer = Trainer(config_of(cell, start, wait, seed), mnist)
    some = mnist.test.images[:_GRADIENT_IMAGES], mnist.test.labels[:_GRADIENT_IMAGES]
    before = reach(reader_of(trainer.learner.arrays()), *some, wait)
    *_, end = trainer.events()
    assert isinstance(end, Finished), "it is told last"
    failed = end.status == "failed"
    return Training(
        cell=cell,
        start=start,
        wait=wait,
        seed=seed,
        accuracy=0.0 if failed or end.test_accuracy is None else round(end.test_accuracy, 4),
        loss=None if failed or end.test_loss is None else round(end.test_loss, 5),
        reach_before=round(before, 3),
        reach_after=None if failed else round(reach(reader_of(trainer.learner.arrays()), *some, wait), 3),
    )


def make(mnist: Mnist) -> Generator[Training]:
    """Each training that is not yet in the table, once it is written there. Raises DataError."""
    rows = {(row.cell, row.start, row.wait, row.seed): row for row in shipped()}
    for key in product(CELLS, STARTS, WAITS, SEEDS):
        if key in rows:
            continue
        rows[key] = trained(*key, mnist)
        _write([rows[known] for known in product(CELLS, STARTS, WAITS, SEEDS) if known in rows], mnist)
        yield rows[key]


def shipped() -> list[Training]:
    """The table that is shipped, in the order of cells, starts, waits and seeds; empty where there is none."""
    if not TABLE.exists():
        return []
    return [Training(**row) for row in json.loads(TABLE.read_text(encoding="utf-8"))["trainings"]]


def _write(rows: list[Training], mnist: Mnist) -> None:
    head = {"command": "python -m core waiting", "source": mnist.source, "images": len(mnist.test)}
    lines = ",\n".join("  " + json.dumps(vars(row)) for row in rows)
    content = json.dumps(head, indent=1)[:-2] + f',\n "trainings": [\n{lines}\n ]\n}}\n'
    write_shipped(TABLE, content.encode())
