"""Why an answer is doubted: no digit, an unlike one, unsure; and how what tells digits from others is trained."""

from dataclasses import replace

import numpy as np
import pytest

from core.digits import data, pen_digits
from core.digits.drawing import from_strokes
from core.errors import DataError, WeightsError
from core.reading import doubt, readers
from core.reading.tracing import read
from core.training import discrimination, habits, outliers
from tests.test_ood import HOUSE, THREE, M

SURE = np.full(10, 0.001) + 0.99 * (np.arange(10) == 3)


def frames_of(digits: list) -> np.ndarray:
    return np.stack([from_strokes([np.asarray(path) * 200 for path in strokes]).pixels for strokes in digits])


def test_digit_that_is_named_with_certainty_is_not_doubted():
    assert doubt.doubt(from_strokes(THREE), SURE) == ""
    assert doubt.doubt(from_strokes(THREE), np.full(10, 0.1)) == "unsure"


def test_letter_and_house_are_no_digits_however_certain_the_answer_is():
    assert doubt.doubt(from_strokes(M), SURE) == "no_digit"
    assert doubt.doubt(from_strokes(HOUSE), SURE) == "no_digit"


def test_what_a_picture_shows_is_told_before_what_the_networks_say():
    assert doubt.doubt(replace(from_strokes(M), notes=("tones",)), SURE) == "tones"


def test_zero_with_a_slash_is_unlike_mnists_but_a_digit():
    found, draw = pen_digits.load(), np.random.default_rng(0)
    zeros = [strokes for digit, strokes in zip(found.digits, found.strokes(), strict=True) if digit == 0][:60]
    doubts = [doubt.doubt(from_strokes(habits.slashed(zero, draw)), SURE) for zero in zeros]
    assert doubts.count("unlike") > 20
    assert doubts.count("no_digit") < 5


def test_most_of_what_is_composed_otherwise_than_in_training_is_told_and_hardly_a_digit_is():
    none = frames_of(outliers.compose(400, np.random.default_rng(77)))
    assert doubt.show_no_digit(none).mean() > 0.85
    digits = data.load().test
    assert doubt.show_no_digit(digits.images[:2000] / 255).mean() < 0.006
    written = [strokes for _, strokes in zip(range(1000), pen_digits.load().strokes(), strict=False)]
    assert doubt.show_no_digit(frames_of(written)).mean() < 0.003


def test_reader_of_ten_digits_is_not_asked_for_two_answers_and_the_other_way_round():
    with pytest.raises(WeightsError, match="into 10 classes"):
        doubt.probabilities(readers.load(), np.zeros((1, 28, 28), np.float32))
    with pytest.raises(WeightsError, match="into 2 classes"):
        read(doubt._discriminator(), np.zeros((1, 28, 28), np.float32))


def test_training_tells_digits_from_others_and_says_so_of_as_many_digits_as_are_allowed():
    mnist = data.load()
    learned = discrimination.train(mnist, steps=120, drawn=2000)
    digits = doubt.probabilities(learned, mnist.test.images[:500] / np.float32(255))
    none = doubt.probabilities(learned, frames_of(outliers.compose(200, np.random.default_rng(5))))
    assert (digits[:, None] < none[None]).mean() > 0.9  # the area under the ROC curve
    held = mnist.train.images[-min(5000, len(mnist.train) // 4) :] / np.float32(255)
    above = doubt.probabilities(learned, held) > learned.card["limit"]
    assert above.mean() == pytest.approx(1 - doubt.WITHIN, abs=1 / len(held))


def test_training_is_refused_without_the_full_set(tiny_mnist, tmp_path):
    with pytest.raises(DataError, match="python -m core download"):
        discrimination.write(tiny_mnist, tmp_path / "discriminator.safetensors")
    assert list(tmp_path.iterdir()) == []
