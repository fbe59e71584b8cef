"""Networks that wait: blank rows stand between the digit and the answer, in training, testing and the table of both."""

import json

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from core.digits.data import Mnist
from core.examining import saliency
from core.examining.index import index_of
from core.examining.states import read_rows
from core.reading import gradients, tracing
from core.reading.readers import reader_of
from core.training import waiting
from core.training.config import CELLS, PRESETS, TrainConfig
from core.training.events import Epoch, Finished
from core.training.learner import Learner
from core.training.model import RowReader, network_of
from core.training.trainer import Trainer
from dashboard.learn import unrolled, vanishing
from tests.conftest import digits

TINY = {"hidden": 8, "layers": 1, "batch_size": 20, "device": "cpu", "precision": "fp32"}
MNIST = Mnist(digits(200, 1), digits(50, 2), "subset", "tiny")


@pytest.mark.parametrize("cell", CELLS)
def test_waiting_network_answers_after_the_blank_rows(cell):
    network = RowReader(cell, 8, 2, wait=5)
    impatient = RowReader(cell, 8, 2)
    impatient.load_state_dict(network.state_dict())
    x = torch.rand(3, 28, 28, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(network(x), impatient(torch.cat([x, torch.zeros(3, 5, 28)], 1)))
    assert not torch.allclose(network(x), impatient(x))


def test_waiting_network_learns_as_a_plain_loop_over_longer_images():
    config = TrainConfig(**TINY, lr=1e-2, wait=4, epochs=1)
    learner = Learner(config, "cpu", "fp32")
    network = RowReader("lstm", 8, 1)
    network.load_state_dict({name: torch.from_numpy(array) for name, array in learner.arrays().items()})
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-2)
    images, labels = torch.tensor(MNIST.train.images), torch.tensor(MNIST.train.labels)
    for start in range(0, 200, 20):
        batch = slice(start, start + 20)
        longer = torch.cat([images[batch].float() / 255, torch.zeros(20, 4, 28)], 1)
        loss = F.cross_entropy(network(longer), labels[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        assert float(learner.step(images[batch], labels[batch], 1e-2)[0]) == pytest.approx(loss.item(), rel=1e-4)


def test_accuracy_of_a_run_that_waits_is_measured_after_the_wait():
    trainer = Trainer(TrainConfig(**TINY, lr=1e-2, wait=6, epochs=3), MNIST)
    *_, epoch, end = trainer.events()
    network = RowReader("lstm", 8, 1)
    network.load_state_dict({name: torch.from_numpy(array) for name, array in trainer.learner.arrays().items()})
    longer = torch.nn.functional.pad(torch.tensor(MNIST.test.images).float() / 255, (0, 0, 0, 6))
    correct = (network(longer).argmax(1) == torch.tensor(MNIST.test.labels)).float().mean().item()
    assert isinstance(epoch, Epoch)
    assert isinstance(end, Finished)
    assert end.test_accuracy == epoch.test_accuracy == pytest.approx(correct)


def test_each_training_of_the_table_is_one_that_the_train_page_makes():
    for cell in CELLS:
        config = waiting.config_of(cell, "pytorch", 56, 2)
        changed = {name for name, value in config.as_dict().items() if value != PRESETS["accurate"].as_dict()[name]}
        kept = {"cell", "hidden", "layers", "wait", "seed", "precision", "initialisation", "forget_bias"}
        assert changed <= kept | {"epochs", "lr", "augmentation", "pen_digits"}
    assert waiting.config_of("lstm", "orthogonal", 0).forget_bias == PRESETS["accurate"].forget_bias


def test_gradient_that_reaches_the_digit_is_told_on_a_scale_of_ten():
    reader = reader_of(Learner(TrainConfig(**TINY | {"cell": "rnn"}), "cpu", "fp32").arrays())
    images, labels = MNIST.test.images[:5], MNIST.test.labels[:5]
    assert waiting.reach(reader, images, labels, 0) == 0
    near, far = waiting.reach(reader, images, labels, 5), waiting.reach(reader, images, labels, 25)
    assert far < near < 0  # PyTorch's own start of so small a network shrinks what comes back


def test_table_is_written_after_each_training_and_gone_on_with(tmp_path, monkeypatch):
    small = {"cell": "rnn", **TINY, "epochs": 0.5, "validation_images": 20}
    monkeypatch.setattr(waiting, "TABLE", tmp_path / "waiting.json")
    monkeypatch.setattr(waiting, "CELLS", ("rnn",))
    monkeypatch.setattr(waiting, "WAITS", (0, 3))
    monkeypatch.setattr(waiting, "SEEDS", (0,))
    own = waiting.config_of
    monkeypatch.setattr(waiting, "config_of", lambda *key: own(*key).with_(**small))
    trainings = waiting.make(MNIST)
    first = next(trainings)
    trainings.close()  # such as at Ctrl-C
    assert waiting.shipped() == [first]
    others = list(waiting.make(MNIST))
    assert len(others) == 3
    assert waiting.shipped() == [first, *others]
    assert [(row.start, row.wait) for row in waiting.shipped()] == [
        *(("pytorch", 0), ("pytorch", 3), ("orthogonal", 0), ("orthogonal", 3))
    ]
    assert json.loads(waiting.TABLE.read_text())["images"] == 50
    assert all(row.reach_before == 0 for row in waiting.shipped() if not row.wait)
    assert list(waiting.make(MNIST)) == []
    np.testing.assert_array_less([row.accuracy for row in waiting.shipped()], 1.01)


def waiting_reader(cell: str, wait: int = 7):
    arrays = Learner(TrainConfig(**TINY | {"cell": cell}), "cpu", "fp32").arrays()
    return reader_of(arrays, {"config": {"wait": wait}}), reader_of(arrays)


@pytest.mark.parametrize("cell", CELLS)
def test_everything_that_reads_waits_as_long_as_the_reader_was_trained_to(cell, tmp_path):
    patient, impatient = waiting_reader(cell)
    images = MNIST.test.images[:6]
    network = RowReader(cell, 8, 1, wait=7)
    network.load_state_dict({name: torch.from_numpy(array) for name, array in patient.arrays.items()})
    torch.testing.assert_close(network_of(patient)(torch.ones(2, 28, 28)), network(torch.ones(2, 28, 28)))
    expected = network(torch.tensor(images).float() / 255).softmax(1).detach().numpy()
    np.testing.assert_allclose(tracing.read(patient, images / 255), expected, atol=1e-5)
    trace = tracing.trace(patient, images[0] / 255)
    assert trace.x.shape == (35, 28)
    np.testing.assert_allclose(trace.probabilities[-1], expected[0], atol=1e-5)
    before = tracing.trace(impatient, images[0] / 255)
    np.testing.assert_allclose(trace.h[:, :28], before.h, atol=1e-6)
    *_, last = read_rows(patient, images)
    np.testing.assert_allclose(tracing.softmax(last.logits), expected, atol=1e-5)
    ink = saliency.gradient_times_input(patient, images[0] / 255, 3)
    assert ink.shape == (28, 28)
    assert not np.allclose(ink, saliency.gradient_times_input(impatient, images[0] / 255, 3))
    paths = {index_of(reader, MNIST, tmp_path).path for reader in (patient, impatient)}
    assert len(paths) == 2


@pytest.mark.parametrize("wait", [-1, 225, 3.0, True, "9", None, [1]])
def test_card_from_outside_names_no_wait_that_is_none(wait):
    assert waiting_reader("rnn", wait)[0].wait == 0
    assert reader_of(waiting_reader("rnn")[0].arrays, {"config": wait}).wait == 0


def test_learn_says_of_no_row_of_the_digit_that_a_patient_reader_was_trained_to_be_right_there():
    assert "7 blank rows later" in unrolled.seen(waiting_reader("rnn")[0])
    assert "Only the last circle was trained to be right" in unrolled.seen(waiting_reader("rnn", 0)[0])


@pytest.mark.parametrize("cell", CELLS)
def test_learn_shows_the_digits_rows_and_asks_for_the_answer_after_the_wait(cell):
    patient, _ = waiting_reader(cell)
    frame = MNIST.test.images[0] / 255
    reach = vanishing._measured(vanishing._Asked(patient, frame, 3))
    whole = gradients.row_gradients(patient, np.pad(frame, ((0, 7), (0, 0))), 3)
    np.testing.assert_allclose(reach.gradients.memory, whole.memory[:28], rtol=1e-4, atol=1e-12)
    np.testing.assert_allclose(reach.gradients.pixels, whole.pixels[:28], rtol=1e-4, atol=1e-12)
    assert (reach.kept is None) == (cell == "rnn")
    if reach.kept is not None:  # of each row, what its gates keep up to the answer
        gate = gradients.RETENTION_GATES[cell]
        np.testing.assert_allclose(reach.kept, gradients.kept(tracing.trace(patient, frame).states()[gate])[:28])
