"""Adam as a function, against PyTorch's optimizers."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from core.training.adam import Adam
from core.training.config import TrainConfig

ROOT = Path(__file__).parent.parent
OPTIMIZERS = {
    "adam": lambda weights: torch.optim.Adam([weights]),
    "adamw": lambda weights: torch.optim.AdamW([weights], betas=(0.9, 0.98), weight_decay=0.1),
}


@pytest.mark.parametrize("fused", [True, False])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_weights_move_as_with_pytorchs_optimizer_at_any_rate(name, fused):
    random = torch.Generator().manual_seed(0)
    ours, theirs = (torch.linspace(-1, 1, 50) for _ in range(2))
    config = TrainConfig(optimizer=name, weight_decay=0.1)  # which adam does not use
    adam, optimizer = Adam(ours, config), OPTIMIZERS[name](theirs)
    adam.fused = fused
    for step in range(20):
        theirs.grad = torch.randn(50, generator=random)
        adam.set_rate(0.1 / (1 + step))
        optimizer.param_groups[0]["lr"] = 0.1 / (1 + step)
        adam.step(theirs.grad)
        optimizer.step()
    torch.testing.assert_close(ours, theirs)
    assert adam.state()["adam.steps"] == 20


def test_learning_does_not_load_pytorchs_compiler():
    code = """
import sys, torch
from core.training.config import preset
from core.training.learner import Learner
Learner(preset("fast"), "cpu", "fp32").step(torch.zeros(4, 28, 28, dtype=torch.uint8), torch.arange(4), 1e-3)
print(*sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "torch._dynamo" not in done.stdout.split()
