"""Every digit of a picture is cut out and read by itself, in reading order; a single one stays whole, in any pieces."""

import numpy as np
import pytest

from core.digits import data
from core.digits.boxes import Box
from core.digits.cutting import cut, cut_all
from core.digits.drawing import ink
from core.digits.pictures import decode, from_picture
from core.errors import DrawingError
from core.reading import readers
from core.reading.tracing import read
from tests.picture_kinds import KINDS, SEVERAL, between, enlarged, png

SEED = 4
PICTURES = 6  # of each kind


@pytest.fixture(scope="module")
def digits() -> tuple[np.ndarray, np.ndarray]:
    """Test images that the reader reads right as they are."""
    test = data.load().test
    images, labels = test.images[:60], test.labels[:60]
    right = read(readers.load(), images.astype(np.float32) / 255).argmax(1) == labels
    return images[right], labels[right]


def picture_of(strokes, width: float = 16, side: int = 400) -> bytes:
    return png(1 - ink([np.array(stroke, float) for stroke in strokes], width / 2, side))


@pytest.mark.parametrize("name", SEVERAL)
def test_several_digits_are_read_one_by_one(digits, name):
    images, labels = digits
    draw, right, total, place = np.random.default_rng(SEED), 0, 0, 0
    for count in (2, 3, 4, 5, 6, 2):
        content = SEVERAL[name](list(images[place : place + count]), draw)
        frames = cut_all(decode(content))
        assert len(frames) == count
        assert all(frame.notes == ("several",) for frame in frames)
        answers = read(readers.load(), np.stack([frame.pixels for frame in frames])).argmax(1)
        right += int((answers == labels[place : place + count]).sum())
        total, place = total + count, place + count
    assert right >= 0.9 * total


@pytest.mark.parametrize("name", KINDS)
def test_a_single_digit_is_one(digits, name):
    draw = np.random.default_rng(SEED)
    assert [len(cut_all(decode(KINDS[name](image, draw)))) for image in digits[0][:PICTURES]] == [1] * PICTURES


FLAG, FIVE = [(150, 60), (230, 60)], [(140, 80), (135, 160), (200, 150), (235, 200), (190, 270), (130, 255)]
ONE, ITS_FLAG, ITS_BASE = [(200, 80), (200, 300)], [(165, 125), (180, 100)], [(160, 322), (240, 322)]
LEFT, BAR, RIGHT = [(140, 60), (110, 175)], [(128, 200), (228, 200)], [(255, 80), (250, 220)]
TOP, BOTTOM = (
    [(160, 90), (240, 80), (250, 130), (170, 150), (158, 95)],
    [(200, 250), (130, 290), (140, 350), (260, 300)],
)
CRUMB = [(205, 200), (210, 215)]
HOOK, STEM = [(120, 60), (100, 180), (178, 185)], [(205, 60), (200, 300)]


@pytest.mark.parametrize(
    "strokes",
    [[FLAG, FIVE], [ONE, ITS_FLAG], [ONE, ITS_FLAG, ITS_BASE], [HOOK, STEM], [LEFT, BAR, RIGHT], [TOP, BOTTOM, CRUMB]],
    ids=[
        *("five, its flag apart", "one, its flag apart", "one with flag and base", "four, open"),
        *("four, its bar apart", "eight, its loops and a crumb apart"),
    ],
)
def test_a_digit_of_several_strokes_is_one(strokes):
    assert len(cut_all(decode(picture_of(strokes)))) == 1


def test_boxes_lie_around_the_digits_in_the_pixels_of_the_file(digits):
    strip = np.full((900, 1600), 0.95)
    places = [(100, 200), (700, 300), (1200, 250)]
    for image, (left, top) in zip(digits[0], places, strict=False):
        strip[top : top + 280, left : left + 280] = between(enlarged(image), 0.95, 0.1)
    boxes = [frame.box for frame in cut_all(decode(png(strip)))]
    for box, (left, top) in zip(boxes, places, strict=True):
        assert box is not None
        inside = strip[box.top : box.bottom, box.left : box.right]
        whole = strip[top : top + 280, left : left + 280]
        assert (inside < 0.5).sum() == (whole < 0.5).sum()
        assert inside.size < 1.7 * whole.size


def test_more_digits_than_are_read_are_told(digits):
    sheet = np.vstack([np.hstack([enlarged(image, 80) for image in digits[0][:5]]) for _ in range(5)])
    with pytest.raises(DrawingError, match=r"25 shapes.*at most 24"):
        from_picture(png(between(sheet, 0.95, 0.1)))


def test_what_a_frame_by_hand_holds_is_read(digits):
    images, labels = digits
    picture = decode(png(between(np.hstack([enlarged(images[0]), enlarged(images[1])]), 0.95, 0.1)))
    frames = [cut(picture, box) for box in (Box(0, 0, 280, 280), Box(285, 5, 700, 275))]
    assert frames[1].box == Box(285, 5, 560, 275)
    assert read(readers.load(), np.stack([frame.pixels for frame in frames])).argmax(1).tolist() == labels[:2].tolist()


def test_a_frame_by_hand_that_holds_nothing_is_told(digits):
    picture = decode(png(between(np.pad(enlarged(digits[0][0]), 200), 0.95, 0.1)))
    with pytest.raises(DrawingError, match="stands out"):
        cut(picture, Box(0, 0, 150, 150))
    with pytest.raises(DrawingError, match="too little"):
        cut(picture, Box(300, 300, 303, 303))
