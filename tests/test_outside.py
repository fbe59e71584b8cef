"""Whatever comes from outside is read as what it is or refused with one line: no hang, no bomb, no traceback."""

import gzip
import io
import json
import os
import threading
import zipfile

import numpy as np
import pytest
import torch

from core import files, outside
from core.digits import drawing, links, pictures, records
from core.errors import ConfigError, DrawingError, RowByRowError, WeightsError
from core.messages import Message, one_line
from core.reading import readers
from core.training import distributed
from core.training.model import RowReader


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


# ---- weights


def state(**changes) -> dict:
    return RowReader(hidden=8, layers=1).state_dict() | changes


def saved(content) -> bytes:
    buffer = io.BytesIO()
    torch.save(content, buffer)
    return buffer.getvalue()


def quantised() -> torch.Tensor:
    return torch.quantize_per_tensor(torch.zeros(32, 8), 0.1, 0, torch.qint8)


W = "lstm.weight_hh_l0"


@pytest.mark.filterwarnings("ignore::UserWarning")  # quantised tensors are deprecated in PyTorch
@pytest.mark.parametrize(
    ("make", "word"),
    [
        (lambda: torch.zeros(32, 8).to_sparse(), "sparse"),
        (lambda: torch.zeros(32, 8, device="meta"), "meta|damaged"),
        (quantised, "qint8|damaged"),
        (lambda: torch.tensor(3.0), r"LSTM|shape|weights"),
        (lambda: torch.zeros(32, 8).to(torch.float8_e4m3fn), "float8"),
        (lambda: torch.zeros(32, 8, dtype=torch.complex64), "complex64"),
        (lambda: torch.zeros(32, 8, dtype=torch.int64), "int64"),
        (lambda: torch.zeros(0, 0), r"\(10, 0\)"),
        (lambda: torch.full((32, 8), 1e300, dtype=torch.float64), "so large"),
        (lambda: torch.full((32, 8), 3e38), "so large"),
        (lambda: torch.full((32, 8), float("nan")), "not finite"),
        (lambda: torch.zeros(1).expand(10**9), "512"),
    ],
)
def test_tensors_that_are_no_plain_numbers_are_refused_by_name(make, word):
    with pytest.raises(WeightsError, match=word) as refused:
        readers.of_content(saved(state(**{W: make()})), "a.pth")
    assert len(str(refused.value).splitlines()) == 1


def test_parameters_and_half_precision_are_weights():
    network = RowReader(hidden=8, layers=1)
    for content in (dict(network.named_parameters()), network.half().state_dict(), network.bfloat16().state_dict()):
        assert readers.of_content(saved(content), "a.pth").hidden == 8


def test_safetensors_of_other_types():
    from safetensors.torch import save

    kept = {name: value.bfloat16() for name, value in state().items()}
    found = readers.of_content(save(kept), "a.safetensors")
    assert all((found.arrays[name] == value.float().numpy()).all() for name, value in kept.items())
    with pytest.raises(WeightsError, match="F8_E4M3"):
        readers.of_content(save(kept | {W: kept[W].to(torch.float8_e4m3fn)}), "a.safetensors")


def test_what_unpacks_to_gigabytes_is_refused_unread():
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("a/data.pkl", "w") as entry:
        for _ in range(600):
            entry.write(bytes(2**20))
    with pytest.raises(WeightsError, match="600 MiB"):
        readers.of_content(content.getvalue(), "bomb.pth")


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"\x89HDF\r\n\x1a\n" + bytes(99), "a Keras file"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "git lfs pull"),
        (b"<!DOCTYPE html><html></html>", "a web page"),
        (b"\x08\x07\x12\x07pytorch", "an ONNX file"),
        (b"\x93NUMPY\x01\x00", "a NumPy file"),
        (gzip.compress(b"weights", mtime=0), "a gzip file"),
        (b"", "of another kind"),
        (b"PK\x03\x04 cut off", "damaged or cut off"),
    ],
)
def test_a_file_of_another_kind_is_called_by_its_name_whatever_it_is_called(content, word):
    for name in ("a.pth", "a.safetensors"):
        with pytest.raises(WeightsError, match=word):
            readers.of_content(content, name)


def test_archives_of_other_programs_are_called_by_their_name():
    for entry, word in (("model.weights.h5", "Keras"), ("m/constants.pkl", "TorchScript"), ("a.txt", "zip archive")):
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as archive:
            archive.writestr(entry, "")
        with pytest.raises(WeightsError, match=word):
            readers.of_content(content.getvalue(), "a.pth")


def test_a_damaged_header_is_refused():
    whole = readers.to_bytes(readers.reader_of({n: v.numpy() for n, v in state().items()}))
    for header in (b"{" * 100_000, b'{"__metadata__": 7}', b'{"__metadata__": {"row_by_row": "["}}', b"null"):
        content = len(header).to_bytes(8, "little") + header
        with pytest.raises(WeightsError):
            readers.of_content(content, "a.safetensors")
    with pytest.raises(WeightsError):
        readers.of_content(whole[: len(whole) // 2], "a.safetensors")


@pytest.mark.parametrize("card", ["[" * 100_000, "7", "null", "{"])
def test_a_damaged_card_is_refused(card):
    from safetensors.numpy import save

    content = save({name: value.numpy() for name, value in state().items()}, metadata={"row_by_row": card})
    with pytest.raises(WeightsError, match=r"card|valid"):
        readers.of_content(content, "a.safetensors")


def test_any_damage_to_a_weights_file_is_refused_or_read():
    random = np.random.default_rng(3)
    for whole in (saved(state()), readers.to_bytes(readers.reader_of({n: v.numpy() for n, v in state().items()}))):
        for _ in range(100):
            content = bytearray(whole)
            for place in random.integers(0, min(len(whole), 4000), 4):
                content[place] = random.integers(256)
            try:
                assert readers.of_content(bytes(content), "a.pth").inputs == 28
            except WeightsError as error:
                assert len(str(error).splitlines()) == 1  # noqa: PT017 - either a reader or a line


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
