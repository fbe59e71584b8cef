"""Strokes become the frame that MNIST would have, wherever, however large and with whatever pen they are drawn."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.digits.drawing import PEN_RADIUS, centre_of_mass, from_canvas, from_pixels, from_strokes, ink
from core.digits.records import from_record
from core.errors import DrawingError

SEVEN = [[(60, 60), (200, 60), (120, 220)]]
FIVE = [[(190, 50), (90, 55), (85, 130), (150, 120), (190, 170), (140, 230), (80, 215)], [(90, 55), (190, 50)]]


@st.composite
def drawings(draw) -> list[list[tuple[float, float]]]:
    """One to four strokes of up to 30 points on a canvas of 280, together at least a fifth of it wide or high."""
    places = st.tuples(st.floats(5, 275), st.floats(5, 275))
    strokes = draw(st.lists(st.lists(places, min_size=1, max_size=30), min_size=1, max_size=4))
    strokes[0] += [(40.0, 60.0), (180.0, 200.0)]
    return strokes


def moved(strokes, scale: float, dx: float, dy: float):
    return [[(scale * x + dx, scale * y + dy) for x, y in stroke] for stroke in strokes]


@given(drawings())
@settings(max_examples=60)
def test_pixels_lie_between_paper_and_ink(strokes):
    pixels = from_strokes(strokes).pixels
    assert pixels.shape == (28, 28)
    assert pixels.dtype == np.float32
    assert pixels.min() >= 0
    assert 0.99 < pixels.max() <= 1


@given(drawings(), st.floats(0.3, 3), st.floats(-300, 300), st.floats(-300, 300))
@settings(max_examples=60)
def test_place_and_size_leave_no_trace(strokes, scale, dx, dy):
    frame = from_strokes(strokes).pixels
    other = from_strokes(moved(strokes, scale, dx, dy)).pixels
    # a rounding to the next sixteenth of a pixel, or one more point that is dropped, moves an edge a little
    assert np.abs(frame - other).max() < 0.2
    assert np.abs(frame - other).mean() < 0.01


@given(drawings(), st.integers(1, 60))
@settings(max_examples=30)
def test_width_of_the_canvas_pen_leaves_no_trace(strokes, width):
    assert np.array_equal(from_strokes(strokes, width=20).pixels, from_strokes(strokes, width=width).pixels)


@given(drawings())
@settings(max_examples=60)
def test_ink_is_centred_by_mass_and_stays_inside(strokes):
    frame = from_strokes(strokes)
    assert frame.strokes is not None
    x, y = centre_of_mass(frame.pixels)
    whole = ink([stroke + 28 for stroke in frame.strokes], side=84)  # the same with room on every side
    assert whole.sum() == pytest.approx(frame.pixels.sum(), rel=1e-4)
    touches = max(np.abs(np.concatenate(frame.strokes) - 14).max(0)) > 14 - PEN_RADIUS - 0.6
    assert touches or (abs(x - 14.5) < 0.5 and abs(y - 14.5) < 0.5)


def test_longer_side_is_twenty_pixels_of_ink():
    for strokes in (SEVEN, FIVE, [[(10, 10), (10, 200)]], [[(10, 10), (250, 12)]]):
        half = from_strokes(strokes).pixels > 0.5
        assert max(half.any(0).sum(), half.any(1).sum()) in (19, 20, 21)


def test_ink_is_the_distance_to_the_path():
    path = np.array([(4.0, 5.0), (20.0, 9.0), (11.0, 22.0)])
    along = np.concatenate([a + (b - a) * np.linspace(0, 1, 4000)[:, None] for a, b in pairwise(path)])
    y, x = np.mgrid[:28, :28] + 0.5
    nearest = np.hypot(x[..., None] - along[:, 0], y[..., None] - along[:, 1]).min(-1)
    assert np.abs(ink([path]) - np.clip(PEN_RADIUS + 0.5 - nearest, 0, 1)).max() < 1e-3


def test_ink_of_a_dot_is_a_disc():
    disc = ink([np.array([[14.0, 14.0]])], radius=3)
    assert disc.sum() == pytest.approx(np.pi * 9, rel=0.02)
    assert np.array_equal(disc, disc.T)


def test_transform_leads_from_the_canvas_to_the_frame():
    frame = from_strokes(SEVEN)
    assert frame.transform is not None
    assert frame.strokes is not None
    scale, dx, dy = frame.transform
    expected = np.array(SEVEN[0]) * scale + (dx, dy)
    assert np.abs(frame.strokes[0][[0, -1]] - expected[[0, -1]]).max() <= 1 / 32


def test_dot_is_drawn_as_a_dot_and_said():
    frame = from_strokes([[(100, 100)]])
    assert frame.notes == ("dot",)
    assert 3 < frame.pixels.sum() < 8


def test_pen_as_wide_as_the_digit_is_said():
    assert from_strokes(moved(SEVEN, 0.3, 0, 0), width=32).notes == ("blob",)
    assert from_strokes(SEVEN, width=20).notes == ()


def test_duplicate_points_change_nothing():
    twice = [[point for point in stroke for _ in range(3)] for stroke in FIVE]
    assert np.array_equal(from_strokes(FIVE).pixels, from_strokes(twice).pixels)


def test_scribble_over_everything_is_still_a_frame():
    random = np.random.default_rng(0)
    pixels = from_strokes([random.uniform(0, 280, (4000, 2)).tolist()]).pixels
    assert pixels.mean() > 0.3
    assert pixels.max() <= 1


@pytest.mark.parametrize(
    ("strokes", "word"),
    [
        ([], "Nothing is drawn"),
        ([[]], "Nothing is drawn"),
        ([[(1, float("nan"))]], "no number"),
        ([[(1, float("inf"))]], "no number"),
        ([[(1, 2), (1e300, 2)]], "no number"),
        ([[(1, 2, 3), (4, 5, 6)]], "lists of points"),
        ([(1, 2), (3, 4)], "lists of points"),
        ([["a", "b"]], "lists of points"),
        ("strokes", "lists of points"),
        (None, "lists of points"),
        (7, "lists of points"),
        ({"a": 1}, "lists of points"),
        ([[(0, 0)] * 20_001], "20,000 points"),
    ],
)
def test_strokes_that_are_none_are_refused_with_a_word(strokes, word):
    with pytest.raises(DrawingError, match=word):
        from_strokes(strokes)


@pytest.mark.parametrize("value", [0, -5, float("nan"), float("inf"), "20", None, True])
def test_pen_or_canvas_without_a_size_is_refused(value):
    with pytest.raises(DrawingError, match="pen width"):
        from_strokes(SEVEN, width=value)
    with pytest.raises(DrawingError, match="canvas size"):
        from_strokes(SEVEN, size=value)


def test_fabric_paths_become_strokes():
    drawing = {
        "objects": [
            {"type": "Path", "path": [["M", 10, 10], ["Q", 20, 10, 20, 20], ["L", 20, 30]]},
            {"type": "path", "path": [["M", 1, 1], ["C", 1, 2, 3, 4, 5, 6], ["Z"]]},
            {"type": "Rect", "left": 3},
        ]
    }
    first, second = from_canvas(drawing)
    assert first == [(10, 10), (14.375, 10.625), (17.5, 12.5), (19.375, 15.625), (20, 20), (20, 30)]
    assert second[0] == (1, 1)
    assert second[-1] == (5, 6)
    assert from_canvas({"objects": []}) == from_canvas(None) == []


@pytest.mark.parametrize(
    "drawing",
    [
        {"objects": [{"type": "path", "path": [["Q", 1, 2, 3, 4]]}]},
        {"objects": [{"type": "path", "path": [["M", "x", 2]]}]},
        {"objects": [{"type": "path", "path": [["M", 1]]}]},
        {"objects": [{"type": "path"}]},
        {"objects": [7]},
        [1, 2],
    ],
)
def test_damaged_canvas_is_refused_with_a_word(drawing):
    with pytest.raises(DrawingError, match="draw again"):
        from_canvas(drawing)


def test_record_is_strokes_or_an_image(tmp_path):
    assert np.array_equal(from_record({"strokes": SEVEN}).pixels, from_strokes(SEVEN).pixels)
    for record in ({}, {"strokes": SEVEN, "image": "a.png"}, [], 7, None):
        with pytest.raises(DrawingError, match="one of both"):
            from_record(record)
    with pytest.raises(DrawingError, match="in quotes"):
        from_record({"image": 7})
    with pytest.raises(DrawingError, match="check the path"):
        from_record({"image": "none.png"}, tmp_path)


def test_image_of_mnist_is_taken_as_it_is():
    image = np.arange(784, dtype=np.int64).reshape(28, 28) % 256
    assert np.array_equal(np.rint(from_pixels(image.astype(np.uint8)).pixels * 255), image)
    with pytest.raises(DrawingError, match="28 x 28 uint8"):
        from_pixels(image)
