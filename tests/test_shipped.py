import json
import shlex

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import StoreError
from core.reading import readers
from core.runs import shipped
from core.runs.store import Store
from core.training import flags
from core.training.config import CELLS, CHOICES, EXCLUSIVE, PRESETS, RANGES, TEXTS, TYPES, TrainConfig, preset


@pytest.mark.parametrize("cell", CELLS)
def test_shipped_reader_comes_with_the_history_and_the_command_that_made_it(cell):
    told, path = shipped.shipped(cell), readers.SHIPPED.with_name(f"{cell}.json")
    reader = readers.load(path.with_suffix(".safetensors"))
    assert (reader.cell, reader.hidden, reader.layers) == (cell, told.run.config.hidden, told.run.config.layers)
    last = [told.run, *shipped.continued(cell)][-1]
    assert reader.card["test_accuracy"] == last.facts.test_accuracy
    assert told.run.facts.data_source == "full"
    assert told.run.state == "finished"
    assert told.curve.step[-1] == told.run.facts.steps
    assert len(told.epochs) == told.run.config.epochs
    assert any("Finish 1 epoch" in line for line in told.log)
    assert json.loads(path.read_text())["command"].startswith("python -m core train --preset ")


def values_of(name: str) -> st.SearchStrategy:
    """Every value that a setting may have."""
    if name in CHOICES:
        return st.sampled_from(CHOICES[name])
    if TYPES[name] is bool:
        return st.booleans()
    if name in TEXTS:
        return st.text(st.characters(categories=("L", "N", "P", "Zs"), include_characters=" "), max_size=20).filter(
            lambda text: not text or text.isprintable()
        )
    low, high = RANGES[name]
    if TYPES[name] is int:
        return st.integers(int(low), int(high))
    return st.floats(low, high, exclude_min=name in EXCLUSIVE)


def parsed(command: str) -> TrainConfig:
    """The config that the command line makes of a command."""
    from core.__main__ import _parser

    words = shlex.split(command)
    assert words[:4] == ["python", "-m", "core", "train"]
    return flags.config_of(_parser().parse_args(words[3:]))


@pytest.mark.parametrize("cell", CELLS)
def test_shipped_command_runs_as_it_stands(cell):
    history = json.loads(readers.SHIPPED.with_name(f"{cell}.json").read_text())
    assert parsed(history["command"]) == TrainConfig.from_dict(history["run"]["config"])
    assert parsed(shipped.command_of(shipped.shipped(cell).run.config)) == shipped.shipped(cell).run.config
    then = [parsed(told["command"]) for told in history.get("then", [])]
    assert then == [run.config for run in shipped.continued(cell)]
    assert all(config.start_from == cell for config in then)


@given(st.fixed_dictionaries({name: values_of(name) for name in TYPES}))
def test_command_of_any_config_gives_that_very_config(settings):
    if settings["pen_digits"] + settings["own_digits"] > 1:
        settings["pen_digits"] = 0.5
    config = TrainConfig(**settings)
    assert parsed(shipped.command_of(config)) == config


@pytest.mark.parametrize("name", PRESETS)
def test_command_of_a_config_with_every_setting_changed_names_every_setting(name):
    start = PRESETS[name].as_dict()
    config = TrainConfig(**{setting: _another(setting, value) for setting, value in start.items()} | {"preset": name})
    command = shipped.command_of(config)
    assert command.count(" --") == len(TYPES)
    assert parsed(command) == config


def _another(name: str, value):
    if TYPES[name] is bool:
        return not value
    if name in TEXTS:
        return "my weights.pth"
    if name in ("pen_digits", "own_digits"):  # both at their highest are more than a batch
        return 0.25
    return next(other for other in [*CHOICES.get(name, ()), *RANGES.get(name, ())][::-1] if other != value)


def test_shipped_files_stay_small():
    assert sum(path.stat().st_size for path in readers.SHIPPED.parent.glob("lstm*")) < 2 * 2**20
    assert all(path.stat().st_size < 2**20 for path in readers.SHIPPED.parent.iterdir())


def test_command_repeats_the_run():
    from core.__main__ import _parser

    config = preset("accurate", cell="rnn", lr=2e-3, epochs=6)
    command = shipped.command_of(config)
    assert command == "python -m core train --preset accurate --cell rnn --lr 0.002 --epochs 6"
    options = _parser().parse_args(command.split()[3:])
    assert (options.preset, options.cell, options.lr, options.epochs) == ("accurate", "rnn", 2e-3, 6)


def test_run_that_starts_from_the_shipped_reader_is_told_after_its_history(tmp_path, tiny_config, monkeypatch):
    monkeypatch.setattr(shipped, "_FOLDER", tmp_path)
    store = Store(tmp_path / "runs")

    def ship(**changes) -> None:
        config = TrainConfig(**changes)
        run = store.run(store.add(config, None, "finished"))
        readers.save(readers.load(), run.folder.weights_path)
        shipped.ship(store, run.id)

    ship(seed=1)
    ship(seed=2, start_from="lstm", pen_digits=0.3)
    ship(seed=3, start_from="lstm")
    assert shipped.shipped().run.config == TrainConfig(seed=1)
    assert [run.config.seed for run in shipped.continued()] == [2, 3]
    ship(seed=4)
    assert shipped.shipped().run.config == TrainConfig(seed=4)
    assert not shipped.continued()


def test_only_a_finished_run_is_shipped(runs_folder, tiny_config):
    store = Store()
    with pytest.raises(StoreError, match="finished"):
        shipped.ship(store, store.add(tiny_config, None))


@pytest.mark.data
def test_shipped_reader_reads_the_full_test_set_as_well_as_its_card_says():
    from core.digits import data
    from core.reading.tracing import read

    if data.describe().source != "full":
        pytest.skip("set MNIST_ROOT to the full MNIST")
    test = data.load().test
    reader = readers.load()
    answers = read(reader, test.images.astype(np.float32) / 255).argmax(1)
    assert (answers == test.labels).mean() == pytest.approx(reader.card["test_accuracy"], abs=2e-4)
