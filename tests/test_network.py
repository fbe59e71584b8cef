"""The browser's own network computes what Python computes: frames number for number, traces within 1e-4."""

import gzip
import json
from dataclasses import replace
from functools import cache
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from core.digits import data
from core.digits.drawing import from_canvas, from_strokes
from core.errors import DrawingError
from core.reading.readers import Reader, load, reader_of, save, shapes_of
from core.reading.surgery import BLANK, Clamp, Surgery
from core.reading.tracing import Decision, RowTrace, decision, trace
from tests.mirror import ROUNDING, answers_of, mirrored

ROOT = Path(__file__).parents[1]
WEIGHTS = ROOT / "core" / "weights"
PEN = ROOT.parent / "shared" / "data" / "pen" / "pen_digits_train.jsonl.gz"
CELLS = ("lstm", "gru", "rnn")
CUTS = {
    "lstm": Surgery(
        clamp=(Clamp("f", 1.0, first_row=4, last_row=9), Clamp("i", 0.25, 0, (0, 3)), Clamp("f", 0.5, None, (3,), 8)),
        silenced=((0, 1), (0, 5)),
        rows=(*range(27, 13, -1), BLANK, BLANK, *range(28), 3, 3),
    ),
    "gru": Surgery(clamp=(Clamp("z", 0.9), Clamp("r", 0.0, 0, (2,), 5, 5)), silenced=((0, 7),), rows=(5, BLANK, 9)),
    "rnn": Surgery(silenced=((0, 0), (0, 7)), rows=(BLANK, BLANK, *range(27, -1, -1), BLANK, 3)),
}


def outcome(act, *arguments, **named):
    """What it returns, or the DrawingError that it raises."""
    try:
        return act(*arguments, **named)
    except DrawingError as error:
        return error


# ---- frames


def same_frames(drawings: list[dict], folder: Path) -> None:
    """Every drawing gives the same frame, or the same refusal."""
    for drawing, found in zip(drawings, answers_of("frames", drawings, folder), strict=True):
        frame = outcome(from_strokes, **drawing)
        if isinstance(frame, DrawingError):
            assert (found["error"], found["words"][:12]) == ("DrawingError", str(frame)[:12])
            continue
        assert "error" not in found, found
        np.testing.assert_array_equal(np.float32(found["pixels"]).reshape(28, 28), frame.pixels)
        assert found["strokes"] == [stroke.tolist() for stroke in frame.strokes or ()]
        assert [tuple(found["notes"]), tuple(found["transform"])] == [frame.notes, frame.transform]


def scribbles(count: int) -> list[dict]:
    """Drawings as hands and mice make them, and as they do not: on whole and on broken pixels, jumps, dots, doubles."""
    random, made = np.random.default_rng(5), []
    for k in range(count):
        strokes = []
        for _ in range(random.integers(1, 5)):
            points = int(random.choice([1, 2, 3, 10, 60, 200]))
            walk = random.uniform(-40, 320, 2) + np.cumsum(
                random.normal(0, random.choice([0.2, 3, 40]), (points, 2)), 0
            )
            strokes.append((np.rint(walk) if k % 2 else walk).tolist())
        made.append(
            {"strokes": strokes, "width": int(random.integers(1, 60)), "size": float(random.choice([100, 280]))}
        )
    return made


def on_the_grid() -> list[dict]:
    """Rectangles, crosses and steps whose points, lengths and centres fall on the borders of every rounding."""
    made = []
    for side in (17.6, 35.2, 70.4, 88, 132, 140.8, 176, 211.2, 264):
        for part in (2, 4, 8, 11, 16, 32):
            ends = [side * k / part for k in range(part + 1)]
            across, down = [[x, 0.0] for x in ends], [[0.0, y] for y in ends]
            made.append({"strokes": [across, down]})
            made.append({"strokes": [[*across, *([side, y] for y in ends)], [[x, side] for x in ends]]})
            made.append({"strokes": [[[x, side / 2] for x in ends], [[side / 2, y] for y in ends]]})
    return [*made, *halves(), *fives()]


def halves() -> list[dict]:
    """At scale 1, so heavy on one side that the frame's edge sets the shift to 3: points fall between sixteenths."""
    made = []
    for first in range(1, 32, 2):
        heavy = [[[-8.8, y / 2], [-6.0, y / 2]] for y in range(-8, 9)]
        made.append(
            {"strokes": [*heavy, [[k + first / 32, 0.0] for k in range(-5, 8)], [[-8.8, 0.0], [8.8, 0.0]]], "size": 100}
        )
    return made


def fives() -> list[dict]:
    """Steps of 3, 4, 5 that end where one more point is kept, or just before."""
    random = np.random.default_rng(1)
    units = random.choice([0.02, 0.05, 0.1, 0.17, 0.2, 0.3], (60, 80, 1))
    walks = np.cumsum(units * [3, 4] * random.choice([-1, 1], (60, 80, 2)), axis=1)
    return [{"strokes": [walk.tolist(), [[-8.8, 0.0], [8.8, 0.0]]], "size": 100} for walk in walks]


def test_frames_of_pen_digits_are_the_same(tmp_path):
    same_frames(pen_drawings(200), tmp_path)


def test_frames_of_scribbles_are_the_same(tmp_path):
    same_frames(scribbles(300), tmp_path)


def test_frames_on_the_borders_of_rounding_are_the_same(tmp_path):
    same_frames(on_the_grid(), tmp_path)


def test_frames_of_odd_drawings_are_the_same(tmp_path):
    nan, infinite, line = float("nan"), float("inf"), [[10.0, 10.0], [200.0, 90.0]]
    odd = [
        *([], [[]], [[[100, 100]]], [[[100, 100]], [], line], [[[3, 3]] * 40], [line, [[nan, 1]]]),
        *([[[infinite, 1]]], [[[1, 2], [1e300, 2]]], [[[-1e6, 1e6], [1e6, -1e6]]], [[[1e6 + 1, 0]]], [[[1, 2, 3]]]),
        *([[1, 2], [3, 4]], [["a", "b"]], "strokes", None, 7, {"a": 1}, [[[0, 0]] * 20_001], [[[0.0, 0.0]] * 20_000]),
        *([[[0, 0], [1e-9, 1e-9]]], [[[0, 0], [13.99, 0]]], [[[0, 0], [14.0, 0]]], [[[5e-324, 0], [0, 5e-324]]]),
        *([[[-900, 14], [900, 14]]], [[[0, 0], [280, 280]], [[1e5, 1e5]]]),
    ]
    drawings = [{"strokes": strokes} for strokes in odd]
    drawings += [{"strokes": [line], "width": width} for width in (0, -5, nan, infinite, "20", None, True, 1e-3, 1e6)]
    drawings += [{"strokes": [line], "size": size} for size in (0, -5, nan, infinite, "20", None, True, 1e-3, 1e6)]
    same_frames(drawings, tmp_path)


def test_paths_of_the_canvas_become_the_same_strokes(tmp_path):
    random = np.random.default_rng(0)
    curves = [["M", 1.5, 2], *(["Q", *random.uniform(0, 280, 4)] for _ in range(30)), ["L", 9, 9], ["Z"]]
    drawings = [
        {"objects": [{"type": "Path", "path": curves}, {"type": "rect"}, {"type": "path", "path": []}]},
        {"objects": [{"type": "path", "path": [["M", 1, 1], ["C", 1, 2, 3, 4, 5, 6.1], ["L"]]}, {"left": 3}]},
        *({"objects": []}, {"objects": None}, {}, None, [1, 2], {"objects": [7]}, {"objects": [{"type": "path"}]}),
        *({"objects": [{"type": "path", "path": path}]} for path in ([["Q", 1, 2, 3, 4]], [["M", "x", 2]], [["M", 1]])),
    ]
    for drawing, found in zip(drawings, answers_of("canvases", drawings, tmp_path), strict=True):
        expected = outcome(from_canvas, drawing)
        if isinstance(expected, DrawingError):
            assert found == {"error": "DrawingError", "words": str(expected)}
            continue
        assert [len(stroke) for stroke in found] == [len(stroke) for stroke in expected]
        for one, other in zip(found, expected, strict=True):
            np.testing.assert_allclose(one, other, rtol=0, atol=1e-12)


# ---- traces


def same_traces(readers: list[Reader], frames: np.ndarray, surgeries: list[Surgery | None], folder: Path) -> None:
    """Every state, logit and probability within ROUNDING, and the same decision."""
    np.ascontiguousarray(frames, "<f4").tofile(folder / "x")
    jobs = []
    for k, reader in enumerate(readers):
        save(reader, folder / f"{k}.safetensors")
        files = {"weights": str(folder / f"{k}.safetensors"), "x": str(folder / "x")}
        for n, surgery in enumerate(surgeries):
            cut = None if surgery is None else vars(surgery)
            jobs.append({"kind": "traces", "rows": 28, "surgery": cut, "out": str(folder / f"{k}_{n}"), **files})
    mirrored(folder, jobs)
    for (reader, surgery), job in zip(product(readers, surgeries), jobs, strict=True):
        compare(reader, frames, surgery, Path(job["out"]))


def compare(reader: Reader, frames: np.ndarray, surgery: Surgery | None, out: Path) -> None:
    decisions = json.loads(out.with_suffix(".json").read_text())
    numbers = np.fromfile(out, "<f4").reshape(len(frames), -1)
    for found, decided, frame in zip(numbers, decisions, frames, strict=True):
        traced = trace(reader, frame, surgery)
        assert np.abs(found - numbers_of(traced)).max() < ROUNDING
        same_decision(Decision(*decided.values()), traced)


def numbers_of(traced: RowTrace) -> np.ndarray:
    """All of them, in the order of mirror.js."""
    return np.concatenate([part.ravel() for part in (*traced.states().values(), traced.logits, traced.probabilities)])


def same_decision(found: Decision, traced: RowTrace) -> None:
    """Rows and digits exactly, but where a probability lies on the border itself."""
    top = np.sort(traced.probabilities, axis=-1)
    if (top[:, -1] - top[:, -2]).min() < ROUNDING or np.abs(traced.probabilities - 0.9).min() < ROUNDING:
        return
    expected = decision(traced)
    rounded = {"probability": expected.probability, "before_probability": expected.before_probability}
    assert replace(found, **rounded) == expected
    assert found.probability == pytest.approx(expected.probability, abs=ROUNDING)
    assert found.before_probability == pytest.approx(expected.before_probability, abs=ROUNDING)


def a_reader(cell: str, hidden: int, layers: int) -> Reader:
    """PyTorch's own start, twice as wide: gates then leave the middle of their range."""
    random, reach = np.random.default_rng(hidden + layers), 2 * hidden**-0.5
    shapes = shapes_of(cell, hidden, layers)
    return reader_of({name: random.uniform(-reach, reach, shape).astype("f4") for name, shape in shapes.items()})


def some_frames(count: int) -> np.ndarray:
    """Frames of scribbles, the first one blank."""
    frames = [from_strokes(**drawing).pixels for drawing in scribbles(count - 1)]
    return np.stack([np.zeros((28, 28), np.float32), *frames])


def pen_drawings(count: int) -> list[dict]:
    """Evenly from all of the pen digits; skips where the file is not."""
    if not PEN.is_file():
        pytest.skip(f"{PEN.name} is not here: scribbles are compared instead")
    with gzip.open(PEN, "rt") as file:
        lines = file.readlines()
    return [{"strokes": json.loads(line)["strokes"], "size": 500} for line in lines[:: len(lines) // count][:count]]


@cache
def digits_at_hand() -> np.ndarray:
    """200 test images of MNIST (or of the subset) and 200 pen digits, where they are."""
    images = data.load().test.images
    images = images[:: len(images) // 200][:200].astype(np.float32) / 255
    if not PEN.is_file():
        return images
    return np.concatenate([images, [from_strokes(**drawing).pixels for drawing in pen_drawings(200)]])


@pytest.fixture
def real_frames(environment) -> np.ndarray:
    return digits_at_hand()


@pytest.mark.parametrize("cell", CELLS)
def test_shipped_readers_read_real_digits_the_same(cell, real_frames, tmp_path):
    same_traces([load(WEIGHTS / f"{cell}.safetensors")], real_frames, [None], tmp_path)


@pytest.mark.parametrize("cell", CELLS)
def test_shipped_readers_under_surgery_read_the_same(cell, real_frames, tmp_path):
    same_traces([load(WEIGHTS / f"{cell}.safetensors")], real_frames[::10], [CUTS[cell]], tmp_path)


@pytest.mark.parametrize("cell", CELLS)
def test_any_size_reads_the_same(cell, tmp_path):
    readers = [a_reader(cell, hidden, layers) for hidden in (8, 33, 130) for layers in (1, 2, 3)]
    same_traces(readers, some_frames(4), [None, CUTS[cell]], tmp_path)


def test_the_largest_reads_the_same(tmp_path):
    same_traces([a_reader("lstm", 1024, 1)], some_frames(2), [None], tmp_path)
