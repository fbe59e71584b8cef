"""On Train: what is wrong with a run beside its curves, the form that mends it, and the digit while it learns."""

import json
from functools import partial

import numpy as np
import pytest
import streamlit as st

from core.digits.data import Mnist
from core.reading import readers
from core.reading.tracing import trace
from core.runs.marks import NAMES
from core.runs.opinions import course, snapshots
from core.runs.recorder import Recorder
from core.runs.store import Store
from core.training.config import TrainConfig, preset
from core.training.events import Finished
from core.training.learner import Learner
from core.training.trainer import train
from dashboard import samples
from dashboard.train import curves, opinions, view
from tests.conftest import digits
from tests.pages import clicked, open_page
from tests.waiters import wait_until

opened = partial(open_page, "train")
TINY = {"hidden": 8, "layers": 1, "batch_size": 20, "device": "cpu", "precision": "fp32", "epochs": 12}


@pytest.fixture
def store(runs_folder) -> Store:
    st.cache_resource.clear()
    st.cache_data.clear()
    return Store()


def trained(store: Store, **changes) -> str:
    """A run of the store, really trained on tiny digits."""
    config = preset("article", **TINY | changes)
    recorder = Recorder(store.claim(store.add(config, None)), config.epochs, 120)
    for event in train(config, Mnist(digits(200, 1), digits(50, 2), "subset", "tiny")):
        recorder.finish(event) if isinstance(event, Finished) else recorder.record(event)
    recorder.close()
    return recorder.writer.run.id


def keep(store: Store, run_id: str, steps: list[int]) -> dict[int, readers.Reader]:
    """Snapshots of networks that differ, as the worker keeps them."""
    kept = {}
    for step in steps:
        kept[step] = readers.reader_of(Learner(TrainConfig(**TINY, seed=step), "cpu", "fp32").arrays())
        store.run(run_id).folder.snapshot_path(step).write_bytes(readers.to_bytes(kept[step]))
    return kept


def texts(page) -> str:
    return " ".join(element.value for element in [*page.markdown, *page.caption])


def test_run_that_goes_wrong_says_so_and_fills_the_form_with_what_mends_it(store):
    trained(store, lr=1e-6)
    page = opened()
    assert "The learning rate is far too small: in 120 steps" in texts(page)
    assert "With Learning rate 0.001, and all else as it is." in texts(page)
    assert "steps 1 to 120" in texts(page)
    clicked(page, "mend_too_small")
    assert page.session_state["set_article_lr"] == 1e-3
    assert page.session_state["set_article_hidden"] == 8
    assert len(store.runs()) == 1  # settings first: nothing is started
    clicked(page, "start")
    newest = next(run for run in store.runs() if run.state != "finished")
    assert newest.config == preset("article", **TINY)


def test_steps_of_the_evidence_are_shaded_on_the_curve(store):
    run_id = trained(store, lr=1e-6)
    now = curves.moment(store.run(run_id), len(store.epochs(run_id)))
    words = dict.fromkeys([*view._CHART_WORDS, *(f"mark_{name}" for name in NAMES)], "")
    figure = json.loads(curves.curves_message(str(store.folder), run_id, now, False, words).content)
    [shade] = [shape for shape in figure["layout"]["shapes"] if shape["type"] == "rect"]
    assert (shade["x0"], shade["x1"], shade["yref"]) == (0.5, 120.5, "y domain")


def test_run_that_goes_well_has_no_notice(store):
    trained(store, lr=2e-2, clip=1.0, initialisation="orthogonal", input_scale=3.0)
    assert not [button for button in opened().button if str(button.key).startswith("mend_")]


def test_chinese_page_says_what_is_wrong_in_chinese(store):
    trained(store, lr=1e-6)
    assert "学习率太小：120 步" in texts(opened(lang="zh"))


def test_digit_of_the_draw_page_is_read_by_every_snapshot(store):
    run_id = trained(store)
    kept = keep(store, run_id, [1, 12, 120])
    page = opened()
    frame = samples.sample("7")
    page.session_state["frame"], page.session_state["frame_label"] = frame, 7
    wait_until(lambda: "Reading the digit" not in texts(page.run()), "the opinions")
    wanted = np.stack([trace(reader, frame).probabilities[-1] for reader in kept.values()])
    how = course([1, 12, 120], wanted)
    assert f"answered {how.digit} " in texts(page)
    assert "Your digit while it learns" in texts(page)
    found = [coming.result() for _, coming in opinions._asked(store.run(run_id), frame)]
    np.testing.assert_allclose(found, wanted, atol=1e-6)


def test_snapshot_is_read_once_for_each_digit(store, monkeypatch):
    run_id = trained(store)
    keep(store, run_id, [1, 12])
    read, real = [], opinions.opinion
    monkeypatch.setattr(opinions, "opinion", lambda kept, frame: read.append(kept.step) or real(kept, frame))
    run = store.run(run_id)
    for digit in ("3", "3", "5", "3"):
        frame = samples.sample(digit)
        wait_until(lambda frame=frame: all(c.done() for _, c in opinions._asked(run, frame)), "the opinions")
    assert read == [1, 12, 1, 12]


def test_damaged_snapshot_leaves_the_others(store):
    run_id = trained(store)
    keep(store, run_id, [1, 12])
    store.run(run_id).folder.snapshot_path(40).write_bytes(b"no weights")
    page = opened()
    wait_until(lambda: "Reading the digit" not in texts(page.run()), "the opinions")
    assert "answered" in texts(page)


def test_before_the_first_snapshot_there_is_a_calm_frame(store):
    recorder = Recorder(store.claim(store.add(preset("article", **TINY), None)), 12, 120)
    recorder.close()
    assert "first reads this digit after its first step" in texts(opened())
    strip = opinions.strip([], np.zeros((0, 10), np.float32), 120, {"step": "", "hover": "", "label": ""})
    assert strip["data"] == []
    assert strip["layout"]["xaxis"]["range"][1] > 2


@pytest.mark.parametrize(
    ("answers", "first", "kept"), [([7], 1, 1), ([7, 7, 7], 1, 1), ([3, 7, 7], 10, 10), ([7, 3, 7], 1, 100)]
)
def test_course_tells_when_the_answer_came_and_since_when_it_stays(answers, first, kept):
    how = course([1, 10, 100][: len(answers)], np.eye(10)[answers])
    assert (how.digit, how.probability, how.first, how.kept, how.begun) == (7, 1.0, first, kept, 1)


def test_columns_of_the_strip_meet_half_way_between_two_steps():
    edges = opinions._edges([1, 10, 1000])
    np.testing.assert_allclose(edges[1:3], [0.5, 2.0])
    assert edges[0] < 0 < edges[1]
    assert edges[2] < 3 < edges[3]


def test_last_weights_of_a_run_that_was_stopped_early_are_its_last_opinion(store):
    run_id = trained(store)
    keep(store, run_id, [1, 12])
    reader = readers.reader_of(Learner(TrainConfig(**TINY), "cpu", "fp32").arrays(), {"step": 120})
    readers.save(reader, store.run(run_id).folder.weights_path)
    assert [kept.step for kept in snapshots(store.run(run_id))] == [1, 12, 120]
