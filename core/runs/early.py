"""MNIST for a run, read and ranked while torch is loaded: each takes a second or more, and neither needs the other."""

import gc
from contextlib import suppress
from threading import Thread

from core.digits import data
from core.errors import DataError
from core.training.config import TrainConfig


def _load_torch() -> None:
    gc.disable()  # what is loaded is no garbage: to look for some takes a tenth of the time
    try:
        import torch  # noqa: F401
    finally:
        gc.enable()


def mnist_beside_torch(config: TrainConfig, root: str | None) -> data.Mnist | None:
    """The full MNIST where it lies here; else None: to fetch it, or to say what is wrong, is left to the run itself.

    Torch is loaded in another thread meanwhile: whoever imports it next waits for that.
    """
    Thread(target=_load_torch, daemon=True, name="torch").start()
    if data.describe(root).source != "full":
        return None
    with suppress(DataError):
        found = data.load(root)
        train, _ = data.hold_out(found.train, config.validation_images)
        if config.hardest:
            _ = train.margins
        return found
    return None
