"""The row player's message: the trace's own numbers, in a size that a page can take."""

import string

import numpy as np
import pytest

from core.reading.readers import reader_of, shapes_of
from core.reading.tracing import LETTERS, Surgery, trace
from dashboard.components.row_player.message import BUDGET_BYTES, encode, loudest_units, shown_units
from dashboard.words import texts
from tests.player_messages import header_and_body, numbers_in

START = {"row": None, "layer": None, "unit": None}


def a_trace(cell="lstm", hidden=6, layers=2, scale=1.0, surgery=None):
    random = np.random.default_rng(hidden)
    shapes = shapes_of(cell, hidden, layers)
    reader = reader_of({name: scale * random.normal(0, 1, shape) for name, shape in shapes.items()})
    return reader, trace(reader, random.random((28, 28)), surgery)


def message(reader, traced, compare=None, **start) -> tuple[dict, bytes]:
    data = encode(traced, reader, start=START | start, compare=compare, options={})
    return header_and_body(data)


@pytest.mark.parametrize("cell", LETTERS)
def test_the_three_decimals_that_arrive_are_those_that_printing_would_give(cell):
    reader, traced = a_trace(cell)
    header, body = message(reader, traced)
    probabilities, x, letters, rest = numbers_in(header, body)
    assert rest == b""
    np.testing.assert_array_equal(probabilities, traced.probabilities)
    pairs = [(x, traced.x), *((letters[letter], values) for letter, values in traced.states().items())]
    for arrived, sent in pairs:
        assert [f"{value:.3f}" for value in arrived.flat] == [
            f"{value:.3f}".replace("-0.000", "0.000") for value in sent.flat
        ]


def test_a_comparison_follows_in_the_same_way():
    reader, traced = a_trace()
    _, cut = a_trace(surgery=Surgery(clamp=(("f", 0.0),)))
    header, body = message(reader, cut, compare=traced)
    *_, rest = numbers_in(header, body)
    np.testing.assert_array_equal(np.frombuffer(rest, "<f4", 280).reshape(28, 10), traced.probabilities)
    assert (np.frombuffer(rest[1120:], "<i2", 6)[:6] / 1000 == traced.f[0, 0].astype(float).round(3)).all()


def test_a_cell_state_beyond_sixteen_bits_loses_decimals_not_its_value():
    reader, traced = a_trace(scale=30.0, surgery=Surgery(rows=[*range(28)] * 4, clamp=(("f", 1.0), ("i", 1.0))))
    assert np.abs(traced.states()["C"]).max() > 33
    header, body = message(reader, traced)
    *_, letters, _ = numbers_in(header, body)
    np.testing.assert_allclose(letters["C"], traced.states()["C"], atol=0.051)


@pytest.mark.parametrize(
    ("cell", "hidden", "layers"), [("lstm", 1024, 4), ("lstm", 128, 4), ("gru", 512, 3), ("rnn", 1024, 1)]
)
def test_any_reader_fits_the_budget(cell, hidden, layers):
    reader, traced = a_trace(cell, hidden, layers, scale=0.1)
    header, body = message(reader, traced, unit=hidden - 1)
    kept = layers + 1  # the loudest units and the one that was asked for ride along
    assert len(body) <= BUDGET_BYTES + 1120 + 1568 + 2 * 28 * layers * len(header["letters"]) * kept
    assert {hidden - 1, *loudest_units(traced, reader)} <= set(header["units"])


def test_the_standard_reader_is_shown_whole():
    _, traced = a_trace(hidden=128, scale=0.1)
    np.testing.assert_array_equal(shown_units(traced), np.arange(128))


def test_the_loudest_unit_of_the_top_layer_adds_most_to_the_answer():
    reader, traced = a_trace()
    V = reader.arrays["classifier.weight"]
    contributions = [V[traced.digit, unit] * traced.h[-1, -1, unit] for unit in range(6)]
    assert loudest_units(traced, reader)[-1] == contributions.index(max(contributions))


def test_words_keep_their_places_in_both_languages():
    for key, text in texts().items():
        if key.startswith("player."):
            places = [
                sorted(name for _, name, _, _ in string.Formatter().parse(text[one]) if name) for one in ("en", "zh")
            ]
            assert places[0] == places[1], key
