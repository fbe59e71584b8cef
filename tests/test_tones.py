"""What lies between a digit's strokes is told from its ink and its paper."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.digits.pictures import from_picture
from core.digits.tones import THIRD, has_third
from core.errors import DrawingError
from tests.non_digits import face

FACES = 20
SIDE = 200
Y, X = np.mgrid[-1 : 1 : SIDE * 1j, -1 : 1 : SIDE * 1j]
RADIUS = np.hypot(Y, X)
RING = ((RADIUS > 0.45) & (RADIUS < 0.6)).astype(np.float32)
WITHIN = RADIUS < 0.45
levels = st.floats(0, 1)


def picture(paper: float, ink: float, within: float, light: float = 0.0) -> np.ndarray:
    """A nought whose inside has a tone of its own, lit from one side: the paper is so much brighter on the right."""
    return np.where(RING > 0, ink, np.where(WITHIN, within, paper)) + light * X


@given(levels, levels, levels)
@settings(max_examples=50, deadline=None)
def test_a_tone_within_the_ink_counts_by_its_distance_from_the_paper(paper, ink, within):
    apart, off = abs(paper - ink), abs(paper - within)
    if abs(off - THIRD * apart) > 1e-3:
        assert has_third(RING, picture(paper, ink, within)) == (off > THIRD * apart)


@pytest.mark.parametrize("light", [-0.3, 0.1, 0.4])
def test_light_from_one_side_is_no_third_tone(light):
    assert not has_third(RING, picture(0.6, 0.1, 0.6, light))
    assert has_third(RING, picture(0.6, 0.1, 0.35, light))


def test_a_shadow_whose_edge_runs_through_the_digit_is_no_third_tone():
    assert not has_third(RING, picture(0.8, 0.2, 0.8) - 0.25 * (X + 0.3 * Y > 0.1))


def test_what_has_no_paper_around_it_has_no_third_tone():
    middle = slice(38, 162)  # to the very ink
    assert not has_third(RING[middle, middle], picture(0.9, 0.1, 0.9)[middle, middle])


def test_most_faces_are_refused_or_said_to_be_perhaps_no_digit():
    draw, told = np.random.default_rng(4), 0
    for _ in range(FACES):
        try:
            told += "tones" in from_picture(face(draw)).notes
        except DrawingError:
            told += 1
    assert told > FACES / 2
