"""The Draw page without a browser: never empty, in two languages, deaf to a damaged link, and without torch."""

import io
import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from PIL import Image
from streamlit.testing.v1 import AppTest

from core.digits import links
from core.digits.drawing import from_pixels, from_strokes, ink
from core.reading import readers
from core.reading.tracing import trace
from core.runs.store import Store
from core.training.config import preset
from dashboard import samples
from dashboard.words import texts

PAGE = Path(__file__).parent.parent / "dashboard" / "pages" / "draw.py"
SEVEN = [[(60, 60), (200, 60), (120, 220)]]


@pytest.fixture(autouse=True)
def fresh(tmp_path, monkeypatch):
    monkeypatch.setenv("RUNS_ROOT", str(tmp_path))
    monkeypatch.setenv("MNIST_ROOT", str(tmp_path / "data"))
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")  # no MNIST and no network: the subset
    st.cache_resource.clear()
    st.cache_data.clear()


def opened(**query: str) -> AppTest:
    page = AppTest.from_file(str(PAGE), default_timeout=60)
    page.query_params.update(query)
    page.run()
    assert not page.exception
    return page


def answer(page: AppTest) -> str:
    """The big digit."""
    body = next(block.proto.body for block in page.get("html") if "data-answer" in block.proto.body)
    return body.split('data-answer="')[1][0]


def message(page: AppTest) -> bytes:
    """What the player is sent."""
    return next(block.proto.bytes for block in page.get("bidi_component") if block.proto.component_name == "row_player")


def header(page: AppTest) -> dict:
    sent = message(page)
    return json.loads(sent[4 : 4 + int.from_bytes(sent[:4], "little")])


def shown_opinions(page: AppTest) -> np.ndarray:
    """Probabilities (T, K) of the player's message."""
    sent = message(page)
    return np.frombuffer(sent, "<f4", 280, 4 + int.from_bytes(sent[:4], "little")).reshape(28, 10)


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
    assert "When did it decide?" in words(page)
    assert "test images" in words(page)
    assert page.session_state["frame"].shape == (28, 28)
    assert page.session_state["frame_label"] == 3


def test_ten_bars_are_as_high_as_the_digits_are_probable():
    page = opened(reader="rnn")
    body = next(block.proto.body for block in page.get("html") if 'class="bars"' in block.proto.body)
    told = re.findall(r'title="(\d): ([\d.]+)%".*?height:([\d.]+)px', body)
    assert [int(digit) for digit, _, _ in told] == list(range(10))
    percents, heights = (np.array([float(bar[place]) for bar in told]) for place in (1, 2))
    assert percents.sum() == pytest.approx(100, abs=0.05)
    np.testing.assert_allclose(heights / heights.sum(), percents / 100, atol=2e-3)


def test_another_sample_takes_its_place():
    page = opened()
    for expected in "528":
        page.button(key="draw_clear").click().run()
        assert answer(page) == expected


def test_strokes_are_read_and_undone():
    page = opened()
    path = [["M", *SEVEN[0][0]], *(["L", *point] for point in SEVEN[0][1:])]
    page.session_state["draw_objects"] = [{"type": "Path", "path": path}]
    page.run()
    assert answer(page) == "7"
    assert np.array_equal(page.session_state["frame"], from_strokes(SEVEN).pixels)
    assert page.session_state["frame_label"] is None
    page.button(key="draw_undo").click().run()
    assert answer(page) == "3"


def test_sentence_of_the_decision_is_the_traces(monkeypatch):
    page = opened(digit=links.encode(from_strokes(SEVEN)))
    reading = trace(readers.load(), from_strokes(SEVEN).pixels)
    answers = reading.probabilities.argmax(1)
    settled = int(np.flatnonzero(answers != 7)[-1]) + 2  # rows count from 1 on the page
    certain = int(np.flatnonzero(reading.probabilities[:, 7] < 0.9)[-1]) + 2
    assert f"From row {settled} of 28 on its answer stayed 7" in words(page)
    assert f"from row {certain} on it was at least 90% sure" in words(page)


def test_chinese_page_is_chinese():
    page = opened(lang="zh")
    assert page.title[0].value == texts()["draw.title"]["zh"]
    assert "它何时做出判断？" in words(page)


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
    assert "not a valid .safetensors file" in page.error[0].value


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
    assert answer(page) == "3"


def test_what_is_no_digit_is_called_unlike_the_training_data():
    page = opened(digit=links.encode(from_strokes([[(30, 250), (50, 30), (140, 160), (225, 30), (250, 250)]])))
    assert "not like the digits" in words(page)
    assert "not like the digits" not in words(opened())


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
    assert np.array_equal(shown_opinions(page), then.probabilities)
    assert any("test images" in caption.value for caption in page.caption)  # of the run, which the film ends with
    page.selectbox(key="draw_reader").set_value("gru").run()
    assert header(page)["options"]["film"] is None
    page.selectbox(key="draw_reader").set_value(run_id).run()
    assert header(page)["options"]["film"]["at"] is None
