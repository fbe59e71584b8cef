"""A person's own digits are kept whole: by several writers at once, once each, and not where a line is damaged."""

import json
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from core.digits.drawing import from_strokes
from core.errors import DrawingError, StoreError
from core.runs import drawings
from core.runs.drawings import Drawings
from core.runs.store import Store
from dashboard import samples


@pytest.fixture
def kept(runs_folder) -> Drawings:
    return Drawings(Store())


def a_record(digit: str, width: float = 18) -> dict:
    return {"strokes": samples.strokes(digit), "width": width, "size": 280}


def test_a_digit_that_is_kept_is_the_frame_that_was_drawn(kept):
    assert kept.all() == []
    kept.keep(a_record("7"), 7)
    [drawing] = kept.all()
    assert drawing.digit == 7
    np.testing.assert_allclose(drawing.pixels, from_strokes(samples.strokes("7"), 18, 280).pixels, atol=0.1)
    assert kept.digit_of(drawing.id) == 7
    assert kept.digit_of("another") is None


def test_another_right_answer_takes_the_place_of_the_first(kept):
    assert kept.keep(a_record("7"), 7) == kept.keep(a_record("7"), 1)
    assert [drawing.digit for drawing in kept.all()] == [1]


def test_digits_go_one_by_one(kept):
    ids = [kept.keep(a_record(digit), int(digit)) for digit in "123"]
    kept.remove([ids[1], "another"])
    assert [drawing.digit for drawing in kept.all()] == [1, 3]


def test_an_export_can_be_taken_back_once(kept, tmp_path):
    for digit in "05":
        kept.keep(a_record(digit), int(digit))
    text, other = kept.text(), Drawings(Store(tmp_path / "other"))
    assert other.take(text) == 2
    assert other.take(text) == 0
    assert other.text() == text


def test_a_line_without_an_id_is_taken_as_the_command_line_has_it(kept):
    assert kept.take(json.dumps({"strokes": samples.strokes("4"), "digit": 4}) + "\n\n") == 1
    assert [drawing.digit for drawing in kept.all()] == [4]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "line 2 is not valid JSON"),
        ("[]", "line 2: write what it is"),
        ('{"strokes": [[[1, 2]]], "digit": 10}', "line 2: write what it is"),
        ('{"strokes": [[[1, 2]]], "digit": true}', "line 2: write what it is"),
        ('{"digit": 3, "image": "a.png"}', "line 2 has no strokes"),
        ('{"digit": 3, "strokes": "abc"}', "line 2: Strokes are lists of points"),
        ('{"digit": 3, "strokes": [[[1, 2]]], "width": -1}', "line 2: The pen width is -1"),
    ],
)
def test_of_a_file_with_a_wrong_line_nothing_is_taken(kept, line, message):
    good = json.dumps({**a_record("4"), "digit": 4})
    with pytest.raises(DrawingError, match=message):
        kept.take(f"{good}\n{line}\n")
    assert kept.all() == []


def test_an_empty_file_holds_no_drawing(kept):
    with pytest.raises(DrawingError, match="holds no drawing"):
        kept.take("\n")


def test_writers_that_come_at_once_lose_nothing(kept):
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda width: Drawings(Store()).keep(a_record("3", width), 3), range(1, 21)))
    assert len(kept.all()) == 20


def test_more_than_fit_are_refused(kept, monkeypatch):
    monkeypatch.setattr(drawings, "MOST", 2)
    for digit in "12":
        kept.keep(a_record(digit), int(digit))
    with pytest.raises(StoreError, match="2 digits are kept here at most"):
        kept.keep(a_record("3"), 3)
    assert len(kept.all()) == 2


def test_the_file_is_one_that_the_command_line_evaluates(kept, capsys):
    from core.__main__ import main

    kept.keep(a_record("7"), 7)
    assert main(["evaluate", "--drawings", str(kept.path)]) == 0
    assert json.loads(capsys.readouterr().out)["images"] == 1
