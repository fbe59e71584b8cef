"""The pen digits of the repository: what they hold, and that a damaged file is refused."""

import gzip
import json
import lzma

import numpy as np
import pytest

from core.digits import pen_digits
from core.errors import DataError

ROWS = [
    {"digit": 7, "writer": 3, "strokes": [[[100, 100], [300, 100], [200, 500]], [[150, 300], [250, 300]]]},
    {"digit": 1, "writer": 30, "strokes": [[[10, 20], [10, 20], [10, 520]]]},
    {"digit": 0, "writer": 1, "strokes": [[[5, 5]]]},
]


@pytest.fixture
def written(tmp_path):
    source = tmp_path / "rows.jsonl.gz"
    source.write_bytes(gzip.compress("\n".join(json.dumps(row) for row in ROWS).encode()))
    return pen_digits.write(source, tmp_path / "digits.xz")


def test_repository_holds_7494_digits_by_30_writers_in_less_than_700_kib():
    found = pen_digits.load()
    assert len(found) == 7494
    assert sorted(set(found.writers.tolist())) == list(range(1, 31))
    assert np.bincount(found.digits, minlength=10).min() > 700
    assert pen_digits.PATH.stat().st_size < 700 * 2**10
    assert "CC BY 4.0" in str(pen_digits.__doc__)
    assert (pen_digits.PATH.parent / "LICENCE.md").exists()


def test_each_digit_of_the_repository_is_255_on_its_longer_side():
    for strokes in pen_digits.load().strokes():
        points = np.concatenate(strokes)
        assert np.ptp(points, 0).max() == pen_digits.SIDE
        assert points.min(0).tolist() == [0, 0]


def test_digits_come_back_scaled_with_their_writers_and_strokes(written):
    found = pen_digits.load(written)
    assert found.digits.tolist() == [7, 1, 0]
    assert found.writers.tolist() == [3, 30, 1]
    seven, one, dot = found.strokes()
    scale = 255 / 400
    assert [path.tolist() for path in seven] == [
        [[0, 0], [round(200 * scale), 0], [round(100 * scale), 255]],
        [[round(50 * scale), round(200 * scale)], [round(150 * scale), round(200 * scale)]],
    ]
    assert [path.tolist() for path in one] == [[[0, 0], [0, 255]]]
    assert [path.tolist() for path in dot] == [[[0, 0]]]


def test_damaged_file_is_refused(written):
    whole = written.read_bytes()
    content = lzma.decompress(whole)
    damaged = [b"", b"no archive", whole[:-20], lzma.compress(b""), lzma.compress(content[:-1])]
    damaged += [lzma.compress(content + b"\0"), lzma.compress(b"other digits 1\n" + content)]
    damaged += [lzma.compress(content[:25] + bytes([20]) + content[26:])]  # the first digit is 20
    damaged += [lzma.compress(bytes(2**23)), bytes(2**21)]
    for case in damaged:
        written.write_bytes(case)
        with pytest.raises(DataError, match=r"digits.xz is not the pen digits: restore it"):
            pen_digits.load(written)


def test_missing_file_is_refused(tmp_path):
    with pytest.raises(DataError, match="restore it"):
        pen_digits.load(tmp_path / "digits.xz")
