"""The product of Jacobians that Learn shows is the one that finite differences measure."""

import numpy as np
import pytest

from core.reading import equations, jacobians
from core.reading.gradients import kept
from core.reading.readers import reader_of
from core.reading.tracing import trace
from tests.test_equations import CELLS, a_frame, a_reader


def last_state(reader, layer, inputs, row, nudge):
    """The state after the last row by the article's equations, that of `row` moved by nudge (H,)."""
    h, C = np.zeros(reader.hidden), np.zeros(reader.hidden)
    for t, x in enumerate(inputs):
        found = equations.EQUATIONS[reader.cell](layer, x, h, C)
        h = found["h"]["value"]
        C = found["C"]["value"] if "C" in found else C
        if t == row and "C" in found:
            C = C + nudge
            h = found["o"]["value"] * np.tanh(C)
        elif t == row:
            h = h + nudge
    return C if reader.cell == "lstm" else h


@pytest.mark.parametrize("layer", [0, 1])
@pytest.mark.parametrize("cell", CELLS)
def test_product_of_jacobians_is_what_finite_differences_measure(cell, layer):
    reader, step = a_reader(cell, hidden=5)[0], 1e-6
    states = equations.states(reader, a_frame(6))
    weights = equations.layer_of(reader, layer)
    inputs = a_frame(6).astype(np.float64) if layer == 0 else states["h"][layer - 1]
    of_layer = {letter: states[letter][layer] for letter in trace(reader, a_frame(6)).states()}
    found = jacobians.products(reader, weights, of_layer)
    assert len(found) == 28
    for row in (0, 13, 26, 27):
        moved = [
            last_state(reader, weights, inputs, row, unit) - last_state(reader, weights, inputs, row, -unit)
            for unit in np.eye(reader.hidden) * step
        ]
        np.testing.assert_allclose(found[row], np.array(moved).T / (2 * step), rtol=1e-4, atol=1e-8)


@pytest.mark.parametrize("cell", CELLS)
def test_carried_is_the_scaled_frobenius_norm_of_each_layers_product(cell):
    reader, frame = a_reader(cell)[0], a_frame(2)
    traced = trace(reader, frame)
    found = jacobians.carried(reader, traced)
    assert found.shape == (28,)
    assert found[-1] == pytest.approx(1)
    norms = []
    for k in range(reader.layers):
        of_layer = {letter: values[k].astype(float) for letter, values in traced.states().items()}
        singular = np.linalg.svd(jacobians.products(reader, equations.layer_of(reader, k), of_layer)[20])[1]
        norms.append(np.sqrt(np.mean(singular**2)))
    assert found[20] == pytest.approx(np.mean(norms))


def test_without_recurrent_weights_the_cell_state_passes_the_forget_gates_alone():
    reader, _ = a_reader("lstm", layers=1)
    arrays = reader.arrays | {"lstm.weight_hh_l0": np.zeros_like(reader.arrays["lstm.weight_hh_l0"])}
    alone = reader_of(arrays)
    traced = trace(alone, a_frame(3))
    products = jacobians.products(alone, equations.layer_of(alone, 0), {k: v[0] for k, v in traced.states().items()})
    for row in (0, 10, 27):
        np.testing.assert_allclose(products[row], np.diag(np.prod(traced.f[0, row + 1 :], 0)), rtol=1e-4, atol=1e-12)
    assert kept(traced.f)[10] == pytest.approx(np.trace(products[10]) / alone.hidden, rel=1e-4)
