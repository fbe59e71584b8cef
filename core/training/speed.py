"""How fast training steps are here, timed on real ones."""

import time
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from core.messages import Message
from core.training.config import TrainConfig

if TYPE_CHECKING:
    import torch

    from core.training.learner import Learner

_PROBE_SECONDS = 0.5
_PROBE_IMAGES = 1000  # of a larger batch; the time for an image hardly changes beyond
_FEW_IMAGES = 4
_BURST = 10


@dataclass(frozen=True)
class Throughput:
    images_per_second: float
    launch_mode: Message = field(default_factory=Message)
    """How steps are launched on CUDA; empty elsewhere."""


def measure(config: TrainConfig, device: str, precision: str) -> float:
    """Images per second of real training steps on random images; 0 where the device refuses the precision."""
    throughputs = benchmark(config, device, (precision,))
    return throughputs[precision].images_per_second if throughputs else 0.0


def trains(config: TrainConfig, device: str, precision: str) -> bool:
    """Whether a step of a few images can be trained in this precision."""
    return _warm_learner(config.with_(batch_size=min(config.batch_size, _FEW_IMAGES)), device, precision) is not None


def benchmark(config: TrainConfig, device: str, precisions: tuple[str, ...]) -> dict[str, Throughput]:
    """The throughput of real steps in each precision; a precision that the device refuses is left out.

    The precisions take turns, so that other load on the machine slows all of them alike; the best turn of each counts.
    """
    learners = {name: learner for name in precisions if (learner := _warm_learner(config, device, name))}
    best = dict.fromkeys(learners, float("inf"))
    end = time.perf_counter() + _PROBE_SECONDS
    while time.perf_counter() < end or float("inf") in best.values():
        for name, learner in learners.items():
            start = time.perf_counter()
            _train_a_turn(learner)
            best[name] = min(best[name], time.perf_counter() - start)
    images = _probe_images(config) * _steps_a_turn(device)
    return {name: Throughput(images / best[name], learner.launch_mode) for name, learner in learners.items()}


def _probe_images(config: TrainConfig) -> int:
    return min(config.batch_size, _PROBE_IMAGES)


def _steps_a_turn(device: str) -> int:
    return 1 if device == "cpu" else _BURST  # accelerators queue steps: only the end of a burst is waited for


def _warm_learner(config: TrainConfig, device: str, precision: str) -> "Learner | None":
    """A learner that has trained for a turn; None where the device refuses bf16."""
    import torch

    from core.training.learner import Learner

    with torch.random.fork_rng(devices=[]):  # measuring must not advance the run's random state
        learner = Learner(config, device, precision)
    try:
        _train_a_turn(learner)  # the first steps also allocate, choose kernels and capture
    except RuntimeError:
        if precision == "fp32":
            raise
        return None
    return learner


def _train_a_turn(learner: "Learner") -> None:
    """A few steps on random images, and the wait for the last of them."""
    images, labels = _random_batch(_probe_images(learner.config), learner.device.type)
    for _ in range(_steps_a_turn(learner.device.type)):
        figures = learner.step(images, labels, learner.config.lr)
    figures.tolist()


@lru_cache(maxsize=1)
def _random_batch(count: int, device: str) -> "tuple[torch.Tensor, torch.Tensor]":
    import torch

    images = torch.randint(256, (count, 28, 28), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)
    return images.to(device), torch.arange(count, device=device) % 10
