"""The article's equations agree with torch's own cells, and their terms with one another."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from core.reading import equations
from core.reading.readers import Reader, reader_of
from core.reading.tracing import trace
from core.training.model import RowReader

CELLS = ("rnn", "gru", "lstm")


def a_reader(cell: str, hidden: int = 9, layers: int = 2, seed: int = 0) -> tuple[Reader, RowReader]:
    torch.manual_seed(seed)
    network = RowReader(cell, hidden, layers)
    return reader_of({name: value.numpy() for name, value in network.state_dict().items()}), network


def a_frame(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).random((28, 28)).astype(np.float32)


@pytest.mark.parametrize("cell", CELLS)
def test_states_are_those_of_torch(cell):
    reader, network = a_reader(cell)
    frame = a_frame(1)
    with torch.no_grad():
        x = torch.from_numpy(frame).double()[None]
        recurrent = network.double().recurrent
        tops, last = recurrent(x)
        finals = last if cell == "lstm" else (last,)
        logits = network.classifier(tops[0])
    ours = equations.states(reader, frame)
    np.testing.assert_allclose(ours["h"][-1], tops[0].numpy(), atol=1e-12)
    for letter, final in zip("hC", finals, strict=False):
        np.testing.assert_allclose(ours[letter][:, -1], final[:, 0].numpy(), atol=1e-12)
    np.testing.assert_allclose(ours["logits"], logits.numpy(), atol=1e-12)
    np.testing.assert_allclose(ours["probabilities"], logits.softmax(-1).numpy(), atol=1e-12)


@pytest.mark.parametrize("cell", CELLS)
def test_the_terms_of_a_unit_lead_to_the_value_that_the_trace_has(cell):
    reader, _ = a_reader(cell)
    traced = trace(reader, a_frame(2))
    for layer, row, unit in [(0, 0, 0), (0, 27, 8), (1, 0, 3), (1, 13, 5), (1, 27, 0)]:
        for letter, parts in equations.terms(reader, traced, layer, row, unit).items():
            assert parts["value"] == pytest.approx(float(traced.states()[letter][layer, row, unit]), abs=1e-5)


@pytest.mark.parametrize("cell", CELLS)
def test_a_gate_is_the_sum_of_its_terms(cell):
    reader, _ = a_reader(cell)
    found = equations.terms(reader, trace(reader, a_frame(3)), 1, 9, 4)
    for letter, parts in found.items():
        if letter != "n" and "sum" in parts:
            assert parts["sum"] == pytest.approx(parts["W h"] + parts["U x"] + parts["b"])
    if cell == "gru":
        n = found["n"]
        assert n["sum"] == pytest.approx(n["U x"] + n["b"] + n["r"] * (n["W h"] + n["d"]))


def test_the_first_row_has_no_past():
    reader, _ = a_reader("lstm")
    found = equations.terms(reader, trace(reader, a_frame(4)), 0, 0, 2)
    assert found["f"]["W h"] == 0
    assert found["C"]["C before"] == 0


def test_the_readout_is_a_distribution_over_the_digits():
    reader, _ = a_reader("gru")
    traced = trace(reader, a_frame(5))
    answer = equations.readout(reader, traced.h[-1, -1])
    np.testing.assert_allclose(answer["y"], traced.probabilities[-1], atol=1e-6)
    assert answer["y"].sum() == pytest.approx(1)


@given(arrays(np.float64, 5, elements=st.floats(-1e4, 1e4)))
def test_sigma_is_torchs_and_never_overflows(z):
    np.testing.assert_allclose(equations.sigma(z), torch.sigmoid(torch.from_numpy(z)).numpy(), atol=1e-15)
