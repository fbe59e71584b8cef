"""How long an answer is remembered: test accuracy of the shipped readers with blank rows after the digit.

`python -m core delay [--data DIR]` measures it and writes core/weights/delay.json. The readers were trained to answer
right after the last row, never to wait.
"""

import hashlib
import json
from pathlib import Path

import numpy as np

from core.digits.data import Mnist
from core.files import write_shipped
from core.reading.cells import CELLS
from core.reading.readers import SHIPPED, Reader, load

TABLE = SHIPPED.parent / "delay.json"
DELAYS = (0, 1, 2, 4, 7, 14, 28, 56, 112)
"""Blank rows after the digit's 28."""
_BATCH = 500


def accuracies(reader: Reader, images: np.ndarray, labels: np.ndarray, delays: tuple[int, ...] = DELAYS) -> list[float]:
    """images (N, 28, 28) uint8, labels (N,) -> accuracy (0 to 1) after each of the ascending delays."""
    import torch

    from core.training.model import network_of

    network = network_of(reader)
    correct = np.zeros(len(delays), dtype=int)
    with torch.inference_mode():
        for start in range(0, len(images), _BATCH):
            rows = torch.from_numpy(images[start : start + _BATCH].astype(np.float32) / 255)
            blank = torch.zeros(len(rows), delays[-1], rows.shape[2])
            h, _ = network.recurrent(torch.cat([rows, blank], 1))
            answers = network.classifier(h[:, [27 + delay for delay in delays]]).argmax(-1).numpy()  # (B, delays)
            correct += (answers == labels[start : start + _BATCH, None]).sum(0)
    return (correct / len(images)).tolist()


def shipped_path(cell: str) -> Path:
    return SHIPPED.parent / f"{cell}.safetensors"


def fingerprint(path: Path) -> str:
    """A hash of the weights that the table was measured on."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def measure(mnist: Mnist) -> dict:
    """The table: delays, and for each shipped cell its accuracies and its weights' fingerprint."""
    cells = {}
    for cell in CELLS:
        path = shipped_path(cell)
        accuracy = accuracies(load(path), mnist.test.images, mnist.test.labels)
        cells[cell] = {"accuracy": accuracy, "weights": fingerprint(path)}
    return {
        "command": "python -m core delay",
        "source": mnist.source,
        "images": len(mnist.test),
        "delays": list(DELAYS),
        "cells": cells,
    }


def shipped() -> dict | None:
    """The table that is shipped, as `measure` gives it; None where there is none."""
    return json.loads(TABLE.read_text(encoding="utf-8")) if TABLE.exists() else None


def write(mnist: Mnist) -> Path:
    """Measures the shipped readers on the test set and writes the table; returns its path. Raises DataError."""
    content = json.dumps(measure(mnist), indent=1) + "\n"
    write_shipped(TABLE, content.encode())
    return TABLE
