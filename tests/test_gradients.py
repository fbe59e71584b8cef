"""The gradients of the Learn page are those that finite differences measure."""

import numpy as np
import pytest

from core.reading import equations, gradients
from core.reading.readers import reader_of
from core.reading.tracing import trace
from core.runs import lessons
from core.training.config import TrainConfig
from core.training.learner import Learner, untrained
from core.training.lesson import Lesson
from tests.test_equations import CELLS, a_frame, a_reader

LABEL = 3
ROUNDING = 1e-10  # of a difference of two float64 losses, divided by the step


def loss_with(reader, frame, nudges=None, pixels=None, cell_nudges=None):
    """Cross entropy by the article's equations, h or C of (layer, row) moved by a nudge (H,) before anyone uses it."""
    x = np.asarray(frame, np.float64) + (0 if pixels is None else pixels)
    below = x
    for k in range(reader.layers):
        layer, h, C, rows = equations.layer_of(reader, k), np.zeros(reader.hidden), np.zeros(reader.hidden), []
        for t, row in enumerate(below):
            found = equations.EQUATIONS[reader.cell](layer, row, h, C)
            h = found["h"]["value"] + (nudges or {}).get((k, t), 0)
            C = found["C"]["value"] if "C" in found else C
            if (k, t) in (cell_nudges or {}):
                C = C + cell_nudges[k, t]
                h = found["o"]["value"] * np.tanh(C)
            rows.append(h)
        below = rows
    answer = equations.readout(reader, below[-1])
    return -np.log(answer["y"][LABEL]), answer["o"][LABEL]


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("row", [0, 13, 27])
def test_the_gradient_at_a_row_is_what_finite_differences_measure(cell, row):
    reader, _ = a_reader(cell, hidden=5)
    frame, step = a_frame(6), 1e-5
    found = gradients.row_gradients(reader, frame, LABEL)
    slopes = [
        (loss_with(reader, frame, {(k, row): unit})[0] - loss_with(reader, frame, {(k, row): -unit})[0]) / (2 * step)
        for k in range(reader.layers)
        for unit in np.eye(reader.hidden) * step
    ]
    assert found.hidden[row] == pytest.approx(np.linalg.norm(slopes), rel=1e-4, abs=ROUNDING)
    moved = np.zeros((28, 28, 28))
    moved[np.arange(28), row, np.arange(28)] = step
    by_pixel = [
        (loss_with(reader, frame, pixels=m)[1] - loss_with(reader, frame, pixels=-m)[1]) / (2 * step) for m in moved
    ]
    assert found.pixels[row] == pytest.approx(np.linalg.norm(by_pixel), rel=1e-4, abs=ROUNDING)
    assert found.loss == pytest.approx(loss_with(reader, frame)[0])


@pytest.mark.parametrize(("row", "wait"), [(0, 0), (13, 0), (27, 0), (27, 9), (36, 9)])
def test_the_gradient_at_a_cell_state_is_what_finite_differences_measure(row, wait):
    reader, _ = a_reader("lstm", hidden=5)
    frame, step = np.pad(a_frame(6), ((0, wait), (0, 0))), 1e-5
    found = gradients.row_gradients(reader, frame, LABEL)
    slopes = [
        (
            loss_with(reader, frame, cell_nudges={(k, row): unit})[0]
            - loss_with(reader, frame, cell_nudges={(k, row): -unit})[0]
        )
        / (2 * step)
        for k in range(reader.layers)
        for unit in np.eye(reader.hidden) * step
    ]
    assert found.cell[row] == pytest.approx(np.linalg.norm(slopes), rel=1e-4, abs=ROUNDING)
    np.testing.assert_array_equal(found.memory, found.cell)


@pytest.mark.parametrize("cell", ["gru", "rnn"])
def test_what_has_no_cell_state_remembers_in_its_hidden_state(cell):
    found = gradients.row_gradients(a_reader(cell, hidden=5)[0], a_frame(6), LABEL)
    assert found.cell is None
    np.testing.assert_array_equal(found.memory, found.hidden)


@pytest.mark.parametrize("cell", CELLS)
def test_the_equations_differ_from_torch_by_rounding_alone_and_a_trace_by_little_more(cell):
    reader, _ = a_reader(cell)
    frame = a_frame(7)
    assert gradients.largest_difference(reader, frame, equations.states(reader, frame)) < 1e-12
    traced = trace(reader, frame)
    assert gradients.largest_difference(reader, frame, traced.states() | {"logits": traced.logits}) < 1e-5


def test_one_wrong_unit_is_a_difference():
    reader, _ = a_reader("lstm")
    states = equations.states(reader, a_frame(8))
    states["C"][1, 20, 4] += 0.25
    assert gradients.largest_difference(reader, a_frame(8), states) == pytest.approx(0.25)


def test_an_untrained_reader_is_the_one_that_the_run_started_from():
    config = TrainConfig(cell="gru", hidden=8, layers=1, seed=5, input_scale=2.0)
    arrays = Learner(config, "cpu", "fp32").arrays()
    trained = reader_of({name: array + 1 for name, array in arrays.items()}, {"config": config.as_dict()})
    found = untrained(trained)
    for name, array in arrays.items():
        np.testing.assert_array_equal(found.arrays[name], array)
    assert untrained(reader_of(arrays)) is None


def test_an_untrained_reader_is_the_first_of_those_that_went_on_from_one_another():
    first = TrainConfig(cell="gru", hidden=8, layers=1, seed=5)
    then = first.with_(seed=6, start_from="mine.pth")
    arrays = Learner(first, "cpu", "fp32").arrays()
    card = lessons.card_of(Lesson(reader=reader_of(arrays, {"config": first.as_dict()})), then)
    card = lessons.card_of(Lesson(reader=reader_of(arrays, card | {"config": then.as_dict()})), then)
    found = untrained(reader_of(arrays, card | {"config": then.as_dict()}))
    for name, array in arrays.items():
        np.testing.assert_array_equal(found.arrays[name], array)
    unknown = lessons.card_of(Lesson(reader=reader_of(arrays)), then)
    assert untrained(reader_of(arrays, unknown | {"config": then.as_dict()})) is None
    assert untrained(reader_of(arrays, {"config": "nonsense"})) is None


def test_what_is_kept_is_the_product_of_the_later_gates():
    gate = np.random.default_rng(9).random((2, 6, 3))
    found = gradients.kept(gate)
    assert found[-1] == 1
    assert found[2] == pytest.approx(np.mean(gate[:, 3] * gate[:, 4] * gate[:, 5]))
