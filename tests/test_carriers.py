"""The units that carry an answer are those whose silence, heard by reading the digit again, takes it away."""

import numpy as np
import pytest

from core.reading import carriers as module
from core.reading import readers
from core.reading.carriers import carriers
from core.reading.surgery import Surgery
from core.reading.tracing import trace
from core.training import delay
from dashboard import samples
from tests.test_equations import CELLS, a_frame, a_reader


def silent(reader, frame, units):
    """Read anew with these units of the top layer silent, by surgery."""
    return trace(reader, frame, Surgery(silenced=tuple((reader.layers - 1, unit) for unit in units)))


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("cell", CELLS)
def test_each_unit_is_the_one_whose_silence_costs_most(cell, layers):
    reader, frame = a_reader(cell, layers=layers)[0], a_frame(4)
    before = trace(reader, frame)
    found = carriers(reader, before)
    assert found.digit == before.digit
    for count, probability in enumerate(found.probabilities):
        earlier = found.units[:count]
        others = [unit for unit in range(reader.hidden) if unit not in earlier]
        costs = [silent(reader, frame, (*earlier, unit)).probabilities[-1, before.digit] for unit in others]
        assert probability == pytest.approx(min(costs), abs=1e-5)
        assert costs[others.index(found.units[count])] == pytest.approx(min(costs), abs=1e-5)


@pytest.mark.parametrize("cell", CELLS)
def test_another_digit_is_read_with_the_last_unit_and_not_before(cell):
    reader, frame = readers.load(delay.shipped_path(cell)), samples.sample("7")
    found = carriers(reader, trace(reader, frame))
    assert found.changed
    assert 5 < len(found.units) <= module.MOST
    assert len(set(found.units)) == len(found.units)
    for count, answer in enumerate(found.answers, 1):
        assert silent(reader, frame, found.units[:count]).digit == answer
        assert (answer == 7) == (count < len(found.units))


def test_an_answer_that_no_unit_carries_is_not_said_to_change():
    reader, _ = a_reader("rnn", layers=1)
    arrays = reader.arrays | {"classifier.weight": np.zeros_like(reader.arrays["classifier.weight"])}
    found = carriers(readers.reader_of(arrays), trace(readers.reader_of(arrays), a_frame(1)))
    assert not found.changed
    assert len(found.units) == reader.hidden
