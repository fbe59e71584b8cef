"""Where and in which precision to train, each with the reason; and how fast that will be.

The probe times real training steps: a processor without bf16 instructions is slower in bf16 than in fp32, and oneDNN
refuses bf16 LSTMs on one with AVX2 alone, so asking is not enough.
"""

import ctypes
import os
import platform
import time
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from core.config import TrainConfig
from core.errors import ConfigError

if TYPE_CHECKING:
    import torch

    from core.learner import Learner

_PROBE_SECONDS = 0.5
_PROBE_IMAGES = 1000  # of a larger batch; the time for an image hardly changes beyond
_BURST = 10
_M_TRIM_THRESHOLD, _M_MMAP_MAX = -1, -4  # malloc.h
_WORTH = 1.1  # bf16 rounds: taken only where it is clearly faster
# A busy machine blurs a short race; where the processor has instructions for bf16, the race must clearly deny it.
_WORTH_NATIVE = 0.9


@dataclass(frozen=True)
class Choice:
    device: str
    device_reason: str
    precision: str
    precision_reason: str
    images_per_second: float
    """Measured on real steps of this configuration; 0 where nothing had to be measured."""


@dataclass(frozen=True)
class Pace:
    images_per_second: float
    manner: str
    """How steps are launched, where there is something to say."""


def choose(config: TrainConfig) -> Choice:
    """Device and precision for this run. Raises ConfigError where a named device is not there."""
    device, device_reason = choose_device(config.device)
    precision, precision_reason, speed = choose_precision(config, device)
    return Choice(device, device_reason, precision, precision_reason, speed)


def choose_device(wanted: str) -> tuple[str, str]:
    """`auto`: CUDA, else Apple MPS, else CPU. Returns the device and why. Raises ConfigError."""
    import torch

    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if wanted != "auto":
        if not there[wanted]:
            raise ConfigError(f"device is {wanted!r}, but PyTorch finds none on this machine: choose auto or cpu.")
        return wanted, "as set"
    if there["cuda"]:
        return "cuda", f"CUDA device found: {torch.cuda.get_device_name()}"
    if there["mps"]:
        return "mps", "Apple GPU found"
    return "cpu", f"no CUDA or Apple GPU found; {physical_cores()} cores"


def count(device: str) -> int:
    """How many such devices there are: one, or the CUDA devices of this machine."""
    import torch

    return torch.cuda.device_count() if device == "cuda" else 1


def choose_precision(config: TrainConfig, device: str) -> tuple[str, str, float]:
    """The precision, why (and on CUDA how steps are launched), and the images per second (0 where unmeasured)."""
    if config.precision != "auto" and device != "cuda":
        return config.precision, "as set", 0.0
    if device == "mps":
        return "fp32", "bf16 LSTMs are not dependable on Apple GPUs", 0.0
    asked = ("fp32", "bf16") if config.precision == "auto" else (config.precision,)
    paces = race(config, device, asked)
    precision, reason = _fastest(paces, device) if len(asked) > 1 else (asked[0], "as set")
    if precision not in paces:
        raise ConfigError(f"This device cannot train this network in {precision}: choose precision auto.")
    pace = paces[precision]
    return precision, "; ".join(filter(None, (reason, pace.manner))), pace.images_per_second


def _computes_bf16(device: str) -> bool:
    """Whether this is a processor with instructions for products in bf16."""
    import torch

    able = torch.cpu.get_capabilities()
    return device == "cpu" and any(able.get(name) for name in ("avx512_bf16", "amx_bf16", "bf16"))


def _fastest(paces: dict[str, Pace], device: str) -> tuple[str, str]:
    if "bf16" not in paces:
        return "fp32", "this processor cannot train this network in bf16"
    ratio = paces["bf16"].images_per_second / paces["fp32"].images_per_second
    if ratio >= _WORTH:
        return "bf16", f"a timed step is {ratio:.1f} times as fast as in fp32"
    if ratio >= _WORTH_NATIVE and _computes_bf16(device):
        return "bf16", "this processor has instructions for it"
    return "fp32", f"bf16 would be only {ratio:.1f} times as fast"


def measure(config: TrainConfig, device: str, precision: str) -> float:
    """Images per second of real training steps on random images; 0 where the device refuses the precision."""
    paces = race(config, device, (precision,))
    return paces[precision].images_per_second if paces else 0.0


def race(config: TrainConfig, device: str, precisions: tuple[str, ...]) -> dict[str, Pace]:
    """The pace of real steps in each precision; a precision that the device refuses is left out.

    They step by turns, so that whatever else the machine does meets all of them, and the best turn of each counts.
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
    return {name: Pace(images / best[name], learner.manner) for name, learner in learners.items()}


def _probe_images(config: TrainConfig) -> int:
    return min(config.batch_size, _PROBE_IMAGES)


def _steps_a_turn(device: str) -> int:
    return 1 if device == "cpu" else _BURST  # elsewhere steps are queued, and only a burst's end is waited for


def _warm_learner(config: TrainConfig, device: str, precision: str) -> "Learner | None":
    """A learner that has trained a turn; None where the device refuses bf16."""
    import torch

    from core.learner import Learner

    with torch.random.fork_rng(devices=[]):  # measuring must not move the run's random numbers
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


def physical_cores() -> int:
    """Physical cores that this process may use; twice the threads would halve the speed."""
    allowed = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else range(os.cpu_count() or 1)
    siblings = set()
    for cpu in allowed:
        path = Path(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list")
        siblings.add(path.read_text().strip() if path.exists() else str(cpu))
    return max(1, len(siblings))


def claim(processes: int = 1) -> None:
    """Makes this a process that trains: its part of the machine's cores, of so many such processes, and its memory."""
    import torch

    torch.set_num_threads(max(1, physical_cores() // processes))
    _keep_freed_memory()


def _keep_freed_memory() -> None:
    """Asks glibc to hand the next step the memory that the last one freed; elsewhere nothing is to be asked.

    By default it returns each large tensor to the system and meets a page fault for every 4 KiB of the next one:
    6,000 to 9,000 a step of 100 images, which took a third of the time.
    """
    if platform.libc_ver()[0] != "glibc":
        return
    libc = ctypes.CDLL(None)
    libc.mallopt(_M_MMAP_MAX, 0)
    libc.mallopt(_M_TRIM_THRESHOLD, 2**31 - 1)


def memory_mib(device: str) -> float:
    """Memory that training holds now: the device's own on CUDA, else the process's resident memory."""
    if device == "cuda":
        import torch

        return torch.cuda.memory_allocated() / 2**20
    statm = Path("/proc/self/statm")
    if statm.exists():
        return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
    import resource
    import sys

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


def _main() -> int:
    """`python -m core.devices CONFIG_AS_JSON` prints the choice and its measured speed as JSON."""
    import json
    import sys

    if hasattr(os, "nice"):
        os.nice(10)  # the page that asks is being drawn meanwhile
    claim()
    try:
        config = TrainConfig.from_dict(json.loads(sys.argv[1]))
        choice = choose(config)
    except ConfigError as error:
        print(error, file=sys.stderr)
        return 2
    speed = choice.images_per_second or measure(config, choice.device, choice.precision)
    print(json.dumps(vars(choice) | {"images_per_second": speed, "devices": count(choice.device)}))
    return 0


if __name__ == "__main__":
    raise SystemExit(_main())
