import json
from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import ConfigError
from core.training.config import (
    CHOICES,
    EXCLUSIVE,
    GROUPS,
    OF_CELL,
    PRESETS,
    RANGES,
    TEXTS,
    TYPES,
    TrainConfig,
    preset,
    unchanged,
)


def test_article_preset_is_the_articles_script():
    config = preset("article")
    assert (config.cell, config.hidden, config.layers) == ("lstm", 128, 2)
    assert (config.batch_size, config.lr, config.epochs, config.optimizer) == (100, 1e-3, 5, "adam")
    assert (config.initialisation, config.input_scale, config.validation_images) == ("pytorch", 1.0, 0)


@pytest.mark.parametrize("name", [name for name in PRESETS if name != "article"])
def test_other_presets_hold_out_images_and_read_the_test_set_once(name):
    assert PRESETS[name].validation_images >= 1000
    assert not PRESETS[name].test_each_epoch


@pytest.mark.parametrize(("name", "cell"), OF_CELL)
def test_preset_takes_its_own_settings_with_a_cell_and_gives_way_to_what_is_set(name, cell):
    own = OF_CELL[name, cell]
    taken = preset(name, cell=cell)
    assert {setting: getattr(taken, setting) for setting in own} == own
    assert taken.with_(**{setting: getattr(PRESETS[name], setting) for setting in (*own, "cell")}) == PRESETS[name]
    assert preset(name) == PRESETS[name]
    assert preset(name, cell=cell, lr=0.5).lr == 0.5
    assert unchanged(taken) == taken.with_(cell=PRESETS[name].cell)


@pytest.mark.parametrize("name", RANGES)
def test_value_below_or_above_its_range_is_refused_with_the_range(name):
    low, high = RANGES[name]
    for value in (low - 1, high + 1):
        with pytest.raises(ConfigError, match=name) as refused:
            TrainConfig(**{name: value})
        assert f"{low:.10g}" in str(refused.value)
        assert f"{high:.10g}" in str(refused.value)


@pytest.mark.parametrize("name", RANGES)
@pytest.mark.parametrize("value", ["1e-3", None, float("nan"), True, [1]])
def test_value_that_is_no_number_is_refused(name, value):
    with pytest.raises(ConfigError, match=name):
        TrainConfig(**{name: value})


@pytest.mark.parametrize("name", CHOICES)
def test_unknown_choice_is_refused_with_the_choices(name):
    with pytest.raises(ConfigError, match=CHOICES[name][0]):
        TrainConfig(**{name: "transformer"})


@pytest.mark.parametrize("name", [name for name, kind in TYPES.items() if kind is bool])
def test_switch_is_on_or_off(name):
    for value in (1, "yes", None):
        with pytest.raises(ConfigError, match="True, False"):
            TrainConfig(**{name: value})


@pytest.mark.parametrize("name", EXCLUSIVE)
def test_lowest_value_itself_is_refused_where_the_range_is_open(name):
    low, high = RANGES[name]
    with pytest.raises(ConfigError, match=f"choose a value above {low:.10g}, up to {high:.10g}"):
        TrainConfig(**{name: low})
    assert TrainConfig(**{name: low + 1e-9})


@pytest.mark.parametrize("text", [7, None, "two\nlines", "x" * 501])
def test_reader_to_start_from_is_a_name_of_one_line(text):
    with pytest.raises(ConfigError, match="start_from names no reader: give lstm, gru, rnn"):
        TrainConfig(start_from=text)


def test_pen_digits_and_own_digits_leave_the_batch_whole():
    assert TrainConfig(pen_digits=0.6, own_digits=0.4)
    with pytest.raises(ConfigError, match=r"pen_digits 0\.7 and own_digits 0\.4 are more than a whole batch"):
        TrainConfig(pen_digits=0.7, own_digits=0.4)


def test_part_of_an_epoch_is_allowed():
    assert TrainConfig(epochs=0.01).epochs == 0.01


@pytest.mark.parametrize("name", RANGES)
def test_number_of_400_digits_is_refused_in_one_line(name):
    with pytest.raises(ConfigError, match=name) as refused:
        TrainConfig(**{name: 10**400})
    assert len(str(refused.value)) < 120


def test_every_setting_has_a_range_or_choices_and_a_place_among_the_groups():
    names = [field.name for field in fields(TrainConfig)]
    known = RANGES.keys() | CHOICES.keys() | TEXTS
    assert [name for name in names if name in known or TYPES[name] is bool] == names
    assert sorted([name for group in GROUPS.values() for name in group] + ["preset"]) == sorted(names)


def test_unknown_preset_is_refused_with_the_presets():
    with pytest.raises(ConfigError, match="article, fast, accurate"):
        preset("best")


@given(st.integers(8, 1024), st.integers(1, 4), st.floats(1e-6, 1.0), st.sampled_from(CHOICES["cell"]))
def test_settings_survive_json(hidden, layers, lr, cell):
    config = TrainConfig(hidden=hidden, layers=layers, lr=lr, cell=cell)
    assert TrainConfig.from_dict(json.loads(json.dumps(config.as_dict()))) == config


def test_leftover_setting_is_an_error():
    with pytest.raises(ConfigError, match="dropout"):
        TrainConfig.from_dict({"dropout": 0.5})
