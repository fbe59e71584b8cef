"""Where and in which precision to train, each with the reason; and how fast that will be.

An x86 processor says whether it has bf16 instructions: with them bf16 is twice as fast, without them slower than fp32,
and oneDNN may refuse it. Of other devices the probe times real training steps, for they do not say.
"""

import platform
from dataclasses import dataclass

from core import system
from core.errors import ConfigError
from core.messages import Message, joined, pack
from core.training.config import TrainConfig
from core.training.process import configure_process, physical_cores, start_time
from core.training.speed import Throughput, benchmark, measure, trains
from core.training.trial import raced, usable

_MIN_SPEEDUP = 1.1  # bf16 rounds: taken only where it is clearly faster
_AS_SET = Message("as set")


@dataclass(frozen=True)
class Choice:
    device: str
    device_reason: Message
    precision: str
    precision_reason: Message
    """Why this precision and, on CUDA, how steps are launched."""
    images_per_second: float
    """Measured on real steps of this configuration; 0 where nothing had to be measured."""


def choose(config: TrainConfig) -> Choice:
    """Device and precision for this run. Raises ConfigError where a named device is not there."""
    device, device_reason = usable(config.device, *choose_device(config.device))
    if device == "mps" and config.device == "auto":
        device, device_reason = raced(config, device)
    precision, precision_reason, speed = choose_precision(config, device)
    return Choice(device, device_reason, precision, precision_reason, speed)


def choose_device(wanted: str) -> tuple[str, Message]:
    """`auto`: CUDA, else Apple MPS, else CPU. Returns the device and why. Raises ConfigError."""
    import torch

    available = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if wanted != "auto":
        if not available[wanted]:
            raise ConfigError(
                "device is {device}, but PyTorch finds none on this machine: choose auto or cpu.", device=repr(wanted)
            )
        return wanted, _AS_SET
    if available["cuda"]:
        return "cuda", Message("CUDA device found: {name}", {"name": torch.cuda.get_device_name()})
    if available["mps"]:
        return "mps", Message("Apple GPU found")
    return "cpu", Message("no CUDA or Apple GPU found; {cores} cores", {"cores": physical_cores()})


def count(device: str) -> int:
    """How many such devices there are: one, or the CUDA devices of this machine."""
    import torch

    return torch.cuda.device_count() if device == "cuda" else 1


def choose_precision(config: TrainConfig, device: str) -> tuple[str, Message, float]:
    """The precision, why (and on CUDA how steps are launched), and the images per second (0 where unmeasured)."""
    if config.precision != "auto" and device != "cuda":
        return config.precision, _AS_SET, 0.0
    if device == "mps":
        return "fp32", Message("bf16 LSTMs are not dependable on Apple GPUs"), 0.0
    if device == "cpu" and platform.machine() in ("x86_64", "AMD64"):
        return *_by_instructions(config), 0.0
    asked = ("fp32", "bf16") if config.precision == "auto" else (config.precision,)
    throughputs = benchmark(config, device, asked)
    precision, reason = _fastest(throughputs) if len(asked) > 1 else (asked[0], _AS_SET)
    if precision not in throughputs:
        raise ConfigError(
            "This device cannot train this network in {precision}: choose precision auto.", precision=precision
        )
    throughput = throughputs[precision]
    return precision, joined(reason, throughput.launch_mode), throughput.images_per_second


def _by_instructions(config: TrainConfig) -> tuple[str, Message]:
    import torch

    if not any(torch.cpu.get_capabilities().get(name) for name in ("avx512_bf16", "amx_bf16")):
        return "fp32", Message("this processor has no instructions for bf16")
    if not trains(config, "cpu", "bf16"):
        return "fp32", Message("this processor cannot train this network in bf16")
    return "bf16", Message("this processor has instructions for it")


def _fastest(throughputs: dict[str, Throughput]) -> tuple[str, Message]:
    if "bf16" not in throughputs:
        return "fp32", Message("this processor cannot train this network in bf16")
    ratio = throughputs["bf16"].images_per_second / throughputs["fp32"].images_per_second
    if ratio >= _MIN_SPEEDUP:
        return "bf16", Message("a timed step is {ratio} times as fast as in fp32", {"ratio": f"{ratio:.1f}"})
    return "fp32", Message("bf16 would be only {ratio} times as fast", {"ratio": f"{ratio:.1f}"})


def _main() -> int:
    """`python -m core.training.devices CONFIG_AS_JSON [PROCESSES]` prints the choice and its measured speed as JSON.

    PROCESSES: so many share the machine; default 1. Reasons, and on stderr the message of a mistake, are packed.
    start_seconds: from the start of this process to the choice, as a run begins.
    """
    import json
    import os
    import sys
    import time

    system.end_with_parent()
    system.be_nice()  # the page that asks is being drawn meanwhile
    configure_process(int(sys.argv[2]) if len(sys.argv) > 2 else 1)
    try:
        config = TrainConfig.from_dict(json.loads(sys.argv[1]))
        choice = choose(config)
    except ConfigError as error:
        print(pack(error.message), file=sys.stderr)
        return 2
    started = {"start_seconds": max(0.0, time.time() - (start_time(os.getpid()) or time.time()))}
    speed = choice.images_per_second or measure(config, choice.device, choice.precision)
    reasons = {"device_reason": pack(choice.device_reason), "precision_reason": pack(choice.precision_reason)}
    measured = {"images_per_second": speed, "devices": count(choice.device)}
    print(json.dumps(vars(choice) | reasons | measured | started))
    return 0


if __name__ == "__main__":
    raise SystemExit(_main())
