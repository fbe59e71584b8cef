"""The figures of a test set are those of an independent computation with PyTorch, and of a sum by hand."""

import json
from typing import NamedTuple

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from core.digits import data
from core.digits.data import Mnist
from core.errors import DataError, DrawingError
from core.examining import figures
from core.examining.answers import Answers, answers, cell, hardest_right, mistakes
from core.examining.states import read_rows
from core.reading import readers
from core.reading.readers import Reader
from core.reading.tracing import decision, trace
from core.training.model import network_of
from tests.conftest import digits
from tests.test_equations import a_reader
from tests.waiters import leave_network

CELLS = ("rnn", "gru", "lstm")


@pytest.fixture(scope="session")
def mnist() -> Mnist:
    """The full test set where there is one, else the subset's; no waiting for a network that is not there."""
    with pytest.MonkeyPatch.context() as patch:
        if data.describe().source == "subset":
            leave_network(patch)
        return data.load()


class Whole(NamedTuple):
    """What PyTorch says of the shipped reader on the whole test set."""

    logits: np.ndarray
    """(N, 28, 10), after each row."""
    tops: np.ndarray
    """(N, 28, H): h of the top layer."""


@pytest.fixture(scope="session")
def whole(mnist) -> Whole:
    return rows_of_torch(readers.load(), mnist.test.images)


@torch.no_grad()
def rows_of_torch(reader: Reader, images: np.ndarray) -> Whole:
    network = network_of(reader)
    parts = torch.from_numpy(np.array(images)).split(1000)
    tops = torch.cat([network.recurrent(part.float() / 255)[0] for part in parts])
    return Whole(network.classifier(tops).numpy(), tops.numpy())


def by_hand(confidences: list[float], right: list[bool]) -> Answers:
    """Images of a 0, answered 0 with this probability where right, else 1 with it."""
    p = np.zeros((len(right), 10))
    answered = np.where(right, 0, 1)
    p[np.arange(len(right)), answered] = confidences
    p += ((1 - p.sum(1)) / 9)[:, None] * (p == 0)
    by_row = np.broadcast_to(answered.astype(np.uint8), (28, len(right)))
    return Answers(np.zeros(len(right), np.int64), by_row, np.log(p))


def answered(by_row: list[list[int]], labels: list[int]) -> Answers:
    """Answers after each row, a list an image; the first 28 - len rows answer as the list begins."""
    full = np.array([[row[0]] * (28 - len(row)) + row for row in by_row], np.uint8).T
    return Answers(np.array(labels), full, np.eye(10)[full[-1]] * 5)


@pytest.mark.data
def test_figures_of_the_shipped_reader_are_those_of_pytorch(mnist, whole):
    found = figures.evaluate_json(readers.load(), mnist)
    labels, logits = mnist.test.labels, whole.logits
    given = logits.argmax(2)
    confusion = [[int(((labels == truth) & (given[:, -1] == answer)).sum()) for answer in range(10)]
                 for truth in range(10)]  # fmt: skip
    assert found["confusion"] == confusion
    assert found["accuracy"] == pytest.approx((given[:, -1] == labels).mean(), abs=1e-12)
    assert found["by_row"] == pytest.approx((given == labels[:, None]).mean(0).tolist(), abs=2 / len(labels))
    loss = torch.nn.functional.cross_entropy(torch.from_numpy(logits[:, -1]).double(), torch.from_numpy(labels))
    assert found["loss"] == pytest.approx(float(loss), rel=1e-4)
    right = given == labels[:, None]
    expected = [right[labels == digit].mean(0) for digit in range(10)]
    by_digit = np.array(figures.by_row_and_digit(answers(readers.load(), mnist.test.images, labels)))
    np.testing.assert_allclose(by_digit, np.array(expected), atol=2 / 800)
    for digit, row in enumerate(found["per_digit"]):
        assert row["recall"] == pytest.approx((given[labels == digit, -1] == digit).mean())
        assert row["precision"] == pytest.approx((labels[given[:, -1] == digit] == digit).mean())
    assert (found["images"], found["source"]) == (len(labels), mnist.source)
    assert json.loads(json.dumps(found, allow_nan=False)) == found


@pytest.mark.parametrize("kind", CELLS)
@pytest.mark.parametrize("hidden", [8, 512])
def test_answers_after_every_row_are_those_of_pytorch(kind, hidden):
    reader, test = a_reader(kind, hidden)[0], digits(520 if hidden == 8 else 40, 3)  # more than one chunk, or few
    found, logits = answers(reader, test.images, test.labels), rows_of_torch(reader, test.images).logits
    np.testing.assert_allclose(found.logits, logits[:, -1], atol=1e-5)
    np.testing.assert_allclose(found.probabilities, torch.from_numpy(logits[:, -1]).softmax(1).numpy(), atol=1e-5)
    top = np.sort(logits, 2)
    clear = (top[..., -1] - top[..., -2]).T > 1e-4  # elsewhere rounding decides
    np.testing.assert_array_equal(found.by_row[clear], logits.argmax(2).T[clear])


@pytest.mark.parametrize("kind", CELLS)
def test_states_of_many_images_are_those_of_each_traced_alone(kind):
    reader, frames = a_reader(kind)[0], np.random.default_rng(0).random((3, 28, 28)).astype(np.float32)
    traces = [trace(reader, frame) for frame in frames]
    for row in read_rows(reader, frames):
        for letter, layers in row.states.items():
            expected = np.stack([traced.states()[letter][:, row.row] for traced in traces], 1)
            np.testing.assert_allclose(np.stack(layers), expected, atol=1e-5)


def test_weights_of_any_size_give_numbers():
    reader = a_reader("lstm")[0]
    huge = readers.reader_of({name: array * 1e6 for name, array in reader.arrays.items()})
    assert all(np.isfinite(row.logits).all() for row in read_rows(huge, digits(3, 0).images))


def test_a_digit_is_settled_where_its_trace_says():
    reader, test = readers.load(), digits(20, 5)
    found = answers(reader, test.images, test.labels)
    expected = [decision(trace(reader, image / np.float32(255))).settled for image in test.images]
    assert found.settled.tolist() == expected
    assert figures.settled_by_row(found) == pytest.approx([np.mean(np.array(expected) <= t) for t in range(28)])


def test_accuracy_by_row_counts_the_answers_of_that_row_alone():
    found = answered([[3, 3, 5, 3], [1, 2, 2, 2], [7]], [3, 2, 7])
    assert figures.by_row(found)[-4:] == pytest.approx([2 / 3, 1, 2 / 3, 1])
    assert found.settled.tolist() == [27, 25, 0]
    assert figures.by_row_and_digit(found)[3][-4:] == [1, 1, 0, 1]
    assert figures.by_row_and_digit(found)[0] == [None] * 28
    assert figures.settled_by_digit(found)[2][25] == 1


def test_calibration_error_is_that_of_a_sum_by_hand():
    found = by_hand([0.85, 0.85, 0.65, 0.65], [True, False, True, True])
    calibration = figures.calibration(found, bins=10)
    assert calibration["expected_calibration_error"] == pytest.approx((2 * 0.35 + 2 * 0.35) / 4)
    filled = {row["low"]: row for row in calibration["bins"] if row["count"]}
    assert filled == {
        0.6: {"low": 0.6, "high": 0.7, "count": 2, "confidence": pytest.approx(0.65), "accuracy": 1.0},
        0.8: {"low": 0.8, "high": 0.9, "count": 2, "confidence": pytest.approx(0.85), "accuracy": 0.5},
    }
    assert {row["accuracy"] for row in calibration["bins"] if not row["count"]} == {None}


@given(st.integers(1, 20_000).flatmap(lambda count: st.tuples(st.integers(0, count), st.just(count))))
def test_the_interval_ends_where_the_accuracy_seen_is_just_within_reach(case):
    right, count = case
    low, high = figures.wilson(right, count)
    assert 0 <= low <= right / count <= high <= 1
    for end in (low, high):
        reach = 1.959964 * np.sqrt(end * (1 - end) / count)
        assert abs(end - right / count) == pytest.approx(reach, abs=1e-9)


def test_a_digit_never_answered_has_no_precision():
    found = answered([[1], [1]], [1, 2])
    rows = figures.per_digit(found)
    assert rows[2] == {"digit": 2, "images": 1, "precision": None, "recall": 0.0}
    assert rows[1] == {"digit": 1, "images": 1, "precision": 0.5, "recall": 1.0}
    assert rows[5]["recall"] is None
    assert figures.confusions(found) == [{"truth": 2, "answer": 1, "images": 1}]


def test_mistakes_come_surest_first():
    found = by_hand([0.5, 0.9, 0.7, 0.8, 0.6], [False, False, True, True, False])
    assert mistakes(found).tolist() == mistakes(found, "digit").tolist() == [1, 4, 0]
    assert mistakes(found, "loss").tolist()[0] == 1
    assert cell(found, 0, 1).tolist() == [1, 4, 0]
    assert hardest_right(found).tolist() == [2, 3]
    with pytest.raises(DataError, match="choose confidence, loss or digit"):
        mistakes(found, "colour")


def test_drawings_of_ones_own_have_the_same_figures():
    reader, test = readers.load(), digits(30, 1)
    frames = (test.images / 255).astype(np.float32)
    drawings = figures.evaluate_drawings_json(reader, frames, test.labels)
    assert drawings == figures.evaluate_json(reader, Mnist(test, test, "subset", "")) | {"source": "drawings"}


@pytest.mark.parametrize("labels", [[], [10], [-1], [0.5], [0, 1]])
def test_labels_that_do_not_fit_are_refused(labels):
    with pytest.raises(DataError):
        answers(a_reader("rnn")[0], np.zeros((len(labels) or 1, 28, 28))[:1], np.array(labels))


@pytest.mark.parametrize("frames", [np.zeros((1, 28, 27)), np.full((1, 28, 28), np.nan), np.full((1, 28, 28), 2.0)])
def test_frames_that_are_none_are_refused(frames):
    with pytest.raises(DrawingError):
        answers(a_reader("rnn")[0], frames, np.array([0]))
