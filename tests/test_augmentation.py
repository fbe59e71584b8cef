import pytest
import torch

from core.training.augmentation import augment, sample_noise

OTHERS = torch.full((64,), 4)
"""Labels of digits that get no upstroke."""


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def strokes():
    """64 upright strokes, three pixels wide."""
    x = torch.zeros(64, 28, 28)
    x[:, 5:23, 13:16] = 1
    return x


def test_none_leaves_the_images_as_they_are(strokes):
    assert augment(strokes, OTHERS, "none", sample_noise(64, "none", generator())) is strokes


@pytest.mark.parametrize("kind", ["affine", "full"])
def test_images_stay_in_0_to_1_and_each_is_deformed_differently(strokes, kind):
    changed = augment(strokes, OTHERS, kind, sample_noise(64, kind, generator()))
    assert changed.shape == strokes.shape
    assert changed.min() >= 0
    assert changed.max() <= 1
    assert len({image.numpy().tobytes() for image in changed}) == 64
    assert torch.equal(changed, augment(strokes, OTHERS, kind, sample_noise(64, kind, generator())))
    assert not torch.equal(changed, augment(strokes, OTHERS, kind, sample_noise(64, kind, generator(1))))


@pytest.mark.parametrize("kind", ["affine", "full"])
def test_digit_stays_within_the_frame(strokes, kind):
    ink = augment(strokes, OTHERS, kind, sample_noise(64, kind, generator())).sum((1, 2))
    assert (ink > 0.4 * strokes[0].sum()).all()
    border = augment(strokes, OTHERS, kind, sample_noise(64, kind, generator()))[:, [0, -1]].sum((1, 2))
    assert border.mean() < 0.02 * strokes[0].sum()


def test_full_makes_strokes_both_thinner_and_bolder_than_they_were(strokes):
    ink = augment(strokes, OTHERS, "full", sample_noise(64, "full", generator())).sum((1, 2)) / strokes[0].sum()
    assert ink.min() < 0.75
    assert ink.max() > 1.25
    assert 0.85 < ink.mean() < 1.15


def test_affine_moves_turns_and_slants_around_the_middle(strokes):
    changed = augment(strokes, OTHERS, "affine", sample_noise(64, "affine", generator()))
    rows, columns = torch.arange(28.0), torch.arange(28.0)
    mass = changed.sum((1, 2))
    down, right = (changed.sum(2) @ rows) / mass, (changed.sum(1) @ columns) / mass
    assert abs(down.mean() - 13.5) < 0.6
    assert abs(right.mean() - 14) < 0.6
    assert down.std() > 0.5
    assert right.std() > 0.5


def marked(x, label):
    """The digits of a label, the first half of them chosen for a further stroke, nothing else done to them."""
    noise = torch.zeros(len(x), sample_noise(1, "full", generator()).shape[1])
    noise[:32, -5], noise[32:, -5] = -1, 1
    return augment(x, torch.full((len(x),), label), "full", noise)


def test_some_ones_get_an_upstroke_to_the_left_and_stay_centred(strokes):
    ones, plain = marked(strokes, 1), marked(strokes, 4)
    assert torch.equal(ones[32:], plain[32:])
    assert (ones[:32].sum((1, 2)) > plain[:32].sum((1, 2)) + 5).all()
    columns = torch.arange(28.0)
    centre = (ones.sum(1) @ columns) / ones.sum((1, 2))
    torch.testing.assert_close(centre[:32], centre[32:], atol=0.5, rtol=0)
    reach = torch.stack([image.amax(0).nonzero()[0, 0] for image in ones])
    assert (reach[:32] < reach[32:] - 2).all()


def test_some_sevens_get_a_bar_across_the_middle_of_their_shaft(strokes):
    sevens, plain = marked(strokes, 7), marked(strokes, 4)
    assert torch.equal(sevens[32:], plain[32:])
    more = (sevens[:32] - plain[:32]).clamp(min=0) > 0.5
    rows, columns = more.any(2).nonzero()[:, 1], more.any(1).nonzero()[:, 1]
    assert rows.min() >= 9
    assert rows.max() <= 19
    assert columns.min() <= 11
    assert columns.max() >= 16
