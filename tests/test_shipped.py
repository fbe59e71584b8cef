import json

import numpy as np
import pytest

from core.errors import StoreError
from core.reading import readers
from core.runs import shipped
from core.runs.store import Store
from core.training.config import CELLS, preset


@pytest.mark.parametrize("cell", CELLS)
def test_shipped_reader_comes_with_the_history_and_the_command_that_made_it(cell):
    told, path = shipped.shipped(cell), readers.SHIPPED.with_name(f"{cell}.json")
    reader = readers.load(path.with_suffix(".safetensors"))
    assert (reader.cell, reader.hidden, reader.layers) == (cell, told.run.config.hidden, told.run.config.layers)
    assert reader.card["test_accuracy"] == told.run.test_accuracy
    assert told.run.data_source == "full"
    assert told.run.state == "finished"
    assert told.curve.step[-1] == told.run.steps
    assert len(told.epochs) == told.run.config.epochs
    assert any("Finish 1 epoch" in line for line in told.log)
    assert json.loads(path.read_text())["command"].startswith("python -m core train --preset ")


def test_shipped_files_stay_small():
    assert sum(path.stat().st_size for path in readers.SHIPPED.parent.glob("lstm*")) < 2 * 2**20
    assert all(path.stat().st_size < 2**20 for path in readers.SHIPPED.parent.iterdir())


def test_command_repeats_the_run():
    from core.__main__ import _parser

    config = preset("accurate", cell="rnn", lr=1e-3, epochs=6)
    command = shipped.command_of(config)
    assert command == "python -m core train --preset accurate --cell rnn --lr 0.001 --epochs 6"
    options = _parser().parse_args(command.split()[3:])
    assert (options.preset, options.cell, options.lr, options.epochs) == ("accurate", "rnn", 1e-3, 6)


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
