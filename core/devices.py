"""Where and in which precision to train, each with the reason; and how fast that will be.

The probe times real training steps: a processor without bf16 instructions is slower under autocast than in
fp32, and oneDNN refuses bf16 LSTMs on one with AVX2 alone, so asking is not enough.
"""

import os
import time
from dataclasses import dataclass
from pathlib import Path

from core.config import TrainConfig
from core.errors import ConfigError

_PROBE_SECONDS = 0.5
_WORTH = 1.1  # bf16 rounds: taken only where it is clearly faster


@dataclass(frozen=True)
class Choice:
    device: str
    device_reason: str
    precision: str
    precision_reason: str
    images_per_second: float
    """Measured on real steps of this configuration; 0 where nothing had to be measured."""


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


def choose_precision(config: TrainConfig, device: str) -> tuple[str, str, float]:
    """The precision, why, and the images per second measured (0 where unmeasured)."""
    if config.precision != "auto":
        return config.precision, "as set", 0.0
    if device == "mps":
        return "fp32", "bf16 LSTMs are not dependable on Apple GPUs", 0.0
    fp32, bf16 = measure(config, device, "fp32"), measure(config, device, "bf16")
    if bf16 == 0:
        return "fp32", "this processor cannot train this network in bf16", fp32
    ratio = bf16 / fp32
    if ratio >= _WORTH:
        return "bf16", f"a timed step is {ratio:.1f} times as fast as in fp32", bf16
    return "fp32", f"bf16 would be only {ratio:.1f} times as fast", fp32


def measure(config: TrainConfig, device: str, precision: str) -> float:
    """Images per second of real training steps on random images; 0 where the device refuses the precision."""
    import torch

    from core.learner import Learner

    # a generator of its own: measuring must not move the run's random numbers
    images = torch.randint(256, (config.batch_size, 28, 28), generator=torch.Generator().manual_seed(0))
    images, labels = images.to(device, torch.uint8), torch.arange(config.batch_size, device=device) % 10
    with torch.random.fork_rng(devices=[]):
        learner = Learner(config, device, precision)
    try:
        learner.step(images, labels, config.lr).tolist()  # the first step also allocates and chooses kernels
        best, end = float("inf"), time.perf_counter() + _PROBE_SECONDS
        while time.perf_counter() < end:
            start = time.perf_counter()
            learner.step(images, labels, config.lr).tolist()
            best = min(best, time.perf_counter() - start)
    except RuntimeError:
        if precision == "fp32":
            raise
        return 0.0
    return config.batch_size / best if best < float("inf") else 0.0


def physical_cores() -> int:
    """Physical cores that this process may use; twice the threads would halve the speed."""
    allowed = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else range(os.cpu_count() or 1)
    siblings = set()
    for cpu in allowed:
        path = Path(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list")
        siblings.add(path.read_text().strip() if path.exists() else str(cpu))
    return max(1, len(siblings))


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

    import torch

    torch.set_num_threads(physical_cores())
    try:
        config = TrainConfig.from_dict(json.loads(sys.argv[1]))
        choice = choose(config)
    except ConfigError as error:
        print(error, file=sys.stderr)
        return 2
    speed = choice.images_per_second or measure(config, choice.device, choice.precision)
    print(json.dumps(vars(choice) | {"images_per_second": speed}))
    return 0


if __name__ == "__main__":
    raise SystemExit(_main())
