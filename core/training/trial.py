"""Whether a device that PyTorch finds can be used: its driver or its chip may be too old, its memory another's."""

from core.errors import ConfigError
from core.messages import Message
from core.training.process import physical_cores


def usable(wanted: str, device: str, reason: Message) -> tuple[str, Message]:
    """The device and its reason, or the CPU with the reason where its first kernel fails and `wanted` is auto.

    Raises ConfigError where a named device fails.
    """
    if device == "cpu":
        return device, reason
    try:
        _first_kernel(device)
    except (RuntimeError, AssertionError) as error:  # PyTorch built without CUDA asserts
        said = str(error).strip().partition("\n")[0][:200]
        if wanted != "auto":
            raise ConfigError(
                "device is {device}, but it cannot compute here ({error}): choose auto or cpu.",
                device=repr(wanted),
                error=said,
            ) from None
        values = {"device": device, "error": said, "cores": physical_cores()}
        return "cpu", Message("{device} was found and cannot compute here ({error}); {cores} cores", values)
    return device, reason


def _first_kernel(device: str) -> None:
    """A product of matrices and its gradient, waited for."""
    import torch

    x = torch.ones(16, 16, device=device, requires_grad=True)
    float(torch.autograd.grad((x @ x).sum(), x)[0].sum())
