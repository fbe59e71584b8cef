"""Saliency is what finite differences measure; occlusion is what a reader says without the row."""

import numpy as np
import pytest

from core.errors import ConfigError
from core.examining.saliency import gradient, gradient_times_input, occlusion
from core.reading import equations
from core.reading.surgery import BLANK
from core.reading.tracing import Surgery, read
from tests.test_equations import CELLS, a_frame, a_reader


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("rival", [None, 7])
def test_a_pixels_gradient_is_what_finite_differences_measure(cell, rival):
    reader, frame, step = a_reader(cell, hidden=5)[0], a_frame(6), 1e-5

    def logit(x):
        logits = equations.states(reader, x)["logits"][-1]
        return logits[3] - (0 if rival is None else logits[rival])

    found = gradient(reader, frame, 3, rival)
    for row, column in [*np.random.default_rng(0).integers(0, 28, (6, 2)).tolist(), [0, 0], [27, 27]]:
        nudge = np.zeros((28, 28))
        nudge[row, column] = step
        measured = (logit(frame.astype(np.float64) + nudge) - logit(frame.astype(np.float64) - nudge)) / (2 * step)
        assert found[row, column] == pytest.approx(measured, rel=1e-5, abs=1e-9)
    np.testing.assert_allclose(gradient_times_input(reader, frame, 3, rival), found * frame)


def test_paper_has_no_saliency():
    frame = a_frame(1) * (a_frame(2) > 0.5)
    assert not gradient_times_input(a_reader("lstm")[0], frame, 3)[frame == 0].any()


@pytest.mark.parametrize("cell", CELLS)
def test_occlusion_is_what_surgery_says_without_the_row(cell):
    reader, frame = a_reader(cell)[0], a_frame(3)
    found, whole = occlusion(reader, frame), read(reader, frame[None])[0]
    np.testing.assert_allclose(found["probabilities"], whole, atol=1e-6)
    assert found["digit"] == whole.argmax()
    for row in range(28):
        rows = tuple(BLANK if t == row else t for t in range(28))
        without = read(reader, frame[None], Surgery(rows=rows))[0]
        np.testing.assert_allclose(found["fall"][row], whole - without, atol=1e-6)
        margins = [np.log(p.astype(np.float64)) - np.log(p.astype(np.float64)).mean() for p in (whole, without)]
        np.testing.assert_allclose(found["margin_fall"][row], margins[0] - margins[1], atol=1e-4)


def test_a_blank_row_taken_away_changes_nothing():
    frame = a_frame(4)
    frame[5] = 0
    np.testing.assert_allclose(occlusion(a_reader("gru")[0], frame)["margin_fall"][5], 0, atol=1e-6)


@pytest.mark.parametrize(("digit", "rival"), [(10, None), (3, -1)])
def test_a_digit_that_is_none_is_refused(digit, rival):
    with pytest.raises(ConfigError, match="from 0 to 9"):
        gradient(a_reader("rnn")[0], a_frame(0), digit, rival)
