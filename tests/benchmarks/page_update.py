"""What one update of the Train page costs, for runs of any length: `python -m tests.benchmarks.page_update`.

Fills a store with 10^3 and 10^6 recorded steps, then times what a tick does: the run, its epochs and its log read
anew, the curve read and made into the live plot's message. Prints minimum, median and maximum of many ticks.
"""

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from core.runs.recorder import Recorder
from core.runs.store import Store
from core.training.config import TrainConfig
from core.training.events import Step
from dashboard.components.live_plot import message_of
from dashboard.train.figures import learning_curves

LENGTHS = (1_000, 1_000_000)
TICKS = 40
WORDS = dict.fromkeys(("loss", "accuracy", "raw", "smooth", "validation", "test", "batch", "step", "label"), "word")


def record(store: Store, steps: int) -> str:
    """A run with so many recorded steps."""
    run_id = store.add(TrainConfig(), None)
    recorder = Recorder(store.claim(run_id), 1, steps)
    random = np.random.default_rng(0)
    for start in range(0, steps, 20_000):
        many = np.arange(start, min(start + 20_000, steps)) + 1
        losses = 2.3 * np.exp(-5 * many / steps) + random.gamma(2, 0.03, len(many))
        for step, loss in zip(many.tolist(), losses.tolist(), strict=True):
            recorder.record(event(step, loss))
        recorder.flush()
    recorder.close()
    store.set_state(run_id, "stopped")
    return run_id


def event(step: int, loss: float) -> Step:
    return Step(
        step=step,
        epoch=1,
        loss=loss,
        accuracy=max(0.0, 1 - loss / 3),
        learning_rate=1e-3,
        gradient_norm=1.0,
        images_per_second=9000.0,
        running_loss=loss,
        running_accuracy=0.9,
        batch=step,
    )


def update(store: Store, run_id: str) -> int:
    """A tick of one session that shares no message with others; returns the message's size in bytes."""
    for ask in (store.run, store.epochs, store.log):
        ask(run_id)
    return len(message_of(learning_curves(store.history(run_id), WORDS)).content)


def timed(action: Callable[[], int]) -> tuple[list[float], int]:
    """Milliseconds of each of TICKS calls, and the last one's value."""
    action()
    milliseconds = []
    for _ in range(TICKS):
        start = time.perf_counter()
        value = action()
        milliseconds.append(1000 * (time.perf_counter() - start))
    return milliseconds, value


def main() -> None:
    print("Train page: one update, in milliseconds")
    print(f"{'steps':>12} {'minimum':>9} {'median':>9} {'maximum':>9} {'message KiB':>12}")
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder))
        for steps in LENGTHS:
            run_id = record(store, steps)
            spent, size = timed(lambda run_id=run_id: update(store, run_id))
            figures = (min(spent), statistics.median(spent), max(spent))
            print(f"{steps:>12,} {' '.join(f'{value:>9.2f}' for value in figures)} {size / 1024:>12.1f}")


if __name__ == "__main__":
    main()
