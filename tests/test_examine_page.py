"""The Examine page without a browser: its figures are the reader's own, for any reader, and its sentences are true."""

import json
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
import torch
from streamlit.testing.v1 import AppTest

from core.digits.data import Mnist
from core.examining import projection, tsne
from core.examining.index import Index, index_of
from core.examining.neighbours import nearest
from core.reading import readers
from core.reading.readers import save, to_bytes
from core.runs.drawings import Drawings
from core.runs.store import Store
from core.training.config import TrainConfig
from dashboard import samples, test_set
from dashboard.examine import good, when
from dashboard.examine import projection as view
from dashboard.examine.state import VIEWS
from dashboard.examine.subject import Own, Subject
from tests.conftest import digits
from tests.test_equations import a_reader
from tests.test_examining import rows_of_torch
from tests.waiters import leave_network, wait_until

PAGE = Path(__file__).parent.parent / "dashboard" / "pages" / "examine.py"


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """One runs folder for all tests: an index is built once. It has a run of 8 units, with an earlier step."""
    made = tmp_path_factory.mktemp("runs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RUNS_ROOT", str(made))
        store = Store()
        run = store.run(store.add(TrainConfig(cell="rnn", hidden=8, layers=1), None, "finished"))
        reader = a_reader("rnn", 8)[0]
        save(reader, run.folder.weights_path)
        run.folder.snapshot_path(300).write_bytes(to_bytes(reader))
    return made


@pytest.fixture(autouse=True)
def subset(folder, tmp_path, monkeypatch):
    """No MNIST and no network: 2,000 test images."""
    monkeypatch.setenv("RUNS_ROOT", str(folder))
    monkeypatch.setenv("MNIST_ROOT", str(tmp_path / "data"))
    leave_network(monkeypatch)
    test_set.mnist.clear()


@pytest.fixture(scope="module", autouse=True)
def fresh():
    yield
    st.cache_resource.clear()
    st.cache_data.clear()


def opened(**query: str) -> AppTest:
    """The page, its reader examined."""

    def done() -> AppTest | None:
        # a new session each time: one that is run again has its words read outside of it, in English
        page = AppTest.from_file(str(PAGE), default_timeout=60)
        page.query_params.update(query)
        page.run()
        assert not page.exception
        return None if page.get("progress") else page

    return wait_until(done, "the index")


def stands(page: AppTest) -> AppTest:
    def done() -> bool:
        page.run()
        assert not page.exception
        return not page.get("progress")

    wait_until(done, "the index")
    return page


def elements(page: AppTest, name: str) -> list:
    return [one.proto for one in page.get("bidi_component") if one.proto.component_name == name]


def matrix_of(page: AppTest) -> dict:
    return json.loads(elements(page, "matrix")[0].json)


def gallery_of(page: AppTest) -> tuple[dict, np.ndarray]:
    """The header, and the images (N, 28, 28)."""
    header, body = packed(elements(page, "gallery")[0].bytes)
    return header, np.frombuffer(body, np.uint8).reshape(-1, 28, 28)


def packed(data: bytes) -> tuple[dict, bytes]:
    end = 4 + int.from_bytes(data[:4], "little")
    return json.loads(data[4:end]), data[end:]


def charts(page: AppTest) -> list[dict]:
    return [json.loads(one.bytes) for one in elements(page, "live_plot") if one.bytes]


def words(page: AppTest) -> str:
    return "\n".join(text.value for text in (*page.markdown, *page.caption, *page.warning, *page.error))


@pytest.fixture(scope="module")
def torch_logits() -> np.ndarray:
    """(N, 28, 10) of the shipped reader on the subset's test images, by PyTorch."""
    from core.digits import subset

    return rows_of_torch(readers.load(), subset.load("test")[0]).logits


def test_confusion_and_gallery_are_those_of_pytorch(torch_logits):
    page, labels = opened(view="mistakes"), test_set.mnist().test.labels
    given = torch_logits[:, -1].argmax(1)
    expected = np.zeros((10, 10), int)
    np.add.at(expected, (labels, given), 1)
    assert matrix_of(page)["counts"] == expected.tolist()
    sure = torch.from_numpy(torch_logits[:, -1]).softmax(1).numpy().max(1)
    wrong = np.flatnonzero(given != labels)
    header, images = gallery_of(page)
    ids = [int(tile["id"]) for tile in header["tiles"]]
    assert ids == wrong[np.argsort(-sure[wrong], kind="stable")][: len(ids)].tolist()
    assert len(ids) == min(60, len(wrong))
    np.testing.assert_array_equal(images, test_set.mnist().test.images[ids])
    assert [(tile["truth"], tile["answer"]) for tile in header["tiles"]] == [(labels[n], given[n]) for n in ids]
    assert header["tiles"][0]["link"] == f"./?image={ids[0] + 1}&reader=lstm"


def test_a_cell_of_the_url_shows_its_images_alone():
    found = opened(view="mistakes")
    counts = np.array(matrix_of(found)["counts"])
    np.fill_diagonal(counts, 0)
    truth, answer = divmod(int(counts.argmax()), 10)
    page = opened(view="mistakes", cell=f"{truth}{answer}")
    assert matrix_of(page)["chosen"] == [truth, answer]
    tiles = gallery_of(page)[0]["tiles"]
    assert len(tiles) == counts[truth, answer]
    assert {(tile["truth"], tile["answer"]) for tile in tiles} == {(truth, answer)}
    page.session_state["examine_kind"] = "hardest"
    assert all(tile["truth"] == tile["answer"] for tile in gallery_of(stands(page))[0]["tiles"])


def test_scale_of_mistakes_is_their_own():
    page = opened(view="mistakes")
    counts = np.array(matrix_of(page)["counts"], float)
    hits = counts.diagonal().max()
    np.fill_diagonal(counts, 0)
    assert matrix_of(page)["most"] == counts.max() < hits
    page.session_state["examine_shares"] = "shares"
    assert matrix_of(stands(page))["most"] < 0.1


def test_accuracy_by_row_and_the_row_of_ones_own_digit_are_drawn(torch_logits):
    page, labels = opened(view="when", digit="7"), test_set.mnist().test.labels
    by_row, deciding = charts(page)[:2]
    expected = (torch_logits.argmax(2) == labels[:, None]).mean(0)
    np.testing.assert_allclose(by_row["data"][0]["y"], expected, atol=2 / len(labels))
    assert by_row["data"][1]["y"][-1] == pytest.approx(1)
    np.testing.assert_allclose(np.sum(deciding["data"][0]["z"], 1), 1, atol=1e-3)
    mark = deciding["data"][1]
    assert mark["y"] == [7]
    assert by_row["layout"]["shapes"][0]["x0"] == mark["x"][0]
    page.session_state["examine_each"] = True
    lines = charts(stands(page))[0]["data"]
    assert [line["name"] for line in lines] == list("0123456789")
    np.testing.assert_allclose(lines[4]["y"], (torch_logits.argmax(2) == 4)[labels == 4].mean(0), atol=0.02)


def test_the_page_says_the_accuracy_and_where_its_images_come_from(torch_logits):
    page, labels = opened(), test_set.mnist().test.labels
    right = int((torch_logits[:, -1].argmax(1) == labels).sum())
    said = next(text for text in page.get("html") if "examined" in text.proto.body).proto.body
    assert f"<b>{right / len(labels):.2%}</b>" in said
    assert f"Wrong on {len(labels) - right} of 2,000 test images" in said
    assert "subset" in said


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("name", VIEWS)
def test_every_view_stands_for_one_reader_and_for_two(name, language):
    for beside in ("", "rnn"):
        page = opened(view=name, lang=language, beside=beside)
        assert not page.error
        assert elements(page, "live_plot") or elements(page, "matrix") or elements(page, "cloud") or page.info


@pytest.mark.parametrize("name", VIEWS)
def test_a_run_of_eight_units_can_be_examined_also_as_it_was(folder, name):
    [run] = Store().runs()
    page = opened(view=name, reader=run.id, step="300")
    assert not page.error
    assert not page.warning
    assert page.selectbox[1].value == "300"


def test_what_the_url_asks_and_is_not_there_is_said():
    page = opened(reader="20200101-000000-abcdef", beside="nobody", view="nowhere", cell="x", step="9")
    for _ in range(2):
        assert "There is no reader 20200101-000000-abcdef here; another one is examined" in words(page)
        assert "There is no reader nobody here; none is compared with" in words(page)
        assert page.selectbox[0].value == "lstm"
        page.run()
    page.selectbox[0].set_value("gru").run()
    assert "20200101-000000-abcdef" not in words(page)
    assert "nobody" in words(page)


def test_settings_stand_in_the_url():
    page = opened(reader="gru", beside="lstm", view="when", digit="5")
    shown = {name: page.query_params[name] for name in ("reader", "beside", "view", "digit")}
    assert shown == {"reader": "gru", "beside": "lstm", "view": "when", "digit": "5"}


def test_ones_own_drawing_comes_from_the_draw_page():
    page = AppTest.from_file(str(PAGE), default_timeout=60)
    page.session_state["frame"], page.session_state["frame_label"] = samples.sample("8"), None
    page.query_params["view"] = "map"
    stands(page)
    assert page.selectbox[2].value == samples.MINE


def subject_of(index: Index) -> Subject:
    return Subject("lstm", "LSTM", index)


@pytest.fixture
def index(folder) -> Index:
    return index_of(readers.load(), test_set.mnist(), folder / "examined")


def test_the_map_is_the_projection_and_its_path_ends_where_the_digit_lies(index):
    subject = subject_of(index)
    chart = view.chart_of(subject, "h", 1)
    found = projection.positions(index, projection.pca(index, "h", 1))
    places = np.frombuffer(chart.content, "<i2", 2 * 28 * chart.count).reshape(28, chart.count, 2)
    np.testing.assert_array_equal(places, found["places"])
    image = 321
    way = projection.path(index, chart.fitted, index.images[image] / 255)
    np.testing.assert_allclose(np.array(way[-1]) / chart.scale, places[-1, image], atol=400)  # quantised: of 32,767
    centres = np.array([places[-1, index.labels == digit].mean(0) for digit in range(10)])
    nearest_centre = np.linalg.norm(places[-1, :, None] - centres, axis=2).argmin(1)
    assert chart.apart[1] == pytest.approx((nearest_centre == index.labels).mean())


def test_the_map_by_likeness_is_shown_once_it_is_made(tmp_path):
    few = digits(200, 4)
    small = index_of(readers.load(), Mnist(few, few, "subset", "few"), tmp_path)
    subject = subject_of(small)
    assert wait_until(lambda: view._made(subject, "h", 1).done(), "the map")
    chart = view.chart_of(subject, "h", 1, "tsne")
    places = np.frombuffer(chart.content, "<i2", 2 * 28 * chart.count).reshape(28, chart.count, 2)
    expected = tsne.kept(small, "h", 1).places(small)
    np.testing.assert_allclose(places * chart.scale, expected, atol=chart.scale)
    assert "distances between islands tell nothing" in view.apart_finding(chart)
    assert "variance" in view.apart_finding(view.chart_of(subject, "h", 1))


def test_of_a_reader_too_large_for_all_digits_the_map_shows_those_of_its_index(tmp_path):
    small = index_of(readers.load(), test_set.mnist(), tmp_path, most_bytes=8 * 2**20)
    assert len(small) < 2000
    subject = subject_of(small)
    chart = view.chart_of(subject, "C", 0)
    images = np.frombuffer(chart.content[-2 * chart.count :], "<u2")
    np.testing.assert_array_equal(images, small.chosen)
    found = [nearest(small, samples.sample("6"), 27)]
    [[first, *_]] = view._places(subject, found)
    assert images[first[0]] == found[0]["neighbours"][0]["index"]


def test_nearest_to_a_test_image_is_itself(index):
    page = AppTest.from_file(str(PAGE), default_timeout=60)
    page.session_state["frame"], page.session_state["frame_label"] = index.images[321] / np.float32(255), None
    page.query_params["view"] = "similar"
    tiles = gallery_of(stands(page))[0]["tiles"]
    assert (tiles[0]["id"], tiles[0]["note"]) == ("321", "0.000")
    expected = nearest(index, index.images[321] / 255, 27)["neighbours"]
    assert [tile["id"] for tile in tiles] == [str(one["index"]) for one in expected]


def test_units_that_do_the_same_do_so_in_every_tile(index):
    page = opened(view="similar", digit="5", way="units")
    stands(page)
    page.multiselect[0].set_value([17]).run()
    page.slider[0].set_value((10, 12)).run()
    page.slider[1].set_value(0.2).run()
    full = [int(tile["id"]) for tile in gallery_of(page)[0]["tiles"] if tile["note"] == "100%"]
    assert full
    for row in (9, 10, 11):
        assert (index.states("h", 1, row, [16])[full] > 0.2).all()


def test_own_digits_are_read_by_every_reader(index, monkeypatch, tmp_path):
    monkeypatch.setenv("RUNS_ROOT", str(tmp_path))
    kept = Drawings(Store())
    for digit in "479":
        kept.keep({"strokes": samples.strokes(digit), "width": 18, "size": 280}, int(digit))
    kept.keep({"strokes": samples.strokes("1"), "width": 18, "size": 280}, 8)  # a 1 that was meant as an 8
    page = opened(view="mine")

    def table() -> str:
        page.run()
        return next((text.proto.body for text in page.get("html") if "<table" in text.proto.body), "")

    said = wait_until(table, "the table")
    assert said.count("3 / 4") == 3
    tiles = gallery_of(page)[0]["tiles"]
    assert [(tile["truth"], tile["answer"]) for tile in tiles] == [(8, 1), (9, 9), (7, 7), (4, 4)]
    assert "reads 3 of your 4 digits rightly (75%)" in words(page)
    assert good.own_digits(subject_of(index)) == "Of your own digits: 3 of 4."


def test_ones_own_digit_settles_where_its_trace_says(index):
    own = Own(samples.sample("4"), 4, False)
    answers_by_row = own.read_by(subject_of(index)).probabilities.argmax(1)
    row = when.settled_row(subject_of(index), own)
    assert (answers_by_row[row - 1 :] == answers_by_row[-1]).all()
    assert row == 1 or answers_by_row[row - 2] != answers_by_row[-1]
