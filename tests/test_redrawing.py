"""Pen digits drawn anew: placed and inked as a drawing is, readable, repeatable, and shared among processes."""

import numpy as np
import pytest
import torch

from core.digits import drawing, pen_digits
from core.reading import readers
from core.reading.tracing import read
from core.training import habits, redrawing, strokes
from core.training.redrawing import PenDigitMix, pen_rows, redraw, sample_noise

CPU = torch.device("cpu")
FRACTION = 0.3


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def bank():
    return redrawing.bank(CPU, habits=160)


@pytest.fixture
def mix(bank):
    mix = PenDigitMix(FRACTION, CPU)
    mix.bank = bank
    return mix


def plain(index, bank):
    """Noise that leaves the digits of these places as they were written, but for the slant of all."""
    noise = torch.zeros(len(index), sample_noise(1, generator()).shape[1])
    noise[:, 0] = (torch.as_tensor(index) + 0.5) / len(bank.digits) * 2 - 1
    noise[:, 1] = -redrawing._SMOOTH[0] / redrawing._SMOOTH[1]
    noise[:, -3 - 1] = -redrawing._SLANT[0] / redrawing._SLANT[1]
    return noise


def test_digit_without_noise_is_what_drawing_makes_of_its_strokes(bank):
    index = list(range(0, 7000, 100))
    images, labels = redraw(bank, plain(index, bank))
    found = pen_digits.load()
    every = list(found.strokes())
    expected = np.stack([drawing.from_strokes(every[at]).pixels for at in index])
    assert labels.tolist() == found.digits[index].tolist()
    difference = np.abs(np.subtract(images.numpy(), expected))
    assert difference.mean() < 0.03  # ink covers 0.13 of the frame
    # placed by the path's centre in place of the ink's: where a pen goes the same way twice, they differ
    centres = [[drawing.centre_of_mass(image) for image in several] for several in (images.numpy(), expected)]
    distances = np.linalg.norm(np.diff(centres, axis=0)[0], axis=1)
    assert np.median(distances) < 0.35
    assert distances.max() < 1.6


def test_images_stay_in_0_to_1_and_within_the_frame_and_each_is_drawn_differently(bank):
    images, labels = redraw(bank, sample_noise(500, generator()))
    assert images.shape == (500, 28, 28)
    assert images.dtype == torch.float32
    assert images.min() >= 0
    assert images.max() <= 1
    assert images[:, [0, -1]].sum() + images[:, :, [0, -1]].sum() < 0.01 * images.sum()
    assert len({image.numpy().tobytes() for image in images}) == 500
    assert sorted(set(labels.tolist())) == list(range(10))


def test_same_noise_draws_the_same_and_other_noise_something_else(bank):
    first, again, other = (redraw(bank, sample_noise(20, generator(seed)))[0] for seed in (0, 0, 1))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_pens_are_of_all_widths_and_mnists_in_the_middle(bank):
    noise = plain([5] * 3, bank)
    noise[:, -3] = torch.tensor([-1.0, 0.0, 1.0])
    ink = redraw(bank, noise)[0].sum((1, 2))
    assert ink[0] < 0.75 * ink[1]
    assert ink[2] > 1.25 * ink[1]


def test_shipped_reader_reads_most_of_what_is_drawn(bank):
    """Drawn so strangely that nine in ten could not be read, they would teach nothing."""
    images, labels = redraw(bank, sample_noise(1000, generator()))
    right = read(readers.load(), images.numpy()).argmax(1) == labels.numpy()
    assert right.mean() > 0.85


def test_writers_can_be_left_out(bank):
    found = pen_digits.load()
    fewer = redrawing.bank(CPU, without=(3, 7), habits=0)
    assert len(fewer.digits) == len(found) - np.isin(found.writers, (3, 7)).sum()


def test_composed_digits_are_of_their_habits_and_differ():
    zero = [np.stack([np.cos(np.linspace(0, 6.3, 40)), np.sin(np.linspace(0, 6.3, 40))], 1)]
    labels, digits = habits.compose(80, [zero], np.random.default_rng(0))
    assert set(labels) == {0, 1, 3, 4, 5, 7, 8, 9}
    assert all(len(strokes) == 2 for label, strokes in zip(labels, digits, strict=True) if label == 0)
    assert len({np.concatenate(strokes).tobytes() for strokes in digits}) == 80
    assert all(np.isfinite(np.concatenate(strokes)).all() for strokes in digits)


def test_smooth_stroke_goes_through_its_points_without_a_corner():
    points = np.random.default_rng(0).uniform(size=(6, 2))
    path = strokes.through(points)
    np.testing.assert_allclose(path[::8], points, atol=1e-12)
    steps = np.diff(strokes.through(np.stack([np.cos(np.arange(7)), np.sin(np.arange(7))], 1)), axis=0)
    turns = np.degrees(np.diff(np.unwrap(np.arctan2(*steps.T))))
    assert np.abs(turns).max() < 20  # of a circle in seven points, whose chords turn by 57 degrees


def test_turn_goes_so_far_round_the_unit_circle_either_way():
    draw = np.random.default_rng(0)
    ways = set()
    for _ in range(20):
        path = strokes.turn(30, 330, draw)
        angles = np.degrees(np.unwrap(np.arctan2(path[:, 1], path[:, 0])))
        assert angles[0] == pytest.approx(30)
        assert abs(angles[-1] - angles[0]) == pytest.approx(330)
        assert np.abs(np.hypot(*path.T) - 1).max() < 0.151
        ways.add(angles[-1] > angles[0])
    assert ways == {True, False}


@pytest.mark.parametrize("count", [1, 7, 100])
@pytest.mark.parametrize("fraction", [0.0, 0.25, 0.3, 0.9])
def test_rows_of_a_batch_are_evenly_spread(count, fraction):
    rows = pen_rows(count, fraction)
    assert len(rows) == int(count * fraction + 1e-9)
    for start in range(0, count - 10, 10):
        assert abs(sum(start <= row < start + 10 for row in rows) - 10 * fraction) <= 1


def test_mix_replaces_its_rows_alone_with_digits_and_their_labels(mix):
    x, labels = torch.full((100, 28, 28), 0.5), torch.full((100,), 10)
    mixed, answers = mix.mix(x, labels, 100, slice(0, 100), generator())
    rows = torch.zeros(100, dtype=torch.bool)
    rows[list(pen_rows(100, FRACTION))] = True
    assert (mixed[~rows] == 0.5).all()
    assert (answers[~rows] == 10).all()
    drawn, digits = redraw(mix.bank, sample_noise(30, generator()))
    assert torch.equal(mixed[rows], drawn)
    assert torch.equal(answers[rows], digits)
    assert (x == 0.5).all()


def test_nothing_is_loaded_and_no_noise_drawn_where_no_pen_digits_are_asked_for():
    mix, numbers = PenDigitMix(0.0, CPU), generator()
    x, labels = torch.zeros(5, 28, 28), torch.zeros(5, dtype=torch.long)
    assert mix.mix(x, labels, 5, slice(0, 5), numbers) == (x, labels)
    assert mix.bank is None
    assert torch.equal(numbers.get_state(), generator().get_state())


@pytest.mark.parametrize("parts", [2, 3, 60])
def test_processes_that_share_a_batch_draw_together_what_one_draws_alone(mix, parts):
    x, labels = torch.rand(50, 28, 28), torch.arange(50)
    whole = mix.mix(x, labels, 50, slice(0, 50), generator())
    shards = [slice(50 * part // parts, 50 * (part + 1) // parts) for part in range(parts)]
    generators = [generator() for _ in shards]
    drawn = [mix.mix(x[s], labels[s], 50, s, g) for s, g in zip(shards, generators, strict=True)]
    for one, several in zip(whole, zip(*drawn, strict=True), strict=True):
        torch.testing.assert_close(torch.cat(several), one)
    assert len({g.get_state().numpy().tobytes() for g in generators}) == 1
