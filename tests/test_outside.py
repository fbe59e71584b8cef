"""Whatever comes from outside is read as what it is or refused with one line: no hang, no bomb, no traceback."""

import io
import json
import os
import threading

import numpy as np
import pytest

from core import files, outside
from core.digits import drawing, links, pictures, records
from core.errors import ConfigError, DrawingError, RowByRowError, WeightsError
from core.messages import Message, one_line
from core.reading import readers
from core.training import distributed


def too_large(size: int) -> WeightsError:
    return WeightsError("too large: {size}", size=size)


# ---- one line


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[31mred\x1b[0m\nb", "ared b"),
        ("\x1b]8;;http://example.org\x1b\\link", "link"),
        ("x\u202ey\ud800z", "x y z"),
        ("\ufeffplain 数字", "plain 数字"),
        ("9" * 1000, "9" * 200 + "..." + "9" * 97),
    ],
)
def test_text_from_outside_is_part_of_one_line(text, shown):
    assert one_line(text) == shown
    assert str(Message("{path} is missing", {"path": text})) == f"{shown} is missing"


def test_a_number_of_thousands_of_digits_has_no_text():
    assert "thousands of digits" in str(Message("{n} is too large", {"n": 10**5000}))


# ---- files


def test_only_regular_files_are_read(tmp_path):
    os.mkfifo(tmp_path / "fifo")
    for path in (tmp_path, tmp_path / "fifo", "/dev/zero", "/dev/stdin", "a\0b", "a\ud800b"):
        with pytest.raises(OSError, match=r"folder|regular|name"):
            outside.read_file(path, 10, too_large)
    (tmp_path / "file").write_bytes(b"12345")
    assert outside.read_file(tmp_path / "file", 5, too_large) == b"12345"
    with pytest.raises(WeightsError, match="too large: 5"):
        outside.read_file(tmp_path / "file", 4, too_large)


def test_a_pipe_as_weights_picture_drawings_and_out_is_refused_at_once(tmp_path):
    pipe = tmp_path / "pipe.safetensors"
    os.mkfifo(pipe)
    for act in (
        lambda: readers.load(pipe),
        lambda: pictures.from_file(pipe),
        lambda: records.lines_of(str(pipe)),
        lambda: readers.save(readers.load(), pipe),
    ):
        refused = []

        def attempt(act=act, refused=refused):
            try:
                act()
            except RowByRowError as error:
                refused.append(str(error))

        thread = threading.Thread(target=attempt, daemon=True)  # a reader that waits for a writer would wait for ever
        thread.start()
        thread.join(60)
        assert refused
        assert "regular" in refused[0]


def test_out_follows_a_link_and_replaces_a_file_only_when_forced(tmp_path):
    target, link = tmp_path / "file", tmp_path / "link"
    link.symlink_to(target)
    files.write_out(link, b"one")
    assert (link.is_symlink(), target.read_bytes()) == (True, b"one")
    for path in (link, target):
        with pytest.raises(OSError, match="--force"):
            files.write_out(path, b"two")
    files.write_out(link, b"three", force=True)
    assert (link.is_symlink(), target.read_bytes()) == (True, b"three")


def test_out_is_never_put_in_the_place_of_what_is_no_regular_file(tmp_path):
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    for path in (tmp_path, tmp_path / "fifo", tmp_path / "loop", "/dev/null", tmp_path / "a\0b", tmp_path / "\ud800"):
        with pytest.raises(OSError, match=r"folder|regular|link|name"):
            files.write_out(path, b"content", force=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["fifo", "loop"]


# ---- parsing


HOSTILE = [
    f'{{"strokes": [[[1{"0" * 400}, 2]]]}}',
    f'{{"strokes": [[[1{"0" * 5000}, 2]]]}}',
    '{"strokes": [[[1e999, 2]]]}',
    '{"strokes": [[["1", "2"]]]}',
    '{"strokes": [[[true, false]]]}',
    '{"strokes": [["ab"]]}',
    '{"strokes": "abc"}',
    '{"strokes": {"0": [[1, 2]]}}',
    '{"strokes": 7}',
    '{"strokes": [[[1, 2], [3]]]}',
    '{"strokes": [[[[1], [2]]]]}',
    f'{{"strokes": [[[1, 2]]], "width": 1{"0" * 400}}}',
    '{"strokes": [[[1, 2]]], "size": NaN}',
    '{"strokes": [[[1, 2]]], "size": []}',
    f'{{"strokes": {"[" * 100_000}{"]" * 100_000}}}',
    f'{{"strokes": {"[" * 900}{"]" * 900}}}',
    '{"image": "a\\u0000b"}',
    '{"image": "\\ud800.png"}',
    '{"image": "/dev/zero"}',
    '{"image": ["a.png"]}',
    "[]",
    "null",
    "{",
    "\x00",
    "9" * 5000,
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_drawing_is_refused_with_one_line(text, tmp_path):
    line = records.Line(tmp_path / "drawings.jsonl", 3, text)
    with pytest.raises(DrawingError, match="line 3") as refused:
        line.frame()
    assert len(str(refused.value).splitlines()) == 1
    assert len(str(refused.value)) < 1500


@pytest.mark.parametrize(
    "canvas",
    [
        {"objects": [{"type": "path", "path": [["M", 10**400, 1]]}]},
        {"objects": [{"type": "path", "path": [["Q", 1, 1, 2, 2]]}]},
        {"objects": [{"type": "path", "path": 7}]},
        {"objects": {"a": 1}},
        {"objects": [[]]},
        [1],
        "text",
    ],
)
def test_what_is_no_drawing_of_the_canvas_is_refused(canvas):
    with pytest.raises(DrawingError):
        drawing.from_strokes(drawing.from_canvas(canvas))


def test_random_links_are_a_digit_or_refused():
    random = np.random.default_rng(0)
    whole = links.encode(drawing.from_strokes([[[80, 60], [200, 60], [140, 230]]]))
    letters = np.array(list("abcXYZ019-_=+/ %\u00e9"))
    for _ in range(300):
        code = list(whole)
        for place in random.integers(0, len(code), 3):
            code[place] = random.choice(letters)
        try:
            links.decode("".join(code))
        except DrawingError as error:
            assert "link" in str(error)  # noqa: PT017 - either a digit or a word


@pytest.mark.parametrize(
    "told",
    [
        {"WORLD_SIZE": "x"},
        {"WORLD_SIZE": "9" * 5000},
        {"WORLD_SIZE": "2"},
        {"WORLD_SIZE": "-3"},
        {"WORLD_SIZE": "2", "RANK": "5", "LOCAL_RANK": "0", "LOCAL_WORLD_SIZE": "2"},
        {"WORLD_SIZE": "2", "RANK": "one", "LOCAL_RANK": "0", "LOCAL_WORLD_SIZE": "2"},
    ],
)
def test_an_environment_that_no_launcher_writes_is_refused(told, monkeypatch):
    for name in ("RANK", "LOCAL_RANK", "LOCAL_WORLD_SIZE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError, match="WORLD_SIZE"):
        distributed.join()


# ---- pictures


def test_limit_of_pixels_is_told_to_a_tenth():
    content = io.BytesIO()
    from PIL import Image

    Image.new("1", (5700, 5690)).save(content, "PNG")
    with pytest.raises(DrawingError, match=r"32\.5 million pixels; at most 32"):
        pictures.from_picture(content.getvalue())


def test_a_mere_line_is_told_as_one():
    content = io.BytesIO()
    from PIL import Image

    Image.new("L", (20000, 100)).save(content, "PNG")
    with pytest.raises(DrawingError, match="20000 x 100"):
        pictures.from_picture(content.getvalue())


def test_json_that_is_nested_too_deep_is_a_value_error():
    with pytest.raises(ValueError, match="deep"):
        outside.parse_json("[" * 200_000)
    assert outside.parse_json(json.dumps({"a": [1]})) == {"a": [1]}
