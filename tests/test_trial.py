import pytest
import torch

from core.errors import ConfigError
from core.messages import Message
from core.training.trial import usable

REASON = Message("found")
pytestmark = pytest.mark.skipif(torch.cuda.is_available(), reason="needs a CUDA device that cannot compute")


def test_device_whose_first_kernel_fails_is_left_for_the_cpu_with_the_reason():
    device, reason = usable("auto", "cuda", REASON)
    assert device == "cpu"
    assert "cuda was found and cannot compute here" in str(reason)


def test_named_device_whose_first_kernel_fails_is_refused_in_one_line():
    with pytest.raises(ConfigError, match="choose auto or cpu") as refused:
        usable("cuda", "cuda", REASON)
    assert "\n" not in str(refused.value)


def test_processor_needs_no_trial():
    assert usable("auto", "cpu", REASON) == ("cpu", REASON)
