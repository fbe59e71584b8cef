"""Values of a sweep as a person writes them: every list and range is read as it is meant, all else refused in words."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import ConfigError
from core.runs import values
from core.training.config import RANGES, TYPES, TrainConfig

rates = st.floats(*RANGES["lr"])
sizes = st.integers(*map(int, RANGES["hidden"]))
separators = st.sampled_from([",", ", ", " ,", "，", "、", ";"])
signs = st.sampled_from([" x ", "x", " × ", ":", "*", " X"])
dots = st.sampled_from(["..", " .. ", " ..."])
counts = st.integers(2, 40)


@given(st.lists(rates, min_size=1, max_size=20), separators)
def test_a_list_is_its_numbers_each_once(listed, between):
    assert values.parsed("lr", between.join(map(repr, listed))) == list(dict.fromkeys(listed))


@given(rates, rates, counts, dots, signs)
def test_a_range_of_rates_is_spaced_by_factors_with_both_ends(first, last, count, between, sign):
    found = values.parsed("lr", f"{first!r}{between}{last!r}{sign}{count}")
    wanted = np.geomspace(first, last, count)
    assert (found[0], found[-1]) == (first, last)
    assert len(found) <= count
    assert all(np.isclose(wanted, value, rtol=5.1e-3).any() for value in found)
    assert all(np.isclose(found, value, rtol=5.1e-3).any() for value in wanted)
    assert found == sorted(found, reverse=first > last)


@given(st.floats(0, 1000), st.floats(0, 1000), counts)
def test_a_range_of_another_setting_is_spaced_evenly(first, last, count):
    found = values.parsed("clip", f"{first!r} .. {last!r} x {count}")
    wanted = np.linspace(first, last, count)
    assert (found[0], found[-1]) == (first, last)
    assert all(np.isclose(wanted, value, rtol=5.1e-3, atol=1e-9).any() for value in found)


@given(sizes, sizes, counts)
def test_a_range_of_sizes_has_whole_numbers(first, last, count):
    found = values.parsed("hidden", f"{first} .. {last} x {count}")
    wanted = np.geomspace(first, last, count)
    assert all(type(value) is int for value in found)
    assert len(set(found)) == len(found) <= count
    assert all(np.abs(wanted - value).min() <= 0.5 + 1e-9 for value in found)
    assert {first, last} <= set(found)


@given(st.sampled_from(values.SWEPT), st.text(max_size=30) | st.from_regex(re.compile(r"[0-9e.,x: -]{1,30}")))
def test_any_text_is_values_that_a_run_takes_or_is_refused_in_words(name, text):
    try:
        found = values.parsed(name, text)
    except ConfigError as error:
        refused = str(error)
        assert name in refused
        return
    assert 1 <= len(found) <= values.MOST
    for value in found:
        assert getattr(TrainConfig(**{name: value}), name) == value


@pytest.mark.parametrize(
    ("name", "text", "wanted"),
    [
        ("lr", "1e-4 .. 1e-1 x 4", [1e-4, 1e-3, 1e-2, 1e-1]),
        ("lr", "1e-3 .. 1e-2 x 2, 0.5", [1e-3, 1e-2, 0.5]),
        ("hidden", "1e2, 128", [100, 128]),
        ("cell", "LSTM, gru", ["lstm", "gru"]),
        ("test_each_epoch", "on, Off", [True, False]),
        ("forget_bias", "-1 .. 1 x 3", [-1, 0, 1]),
        ("weight_decay", "0 .. 0.2 x 3", [0, 0.1, 0.2]),
    ],
)
def test_values_are_read_as_people_write_them(name, text, wanted):
    assert values.parsed(name, text) == wanted


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("lr", "1e-3 .. 2 x 3", "choose a value from 1e-06 to 1"),
        ("lr", "1e-3 .. 1e-2", "or a range such as"),
        ("lr", "1e-3 .. 1e-2 x 1", "choose 2 to 200"),
        ("lr", "1e-3 .. 1e-2 x 999999999", "choose 2 to 200"),
        ("seed", ", ".join(f"{first} .. {first + 99} x 100" for first in (0, 100, 200)), "choose up to 200"),
        ("hidden", "12.5", "write numbers such as 8, 16"),
        ("hidden", "1e999", "write numbers"),
        ("lr", "1,,2", "write numbers"),
        ("cell", "cnn", "choose one of lstm, gru, rnn"),
        ("cell", "lstm .. gru x 2", "list them"),
        ("test_each_epoch", "perhaps", "write on, off, or both"),
        ("devices", "2", "no setting that can be varied"),
        ("lr", "9" * 500, "shorten them"),
    ],
)
def test_what_is_no_value_is_refused_with_what_is(name, text, said):
    with pytest.raises(ConfigError, match=re.escape(said)):
        values.parsed(name, text)


def test_every_setting_of_a_run_but_where_it_is_trained_with_others_can_be_varied():
    assert set(TYPES) - set(values.SWEPT) == {"preset", "devices"}
