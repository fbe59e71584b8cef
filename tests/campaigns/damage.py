"""Damages stores, checkpoints, weights, data, pictures, links and drawings, and reads them: no exception but our own.

    python -m tests.campaigns.damage [--tries 500] [--seed 0]

A try holds where what is damaged is read as what it is, or refused with a RowByRowError in one line; where one run's
record is damaged, all others must still be read; a flipped bit of a checkpoint must be noticed; and `repair` must give
a store that can be read. Prints a line for each try that did not hold, then tries, held and failed.
"""

import argparse
import gzip
import io
import json
import random
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
from PIL import Image

from core.digits import data, drawing, links, pictures, records
from core.errors import RowByRowError
from core.reading import readers
from core.runs import checkpoints, repair
from core.runs.recorder import Recorder
from core.runs.run import RunFolder
from core.runs.store import Store
from core.training.config import TrainConfig
from core.training.devices import Choice
from core.training.events import Epoch, Step
from core.training.trainer import Trainer
from tests.campaigns.outcome import Outcome, report
from tests.conftest import digits

CONFIG = TrainConfig(hidden=8, layers=1, batch_size=20, epochs=3, device="cpu", precision="fp32")
_JUNK: list = [
    None,
    "",
    "text",
    "\ud83d",
    -1,
    2**62,
    1e300,
    float("inf"),
    b"\xff\xfe\x00",
    "[" * 5000,
    "{",
    "null",
    "[]",
    '{"hidden": "x"}',
    '{"surprise": 1}',
    '{"step": %s}' % ("9" * 400),
    '{"step": "x"}',
    '{"device": 7}',
    '{"template": "{a", "values": {"a": 1}}',
    "9" * 5000,
]
_COLUMNS = {
    "runs": [
        "created",
        "config",
        "state",
        "message",
        "pid",
        "reported",
        "facts",
        "owner",
        "started",
        "name",
        "note",
        "data",
    ],
    "steps": ["epoch", "loss", "loss_sum", "accuracy", "learning_rate", "gradient_norm"],
    "buckets": ["last_step", "loss_min", "loss_sum", "accuracy_max"],
    "epochs": ["step", "train_loss", "test_accuracy"],
    "log": ["step", "line"],
}


class Campaign:
    """Whole files of each kind, of which damaged copies are read."""

    def __init__(self, folder: Path, seed: int):
        self.folder, self.random = folder, random.Random(seed)
        self.whole = folder / "whole"
        self.ids = _make_store(self.whole)
        self.checkpoint = _make_checkpoint(folder / "checkpoint")
        self.weights = {ending: _weights(folder / f"a.{ending}") for ending in ("safetensors", "pth")}
        self.mnist = _make_mnist(folder / "mnist")
        self.picture = _picture()
        self.code = links.encode(drawing.from_strokes([[[80, 60], [200, 60], [140, 230]]])) or ""
        self.line = json.dumps({"strokes": [[[80, 60], [200, 60], [140, 230]]], "width": 20})

    def run(self, tries: int) -> dict[str, Outcome]:
        kinds: dict[str, Callable[[], None]] = {
            "store bytes": self.store_bytes,
            "store values": self.store_values,
            "checkpoints": self.checkpoints,
            "weights": self.weights_files,
            "MNIST": self.mnist_files,
            "pictures": self.pictures,
            "links": self.links,
            "drawings": self.drawings,
        }
        outcomes = {kind: Outcome() for kind in kinds}
        for number in range(tries):
            kind = list(kinds)[number % len(kinds)]
            outcomes[kind].tries += 1
            try:
                kinds[kind]()
            except RowByRowError as error:
                if len(str(error).splitlines()) != 1:
                    outcomes[kind].failures.append(f"try {number}: several lines: {error}")
            except Exception as error:
                outcomes[kind].failures.append(f"try {number}: {type(error).__name__}: {str(error)[:150]}")
        return outcomes

    def _damaged(self, content: bytes) -> bytes:
        """A bit, some bytes, a hole, or the end is gone."""
        found, size = bytearray(content), len(content)
        match self.random.randrange(5):
            case 0:
                found[self.random.randrange(size)] ^= 1 << self.random.randrange(8)
            case 1:
                for _ in range(8):
                    found[self.random.randrange(size)] = self.random.randrange(256)
            case 2:
                at = self.random.randrange(size)
                found[at : at + 512] = bytes(min(512, size - at))
            case 3:
                del found[self.random.randrange(size) :]
            case _:
                for _ in range(4):  # where a file says what it is
                    found[self.random.randrange(min(size, 200))] = self.random.randrange(256)
        return bytes(found)

    def _copied(self) -> Path:
        folder = self.folder / "damaged"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.whole, folder)
        return folder

    def store_bytes(self) -> None:
        folder = self._copied()
        path = folder / "runs.sqlite"
        path.write_bytes(self._damaged(path.read_bytes()))
        try:
            _read_all(folder)
        finally:
            repair.repair(folder)
            _read_all(folder)

    def store_values(self) -> None:
        folder, table = self._copied(), self.random.choice(list(_COLUMNS))
        column, junk = self.random.choice(_COLUMNS[table]), self.random.choice(_JUNK)
        run_id = self.random.choice(self.ids)
        with closing(sqlite3.connect(folder / "runs.sqlite")) as db:
            key = "id" if table == "runs" else "run"
            try:
                db.execute(f"UPDATE OR IGNORE {table} SET {column}=? WHERE {key}=?", (junk, run_id))
                db.commit()
            except (sqlite3.Error, UnicodeEncodeError):  # what no column takes
                return
        others = [run for run in Store(folder).runs() if run.id != run_id]
        if len(others) != len(self.ids) - 1 or any(run.unreadable for run in others):
            raise AssertionError(f"{table}.{column}={junk!r:.40} of one run hides others")
        try:
            _read_all(folder)
        finally:
            for other in others:
                _read_run(Store(folder), other.id)
            repair.repair(folder)
            if any(run.unreadable for run in Store(folder).runs()):
                raise AssertionError(f"{table}.{column}={junk!r:.40} is not mended")

    def checkpoints(self) -> None:
        with self._damaging(self.checkpoint.checkpoint_path) as changed:
            checkpoints.load(self.checkpoint)
        if changed:
            raise AssertionError("a damaged checkpoint was taken")

    def weights_files(self) -> None:
        ending = self.random.choice(list(self.weights))
        reader = readers.of_content(self._damaged(self.weights[ending]), f"a.{ending}")
        if not all(np.isfinite(array).all() for array in reader.arrays.values()):
            raise AssertionError("weights that are no numbers were taken")

    def mnist_files(self) -> None:
        path = self.random.choice([path for path in self.mnist.iterdir() if path.stat().st_size < 10**6])
        with self._damaging(path):
            data.load(self.mnist)

    @contextmanager
    def _damaging(self, path: Path) -> Iterator[bool]:
        """Whether the file is another one now; afterwards it is whole again."""
        whole = path.read_bytes()
        damaged = self._damaged(whole)
        path.write_bytes(damaged)
        try:
            yield damaged != whole
        finally:
            path.write_bytes(whole)

    def pictures(self) -> None:
        pictures.from_picture(self._damaged(self.random.choice(self.picture)))

    def links(self) -> None:
        links.decode(self._damaged(self.code.encode()).decode("latin-1"))

    def drawings(self) -> None:
        records.Line(self.folder, 1, self._damaged(self.line.encode()).decode("latin-1")).frame()


def _read_all(folder: Path) -> None:
    store = Store(folder)
    for run in store.runs():
        _read_run(store, run.id)


def _read_run(store: Store, run_id: str) -> None:
    store.run(run_id)
    store.history(run_id)
    store.commands(run_id)
    for _ in store.metrics_csv(run_id):
        pass


def _make_store(folder: Path) -> list[str]:
    store, ids = Store(folder), []
    for _ in range(3):
        writer = store.add_owned(CONFIG, None)
        recorder = Recorder(writer, epochs=3, steps=30)
        for step in range(1, 31):
            figures = {"loss": 2 / step, "accuracy": 0.5, "learning_rate": 1e-3, "gradient_norm": 1.0}
            running = {"running_loss": 1.0, "running_accuracy": 0.5, "batch": step % 10 or 10}
            recorder.record(Step(step=step, epoch=1 + step // 11, images_per_second=9.0, **figures, **running))
        recorder.record(Epoch(epoch=1, step=10, train_loss=1.0, train_accuracy=0.5, test_loss=1.0, test_accuracy=0.5))
        recorder.close()
        store.set_state(writer.run.id, "stopped")
        ids.append(writer.run.id)
    with closing(sqlite3.connect(store.path)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return ids


def _make_checkpoint(path: Path) -> RunFolder:
    folder = RunFolder(path)
    folder.make()
    from core.digits.data import Mnist
    from core.messages import Message

    mnist = Mnist(digits(200, 1), digits(50, 2), "subset", "tiny")
    choice = Choice("cpu", Message("as set"), "fp32", Message("as set"), 0.0)
    trainer = Trainer(CONFIG, mnist, choice)
    for number, _ in enumerate(trainer.events()):
        if number == 5:
            break
    checkpoints.save(trainer, folder, 3)
    return folder


def _weights(path: Path) -> bytes:
    from core.training.model import RowReader

    network = RowReader(hidden=8, layers=1)
    readers.save(readers.reader_of({name: value.numpy() for name, value in network.state_dict().items()}), path)
    return path.read_bytes()


def _make_mnist(folder: Path) -> Path:
    """The four names with little in them: what is damaged is refused before it is compared."""
    folder.mkdir()
    for name in ("train-images", "t10k-images"):
        (folder / f"{name}-idx3-ubyte.gz").write_bytes(gzip.compress(bytes(16 + 784)))
    for name in ("train-labels", "t10k-labels"):
        (folder / f"{name}-idx1-ubyte.gz").write_bytes(gzip.compress(bytes(9)))
    return folder


def _picture() -> list[bytes]:
    grey = np.full((60, 60), 250, np.uint8)
    grey[10:50, 28:34] = 20
    found = []
    for kind in ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP"):
        content = io.BytesIO()
        Image.fromarray(grey).save(content, kind)
        found.append(content.getvalue())
    return found


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.campaigns.damage", description=__doc__.splitlines()[0])
    parser.add_argument("--tries", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        return report("damage", Campaign(Path(folder), options.seed).run(options.tries))


if __name__ == "__main__":
    raise SystemExit(main())
