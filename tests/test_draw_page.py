"""The Draw page without a browser: never empty, in two languages, deaf to a damaged link, and without torch."""

import io
import json
import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from PIL import Image
from streamlit.testing.v1 import AppTest

from core.digits import links
from core.digits.boxes import Box
from core.digits.drawing import from_pixels, from_strokes, ink
from core.reading import readers
from core.reading.tracing import RowTrace, decision, read, trace
from core.runs.store import Store
from core.training.config import preset
from core.training.delay import shipped_path
from dashboard import samples
from dashboard.words import texts
from tests.pages import open_page
from tests.player_messages import decision_sentence, header_and_body, message_of, numbers_in
from tests.waiters import leave_network

PAGE = Path(__file__).parent.parent / "dashboard" / "pages" / "draw.py"
opened = partial(open_page, "draw")
NARROW = "\u00a0%"  # before a percent sign a blank that does not break
SEVEN = [[(60, 60), (200, 60), (120, 220)]]


@pytest.fixture(autouse=True)
def fresh(tmp_path, monkeypatch):
    monkeypatch.setenv("RUNS_ROOT", str(tmp_path))
    monkeypatch.setenv("MNIST_ROOT", str(tmp_path / "data"))
    leave_network(monkeypatch)  # no MNIST and no network: the subset
    st.cache_resource.clear()
    st.cache_data.clear()


def opinion(page: AppTest) -> np.ndarray:
    """The probabilities (28, 10) that the row player is given: the answer is made of them."""
    return numbers_in(*header_and_body(message_of(page)))[0]


def header(page: AppTest) -> dict:
    return header_and_body(message_of(page))[0]


def answer(page: AppTest) -> str:
    """The big digit."""
    assert header(page)["options"]["answer"] is not None
    return str(opinion(page)[-1].argmax())


def notices(page: AppTest) -> str:
    """What is said of the digit beside the answer."""
    return " ".join(header(page)["options"]["answer"]["notices"])


def words(page: AppTest) -> str:
    return "\n".join(text.value for text in (*page.markdown, *page.caption, *page.warning, *page.error))


def picture_of(strokes) -> bytes:
    grey = np.rint(255 * (1 - ink([np.array(stroke, float) for stroke in strokes], 10, 280))).astype(np.uint8)
    content = io.BytesIO()
    Image.fromarray(grey).save(content, "PNG")
    return content.getvalue()


def test_a_sample_is_read_at_first_sight():
    page = opened()
    assert answer(page) == "3"
    assert not page.error
    assert not page.warning
    assert header(page)["words"]["when"] == "When did it decide?"
    assert notices(page) == ""
    assert "test images" in words(page)
    assert page.session_state["frame"].shape == (28, 28)
    assert page.session_state["frame_label"] == 3


@pytest.mark.parametrize("name", ["rnn", "gru", "lstm"])
def test_last_row_of_the_opinion_is_the_readers_probabilities(name):
    page = opened(reader=name)
    probabilities = opinion(page)
    np.testing.assert_allclose(probabilities.sum(1), 1, atol=1e-5)
    reader = readers.load(shipped_path(name))
    np.testing.assert_array_equal(probabilities, trace(reader, page.session_state["frame"]).probabilities)
    np.testing.assert_allclose(probabilities[-1], read(reader, page.session_state["frame"][None])[0], atol=1e-5)


def test_another_sample_takes_its_place():
    page = opened()
    for expected in "528":
        page.button(key="draw_clear").click().run()
        assert answer(page) == expected


def canvas_object(stroke: list[tuple[int, int]]) -> dict:
    return {"type": "Path", "path": [["M", *stroke[0]], *(["L", *point] for point in stroke[1:])]}


def test_strokes_are_read_undone_and_brought_back():
    page = opened()
    assert page.button(key="draw_undo").disabled
    assert page.button(key="draw_redo").disabled
    page.session_state["draw_objects"] = [canvas_object(stroke) for stroke in SEVEN]
    page.run()
    assert answer(page) == "7"
    assert header(page)["options"]["answer"]["strokes"] == 1
    assert np.array_equal(page.session_state["frame"], from_strokes(SEVEN).pixels)
    assert page.session_state["frame_label"] is None
    page.button(key="draw_undo").click().run()
    assert answer(page) == "3"
    assert header(page)["options"]["answer"]["strokes"] == 0
    page.button(key="draw_redo").click().run()
    assert answer(page) == "7"
    assert np.array_equal(page.session_state["frame"], from_strokes(SEVEN).pixels)
    assert page.button(key="draw_redo").disabled


def test_undo_and_redo_go_stroke_by_stroke_until_another_is_drawn():
    page = opened()
    strokes = [[(60, 60), (200, 60)], [(200, 60), (120, 220)], [(90, 140), (180, 140)]]
    page.session_state["draw_objects"] = [canvas_object(stroke) for stroke in strokes]
    page.run()
    for kept, key in [(2, "draw_undo"), (1, "draw_undo"), (2, "draw_redo"), (3, "draw_redo"), (2, "draw_undo")]:
        page.button(key=key).click().run()
        assert np.array_equal(page.session_state["frame"], from_strokes(strokes[:kept]).pixels)
        assert len(header(page)["options"]["live"]["paths"]) == kept
    page.button(key="draw_clear").click().run()
    assert answer(page) == "5"
    assert page.button(key="draw_redo").disabled


def expected_sentence(language: str, reading: RowTrace) -> str:
    """Of tracing.decision, in the words of player.toml."""
    found = decision(reading)
    values = {
        "digit": found.digit,
        "settled": found.settled + 1,  # rows count from 1 on the page
        "rows": 28,
        "before": found.before,
        "belief": f"{found.before_probability or 0:.1%}".replace("%", NARROW),
        "row": (found.certain or 0) + 1,
        "certain": "90" + NARROW,
        "p": f"{found.probability:.1%}".replace("%", NARROW),
    }
    told = "always" if found.before is None else "settled"
    sure = "never_certain" if found.certain is None else "certain"
    return "".join(texts()[f"player.{name}"][language].format(**values) for name in (told, sure))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_sentence_of_the_decision_is_the_traces(language):
    page = opened(digit=links.encode(from_strokes(SEVEN)), lang=language)
    reading = trace(readers.load(), from_strokes(SEVEN).pixels)
    told = decision_sentence(message_of(page))
    assert told == expected_sentence(language, reading)
    answers = reading.probabilities.argmax(1)
    settled = int(np.flatnonzero(answers != 7)[-1]) + 2
    certain = int(np.flatnonzero(reading.probabilities[:, 7] < 0.9)[-1]) + 2
    if language == "en":
        assert f"From row {settled} of 28 on its answer stayed 7" in told
        assert f"from row {certain} on it was at least 90{NARROW} sure" in told


def test_chinese_page_is_chinese():
    page = opened(lang="zh")
    title = texts()["draw.title"]["zh"]
    assert any(f">{title}</h1>" in block.proto.body for block in page.get("html"))
    assert header(page)["words"]["when"] == "它何时做出判断？"


def test_impossible_strokes_and_damaged_weights_leave_a_word(tmp_path):
    page = opened()
    page.session_state["draw_objects"] = [{"type": "Path", "path": [["M", 1, 1], ["L", 1e300, 2]]}]
    page.run()
    assert not page.exception
    assert "draw the digit again" in page.error[0].value
    store = Store(tmp_path)
    run_id = store.add(preset("article"), None, "finished")
    (tmp_path / run_id / "weights.safetensors").write_bytes(b"no weights")
    page = opened(reader=run_id)
    assert "of another kind, or cut off" in page.error[0].value


def test_link_opens_its_digit():
    image = np.zeros((28, 28), np.uint8)
    image[4:24, 13:16] = 255
    for frame in (from_strokes(SEVEN), from_pixels(image)):
        page = opened(digit=links.encode(frame))
        assert np.array_equal(page.session_state["frame"], frame.pixels)


@pytest.mark.parametrize("code", ["nonsense", "../../etc/passwd", "A" * 9000])
def test_damaged_link_is_said_and_the_sample_is_read(code):
    page = opened(digit=code)
    assert "link" in page.error[0].value
    assert answer(page) == "3"


@pytest.mark.parametrize("name", ["no-such-run", "../../etc/passwd", "/etc/passwd"])
def test_unknown_reader_of_a_link_is_said_and_another_answers(name):
    page = opened(reader=name, row="99", layer="x", unit="-1")
    assert name in page.warning[0].value
    assert answer(page) == "3"
    page.run()
    assert name in page.warning[0].value
    page.selectbox(key="draw_reader").set_value("gru").run()
    page.selectbox(key="draw_reader").set_value("lstm").run()
    assert not page.warning


def test_a_runs_reader_can_be_chosen_with_its_accuracy(tmp_path):
    store = Store(tmp_path)
    run_id = store.add(preset("article"), None, "finished")
    reader = readers.load()
    card = reader.card | {"test_accuracy": 0.5, "data": "subset"}
    readers.save(readers.reader_of(reader.arrays, card), tmp_path / run_id / "weights.safetensors")
    page = opened(reader=run_id)
    assert page.selectbox(key="draw_reader").value == run_id
    assert "50.00% of 2,000 test images" in words(page)


def test_a_test_image_is_read_and_its_source_said():
    page = opened()
    page.button_group(key="draw_source").set_value("test").run()
    page.number_input(key="draw_index").set_value(5).run()
    assert not page.exception
    assert "subset" in words(page)
    assert "MNIST says" in words(page)


def test_a_picture_is_read_and_a_text_is_refused():
    page = opened()
    page.button_group(key="draw_source").set_value("upload").run()
    assert answer(page) == "3"
    page.file_uploader(key="draw_upload").set_value(("seven.png", picture_of(SEVEN), "image/png")).run()
    assert answer(page) == "7"
    page.file_uploader(key="draw_upload").set_value(("seven.png", b"only text", "image/png")).run()
    assert "no picture" in page.error[0].value
    names = [one.proto.component_name for one in page.get("bidi_component")]
    assert "row_player" not in names, "another digit's answer stands in its place"
    assert any("no digit to read" in one.proto.body for one in page.get("html"))


ONE = [[(360, 60), (360, 220)]]


def picture_with_two() -> bytes:
    strokes = [np.array(stroke, float) for stroke in (*SEVEN, *ONE)]
    content = io.BytesIO()
    Image.fromarray(np.rint(255 * (1 - ink(strokes, 10, 420))).astype(np.uint8)).save(content, "PNG")
    return content.getvalue()


def cropper_of(page: AppTest) -> dict:
    [found] = [one.proto for one in page.get("bidi_component") if one.proto.component_name == "cropper"]
    return json.loads(found.json)


def with_picture(page: AppTest, content: bytes) -> AppTest:
    return page.file_uploader(key="draw_upload").set_value(("picture.png", content, "image/png")).run()


def test_digits_of_a_picture_are_read_one_by_one_and_the_choice_outlives_a_change_of_reader():
    page = opened()
    page.button_group(key="draw_source").set_value("upload").run()
    with_picture(page, picture_with_two())
    assert [digit["answer"] for digit in cropper_of(page)["digits"]] == [7, 1]
    assert (answer(page), cropper_of(page)["chosen"]) == ("7", 0)
    page.session_state["draw_cuts"].choose(1, 2)
    page.run()
    assert (answer(page), cropper_of(page)["chosen"]) == ("1", 1)
    page.selectbox(key="draw_reader").set_value("rnn").run()
    assert (answer(page), cropper_of(page)["chosen"]) == ("1", 1)
    with_picture(page, picture_of(SEVEN))
    assert (answer(page), cropper_of(page)["chosen"]) == ("7", 0)


def test_a_frame_by_hand_is_read_anew_and_given_back():
    page = opened()
    page.button_group(key="draw_source").set_value("upload").run()
    with_picture(page, picture_with_two())
    cuts = page.session_state["draw_cuts"]
    cuts.crop(0, Box(320, 20, 420, 260), 2)
    page.run()
    assert answer(page) == "1"
    shown = cropper_of(page)["digits"][0]
    assert (shown["box"], shown["by_hand"], shown["answer"]) == ([320, 20, 420, 260], True, 1)
    cuts.crop(0, Box(0, 300, 100, 400), 2)
    page.run()
    assert "stands out" in page.error[0].value
    assert cropper_of(page)["digits"][0]["answer"] is None
    cuts.by_hand.clear()
    page.run()
    assert answer(page) == "7"
    assert not page.error


def test_a_picture_without_a_digit_has_a_frame_to_be_drawn():
    page = opened()
    page.button_group(key="draw_source").set_value("upload").run()
    content = io.BytesIO()
    Image.new("L", (400, 300), 200).save(content, "PNG")
    with_picture(page, content.getvalue())
    assert "stands out" in page.error[0].value
    assert [digit["answer"] for digit in cropper_of(page)["digits"]] == [None]


def test_what_is_no_digit_is_said_to_be_none_perhaps():
    page = opened(digit=links.encode(from_strokes([[(30, 250), (50, 30), (140, 160), (225, 30), (250, 250)]])))
    assert "Perhaps this is no digit" in notices(page)
    assert "no digit" not in notices(opened())


def test_page_needs_no_torch(tmp_path):
    code = (
        "import sys, json; from streamlit.testing.v1 import AppTest;"
        f"page = AppTest.from_file({str(PAGE)!r}, default_timeout=60).run(); assert not page.exception;"
        "print(json.dumps([name for name in sys.modules if name == 'torch' or name.startswith('torch.')]))"
    )
    ran = subprocess.run([sys.executable, "-c", code], cwd=PAGE.parents[2], capture_output=True, text=True, check=True)
    assert json.loads(ran.stdout.splitlines()[-1]) == []


def test_reader_can_be_taken_back_to_any_saved_moment_of_a_run(tiny_config, tiny_mnist, monkeypatch):
    from core.runs import worker

    monkeypatch.setattr("core.digits.data.load", lambda root=None, progress=None: tiny_mnist)
    store = Store()
    run_id = store.add(tiny_config, None, state="running")
    worker.run(store, run_id)
    first, *_, last = store.run(run_id).snapshots
    assert (first, last) == (1, 30)

    page = opened(reader=f"{run_id}@{first}")
    assert page.selectbox(key="draw_reader").value == run_id
    film = header(page)["options"]["film"]
    assert (film["run"], film["at"]) == (run_id, first)
    assert [entry["step"] for entry in film["steps"]] == [*store.run(run_id).snapshots, None]
    then = trace(readers.load(store.run(run_id).snapshots[first]), samples.sample("3"))
    assert np.array_equal(opinion(page), then.probabilities)
    assert any("test images" in caption.value for caption in page.caption)  # of the run, which the film ends with
    page.selectbox(key="draw_reader").set_value("gru").run()
    assert header(page)["options"]["film"] is None
    page.selectbox(key="draw_reader").set_value(run_id).run()
    assert header(page)["options"]["film"]["at"] is None
