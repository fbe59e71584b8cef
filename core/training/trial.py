"""Whether a device that PyTorch finds can be used: its driver or its chip may be too old, its memory another's."""

from collections.abc import Callable

from core.errors import ConfigError
from core.messages import Message
from core.outside import reason_of
from core.training import speed
from core.training.config import TrainConfig
from core.training.process import physical_cores

_LARGEST_DIFFERENCE = 1e-3
Measure = Callable[[TrainConfig, str, str], float]


def usable(wanted: str, device: str, reason: Message) -> tuple[str, Message]:
    """The device and its reason, or the CPU with the reason where its first kernel fails and `wanted` is auto.

    Raises ConfigError where a named device fails.
    """
    if device == "cpu":
        return device, reason
    try:
        _first_kernel(device)
    except (RuntimeError, AssertionError) as error:  # PyTorch built without CUDA asserts
        said = reason_of(error)
        if wanted != "auto":
            raise ConfigError(
                "device is {device}, but it cannot compute here ({error}): choose auto or cpu.",
                device=repr(wanted),
                error=said,
            ) from None
        values = {"device": device, "error": said, "cores": physical_cores()}
        return "cpu", Message("{device} was found and cannot compute here ({error}); {cores} cores", values)
    return device, reason


def raced(config: TrainConfig, device: str, measure: Measure = speed.measure) -> tuple[str, Message]:
    """The device where it gives the CPU's numbers and is the faster one, else the CPU; and why.

    measure: images per second of a config on a device in a precision.
    """
    try:
        error = largest_difference(config, device)
        ratio = measure(config, device, "fp32") / max(measure(config, "cpu", "fp32"), 1e-9)
    except (RuntimeError, NotImplementedError) as refused:  # an operation that this device has not
        values = {"device": device, "error": reason_of(refused), "cores": physical_cores()}
        return "cpu", Message("{device} was found and cannot compute here ({error}); {cores} cores", values)
    if not error < _LARGEST_DIFFERENCE:  # also where it is no number
        values = {"device": device, "error": f"{error:.2g}", "cores": physical_cores()}
        return "cpu", Message("{device} was found and answers {error} off the CPU's numbers; {cores} cores", values)
    if ratio < 1:
        return "cpu", Message("{ratio} times as fast as {device} here", {"ratio": f"{1 / ratio:.1f}", "device": device})
    return device, Message("{ratio} times as fast as the CPU here", {"ratio": f"{ratio:.1f}"})


def largest_difference(config: TrainConfig, device: str) -> float:
    """Between the device's logits and the CPU's, of one network and one batch."""
    import torch

    from core.training.model import RowReader

    generator = torch.Generator().manual_seed(config.seed)
    x = torch.rand(8, 28, 28, generator=generator)
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(config.seed)
        network = RowReader(config.cell, config.hidden, config.layers).eval()
        expected = network(x)
        return float((network.to(device)(x.to(device)).cpu() - expected).abs().max())


def _first_kernel(device: str) -> None:
    """A product of matrices and its gradient, waited for."""
    import torch

    x = torch.ones(16, 16, device=device, requires_grad=True)
    float(torch.autograd.grad((x @ x).sum(), x)[0].sum())
