"""Weights that people have: what they name, wrap and scale is read as the network that it is, or refused by name."""

import io
import json

import numpy as np
import pytest
import torch
from torch import nn

from core.__main__ import main
from core.digits import subset
from core.errors import WeightsError
from core.reading import readers, scaling
from core.reading.scaling import Scaling
from core.reading.tracing import read
from core.training.delay import shipped_path

RECURRENT = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}


class Theirs(nn.Module):
    """A network as people write it: names of their own, the last row's state into one linear layer."""

    def __init__(self, cell: str, recurrent: str, readout: str, layers: int = 2, hidden: int = 6):
        super().__init__()
        self.names = recurrent, readout
        setattr(self, recurrent, RECURRENT[cell](28, hidden, layers, batch_first=True))
        setattr(self, readout, nn.Linear(hidden, 10))

    def forward(self, x):
        recurrent, readout = (getattr(self, name) for name in self.names)
        return readout(recurrent(x)[0][:, -1])


def saved(content) -> bytes:
    buffer = io.BytesIO()
    torch.save(content, buffer)
    return buffer.getvalue()


def answers_alike(network: nn.Module, reader: readers.Reader) -> bool:
    x = np.random.default_rng(0).random((5, 28, 28)).astype(np.float32)
    with torch.no_grad():
        expected = network(torch.from_numpy(x)).softmax(1).numpy()
    return np.allclose(read(reader, x), expected, atol=1e-5)


NAMES = [("rnn", "fc"), ("lstm", "linear"), ("gru", "out"), ("recurrent", "hidden2label"), ("encoder", "output")]


@pytest.mark.parametrize("cell", RECURRENT)
@pytest.mark.parametrize("names", NAMES)
def test_parts_are_found_by_shape_whatever_their_names(cell, names):
    network = Theirs(cell, *names)
    reader = readers.of_content(saved(network.state_dict()), "theirs.pth")
    assert reader.cell == cell
    assert answers_alike(network, reader)
    said = "; ".join(map(str, reader.notes))
    assert f"{names[1]} as the readout" in said
    assert (f"{names[0]} is taken as the {cell.upper()}" in said) == (names[0] != cell)


WRAPPINGS = {
    "model_state_dict": lambda state: {"epoch": 3, "model_state_dict": state, "optimizer_state_dict": {"state": {}}},
    "Lightning": lambda state: {
        "pytorch-lightning_version": "2.5",
        "state_dict": {f"model.{name}": value for name, value in state.items()},
        "hyper_parameters": {"lr": 1e-3},
    },
    "model": lambda state: {"model": state, "loss": 0.3},
    "another name": lambda state: {"best_weights": state, "accuracy": 0.98},
    "DataParallel": lambda state: {f"module.{name}": value for name, value in state.items()},
    "torch.compile": lambda state: {f"_orig_mod.module.{name}": value for name, value in state.items()},
    "all at once": lambda state: {"state_dict": {f"module._orig_mod.{name}": value for name, value in state.items()}},
}


@pytest.mark.parametrize("wrap", WRAPPINGS.values(), ids=WRAPPINGS)
def test_checkpoints_and_prefixes_are_unwrapped_and_that_is_said(wrap):
    network = Theirs("gru", "gru", "fc")
    reader = readers.of_content(saved(wrap(network.state_dict())), "theirs.ckpt")
    assert answers_alike(network, reader)
    assert reader.notes


def test_safetensors_of_others_are_found_by_shape_too():
    from safetensors.torch import save

    network = Theirs("lstm", "rnn", "fc")
    assert answers_alike(network, readers.of_content(save(network.state_dict()), "theirs.safetensors"))


def test_a_cell_of_one_step_is_a_layer():
    network = Theirs("lstm", "rnn", "fc", layers=1)
    state = {name.replace("_l0", ""): value for name, value in network.state_dict().items()}
    assert answers_alike(network, readers.of_content(saved(state), "theirs.pth"))


def test_our_own_names_need_no_word():
    assert readers.load(shipped_path("rnn")).notes == ()


REFUSED = {
    "bidirectional": ("rnn is bidirectional", lambda: nn.LSTM(28, 6, bidirectional=True)),
    "no bias": ("rnn has no biases", lambda: nn.GRU(28, 6, bias=False)),
    "projection": ("rnn has a projection", lambda: nn.LSTM(28, 6, proj_size=3)),
}


@pytest.mark.parametrize(("word", "make"), REFUSED.values(), ids=REFUSED)
def test_what_a_row_reader_cannot_be_is_refused_by_name(word, make):
    network = Theirs("lstm", "rnn", "fc")
    network.rnn = make()
    with pytest.raises(WeightsError, match=word):
        readers.of_content(saved(network.state_dict()), "theirs.pth")


def test_other_layers_are_refused_by_name():
    network = Theirs("lstm", "rnn", "fc")
    network.fc1 = nn.Linear(6, 6)
    with pytest.raises(WeightsError, match=r"more layers \(fc, fc1\)"):
        readers.of_content(saved(network.state_dict()), "theirs.pth")
    del network.fc1
    network.norm = nn.BatchNorm1d(6)
    with pytest.raises(WeightsError, match=r"norm\.running_mean"):
        readers.of_content(saved(network.state_dict()), "theirs.pth")
    del network.norm
    network.second = nn.LSTM(6, 6)
    with pytest.raises(WeightsError, match=r"2 recurrent parts \(rnn, second\)"):
        readers.of_content(saved(network.state_dict()), "theirs.pth")
    del network.second
    network.fc = nn.Linear(6, 10, bias=False)
    with pytest.raises(WeightsError, match="readout fc has no bias"):
        readers.of_content(saved(network.state_dict()), "theirs.pth")


def scaled(reader: readers.Reader, how: Scaling) -> readers.Reader:
    """The network that answers to (x - mean) / std as `reader` does to x."""
    ih, b = f"{reader.cell}.weight_ih_l0", f"{reader.cell}.bias_ih_l0"
    U = reader.arrays[ih]
    arrays = reader.arrays | {ih: U * np.float32(how.std), b: reader.arrays[b] + U.sum(1) * np.float32(how.mean)}
    return readers.reader_of(arrays)


@pytest.mark.parametrize("how", scaling.KNOWN)
@pytest.mark.parametrize("cell", RECURRENT)
def test_a_folded_scaling_gives_the_answers_to_scaled_pixels(cell, how):
    ours = readers.load(shipped_path(cell))
    frames = subset.load("test")[0][:20] / np.float32(255)
    np.testing.assert_allclose(read(scaling.folded(scaled(ours, how), how), frames), read(ours, frames), atol=1e-3)


@pytest.mark.parametrize("how", scaling.KNOWN)
def test_the_scaling_that_does_best_is_found(how):
    found = scaling.trial(scaled(readers.load(), how))
    assert found.is_bad
    assert found.best == how
    assert found.best_accuracy > 0.95


def test_a_reader_that_does_well_is_left_alone():
    assert scaling.trial(readers.load()) == (scaling.trial(readers.load()).accuracy, None, pytest.approx(1, abs=0.05))
    assert not scaling.advice(readers.load())


@pytest.mark.parametrize(
    "text", ["", "0.1", "a,b", "0.1,0", "0.1,-1", "nan,1", "0,1e-9", "0.1,0.3,0.5", "9" * 5000 + ",1"]
)
def test_what_is_no_scaling_is_refused(text):
    with pytest.raises(WeightsError, match=r"0\.1307,0\.3081"):
        scaling.parsed(text)


def test_the_command_line_says_what_it_assumes_and_which_scaling_does_better(tmp_path, capsys):
    how = scaling.KNOWN[0]
    arrays = scaled(readers.load(), how).arrays
    state = {name.replace("lstm", "rnn").replace("classifier", "fc"): torch.tensor(a) for name, a in arrays.items()}
    theirs, drawings = tmp_path / "theirs.pth", tmp_path / "drawings.jsonl"
    theirs.write_bytes(saved({"state_dict": state}))
    drawings.write_text(json.dumps({"strokes": [[[80, 60], [200, 60], [140, 230]]]}))
    assert main(["read", "--weights", str(theirs), str(drawings)]) == 0
    said = capsys.readouterr().err
    assert "entry state_dict; rnn is taken as the LSTM, by its shape; fc as the readout" in said
    assert "--input-scaling 0.1307,0.3081" in said
    assert (
        main(["export", "--weights", str(theirs), "--input-scaling", "0.1307,0.3081", "--out", f"{tmp_path}/a.pth"])
        == 0
    )
    assert "--input-scaling" not in capsys.readouterr().err
    assert main(["read", "--weights", f"{tmp_path}/a.pth", str(drawings)]) == 0
    out = capsys.readouterr()
    assert (json.loads(out.out)["digit"], out.err) == (7, "")
