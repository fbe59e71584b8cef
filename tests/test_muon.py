"""Muon's step, against a singular value decomposition and against PyTorch's own optimizers."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from core.training.config import TrainConfig
from core.training.learner import Learner
from core.training.model import RowReader
from core.training.muon import Muon, orthogonalised

CONFIG = TrainConfig(optimizer="muon", lr=0.02, weight_decay=0.1, hidden=16, layers=2)


@settings(deadline=None)
@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 1000), st.floats(0.1, 1e4))
def test_each_singular_value_alone_is_changed_and_comes_near_1(height, width, seed, size):
    matrix = size * np.random.default_rng(seed).standard_normal((height, width))
    left, values, right = np.linalg.svd(matrix, full_matrices=False)
    values = values / np.linalg.norm(values)
    for _ in range(3):
        values = 3.4445 * values - 4.7750 * values**3 + 2.0315 * values**5
    found = orthogonalised(torch.from_numpy(matrix)[None])[0].numpy()
    np.testing.assert_allclose(found, (left * values) @ right, atol=1e-4)


def test_well_conditioned_matrix_becomes_nearly_orthogonal():
    matrices = torch.randn(12, 16, 64, generator=torch.Generator().manual_seed(0))
    values = torch.linalg.svdvals(orthogonalised(matrices))
    assert values.min() > 0.65
    assert values.max() < 1.25


@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn"])
def test_weights_move_as_with_pytorchs_muon_a_gate_and_adamw_for_the_rest(cell):
    config = CONFIG.with_(cell=cell)
    torch.manual_seed(0)
    network = RowReader(cell, config.hidden, config.layers)
    ours = torch.nn.utils.parameters_to_vector(network.parameters()).detach().clone()
    muon = Muon(ours, config, network, torch.float32)
    gates, rest = [], []
    for name, parameter in network.named_parameters():
        if name.startswith(f"{cell}.weight"):
            gates += [torch.nn.Parameter(gate.clone()) for gate in parameter.detach().split(config.hidden)]
        else:
            rest.append(parameter)
    # PyTorch's step is longer along a high matrix: none here but those of 28 pixels, which are wide
    theirs = torch.optim.Muon(gates, lr=0.02, momentum=0.9, ns_steps=3, weight_decay=0.1)
    adamw = torch.optim.AdamW(rest, lr=0.005, betas=(0.9, 0.98), weight_decay=0.1)
    for step in range(5):
        gradient = torch.randn(len(ours), generator=torch.Generator().manual_seed(step))
        pieces, left = iter(gates), gradient
        for name, parameter in network.named_parameters():
            part, left = left[: parameter.numel()].view_as(parameter), left[parameter.numel() :]
            if name.startswith(f"{cell}.weight"):
                for gate in part.split(config.hidden):
                    next(pieces).grad = gate.clone()
            else:
                parameter.grad = part.clone()
        for optimizer in (theirs, adamw):
            optimizer.step()
        muon.set_rate(0.02)
        muon.step(gradient)
    pieces = iter(gates)
    for name, parameter in network.named_parameters():
        part, ours = ours[: parameter.numel()].view_as(parameter), ours[parameter.numel() :]
        if name.startswith(f"{cell}.weight"):
            for gate in part.split(config.hidden):
                torch.testing.assert_close(gate, next(pieces).detach(), atol=2e-3, rtol=0)  # theirs multiplies in bf16
        else:
            torch.testing.assert_close(part, parameter.detach())


def test_state_holds_all_that_the_next_step_depends_on():
    images, labels = torch.randint(256, (20, 28, 28), dtype=torch.uint8), torch.arange(20) % 10
    one, two = Learner(CONFIG, "cpu", "fp32"), Learner(CONFIG, "cpu", "fp32")
    for _ in range(3):
        one.step(images, labels, 0.02)
    two.restore(one.tensors())
    for learner in (one, two):
        learner.step(images, labels, 0.01)
    for name, tensor in one.tensors().items():
        assert torch.equal(tensor, two.tensors()[name]), name
