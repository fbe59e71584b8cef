"""Sweeps on the Runs page without a browser: what the form refuses and foretells, and what is asked of a sweep."""

import os
from functools import partial

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.runs import queue, sweeps
from core.runs.store import Store
from core.training.config import PRESETS, preset
from dashboard.outside import as_text
from dashboard.runs import sweeps as lines
from tests.pages import clicked, open_page
from tests.speeds import remember
from tests.test_upkeep import finished

opened = partial(open_page, "runs")
SWEEP = "sweep-20260101-000000-abcd"


@pytest.fixture
def store(runs_folder, monkeypatch) -> Store:
    """One where another run trains: what the form starts, waits."""
    st.cache_resource.clear()
    st.cache_data.clear()
    made = Store()
    made.set_state(made.add(preset("article"), None), "running", pid=os.getpid())
    return made


def form(page: AppTest) -> AppTest:
    return clicked(page, "sweep_new")


def write(page: AppTest, place: int, setting: str, values: str) -> None:
    page.selectbox(key=f"sweep_setting_{place}_en").set_value(setting).run()
    page.text_input(key=f"sweep_values_{place}").set_value(values)
    page.run()


def said(page: AppTest) -> str:
    """All text of the page, as it is read."""
    return " ".join(element.value for element in [*page.markdown, *page.caption]).replace("\\", "")


def started(store: Store) -> list:
    return [run for run in reversed(store.runs()) if run.sweep]


def sweep_of(store: Store, states: str, at_once: int = 1) -> list[str]:
    """A sweep with a run for each letter: f finished, q queued, r running, p paused, s stopped, x failed."""
    names = {"q": "queued", "r": "running", "p": "paused", "s": "stopped", "x": "failed"}
    ids = []
    with store.transaction() as db:
        db.execute("INSERT INTO sweeps(sweep, at_once) VALUES(?, ?)", (SWEEP, at_once))
    for place, letter in enumerate(states):
        lr, accuracy, ended = 0.001 * (place + 1), 0.8 + place / 100, letter == "f"
        ids.append(finished(store, accuracy, lr=lr) if ended else store.add(preset("article", lr=lr), None))
        if ended:
            store.run(ids[-1]).folder.weights_path.write_bytes(b"")
        else:
            store.set_state(ids[-1], names[letter], pid=os.getpid() if letter in "rp" else None)
        with store.transaction() as db:
            db.execute("UPDATE runs SET sweep=? WHERE id=?", (SWEEP, ids[-1]))
    return ids


def line_of(page: AppTest) -> str:
    return " ".join(element.proto.body for element in page.get("html") if "sweep-line" in element.proto.body)


def keys(page: AppTest) -> set[str]:
    return {str(button.key).removesuffix(f"_{SWEEP}") for button in page.button}


def test_form_starts_a_run_for_each_combination_and_closes(store):
    page = form(opened())
    write(page, 0, "lr", "1e-3 .. 1e-1 x 3")
    write(page, 1, "cell", "lstm, gru")
    page.number_input(key="sweep_epochs").set_value(0.2)
    page.number_input(key="sweep_seeds").set_value(2).run()
    assert "3 values: 0.001, 0.01, 0.1" in said(page)
    assert "2 values: LSTM, GRU" in said(page)
    assert "**12 runs**" in said(page)
    page = clicked(page, "sweep_start")
    runs = started(store)
    wanted = sweeps.plan("fast", ["lr=1e-3,1e-2,1e-1", "cell=lstm,gru"], 2, epochs=0.2).configs
    assert [run.config for run in runs] == wanted
    assert {run.state for run in runs} == {"queued"}
    assert len({run.sweep for run in runs}) == 1
    assert "sweep_start" not in keys(page)
    assert "0 of 12 done" in line_of(page)
    assert "12 waiting" in line_of(page)
    assert form(page).text_input(key="sweep_values_1").value == "lstm, gru"


@pytest.mark.parametrize(
    ("setting", "values", "why"),
    [
        ("lr", "1e-3, 7", "choose a value from 1e-06 to 1"),
        ("lr", "fast", "write numbers such as"),
        ("cell", "cnn", "choose one of lstm, gru, rnn"),
    ],
)
def test_refused_values_are_told_in_words_and_nothing_can_be_started(store, setting, values, why):
    page = form(opened())
    write(page, 0, setting, values)
    assert why in said(page)
    assert page.button(key="sweep_start").disabled
    write(page, 0, setting, "")
    page.selectbox(key="sweep_setting_0_en").set_value("hidden")
    write(page, 0, "hidden", "8, 16")
    assert not page.button(key="sweep_start").disabled


def test_refused_text_is_shown_as_text(store):
    page = form(opened())
    write(page, 0, "hidden", "[x](http://a.b)")
    assert any(as_text("[x](http://a.b)") in element.value for element in page.markdown)


def test_what_the_whole_form_cannot_have_is_told(store):
    page = form(opened())
    write(page, 1, "lr", "0.1, 0.2")
    assert "each named once" in said(page)
    write(page, 1, "seed", "0 .. 99 x 100")
    assert "up to 200 runs" in said(page)
    write(page, 1, "hidden", "8, 16")
    page.number_input(key="sweep_epochs").set_value(5000.0).run()
    assert "epochs is 5000" in said(page)
    assert page.button(key="sweep_start").disabled


def test_seeds_alone_are_a_sweep_of_the_preset(store):
    page = form(opened())
    write(page, 0, "lr", "")
    assert page.button(key="sweep_start").disabled
    assert "several seeds" in said(page)
    page.number_input(key="sweep_seeds").set_value(3).run()
    clicked(page, "sweep_start")
    assert [run.config for run in started(store)] == [PRESETS["fast"].with_(seed=seed) for seed in range(3)]


def test_time_is_told_before_the_start_from_what_was_measured(store):
    remember(store, PRESETS["fast"], 6000.0, 5.0)
    page = form(opened())
    found = next(element.value for element in page.markdown if "**3 runs**" in element.value)
    assert "one after another, from steps timed on this machine" in found
    write(page, 1, "hidden", "8, 128")
    assert "measured while nothing trains" in said(page)  # another run does: of 8 units nothing is known


def test_form_speaks_chinese_and_keeps_what_was_set(store):
    page = form(opened())
    write(page, 0, "cell", "lstm, gru")
    page.session_state["language"] = "zh"
    page.run()
    assert "2 个值：LSTM、GRU" in said(page)
    assert page.selectbox(key="sweep_setting_0_zh").value == "cell"


def test_sweep_is_shown_as_a_whole_with_what_can_be_done_with_it(store):
    ids = sweep_of(store, "ffxrqq")
    page = opened()
    shown = line_of(page)
    for part in ("Sweep: Learning rate", "2 of 6 done", "1 training", "2 waiting", "1 failed", "best so far 81.00%"):
        assert part in shown
    assert {"sweep_draw", "sweep_compare", "sweep_pause", "sweep_stop_now"} <= keys(page)
    assert "sweep_go_on" not in keys(page)
    page = clicked(page, f"sweep_compare_{SWEEP}")
    chosen = page.query_params["chosen"].split(",")
    assert chosen[:2] == [ids[1], ids[0]]
    assert set(chosen) == set(ids)
    assert page.query_params["sort"] == "-test_accuracy"


def test_sweep_is_paused_taken_up_and_stopped_as_a_whole(store):
    ids = sweep_of(store, "frqq")
    page = clicked(opened(), f"sweep_pause_{SWEEP}")
    assert queue.held(store) == {SWEEP}
    assert [command.name for command in store.commands(ids[1])] == ["pause"]
    assert ">paused<" in line_of(page)
    assert "sweep_pause" not in keys(page)
    page = clicked(page, f"sweep_go_on_{SWEEP}")
    assert queue.held(store) == set()
    assert [command.name for command in store.commands(ids[1])] == ["pause", "resume"]
    page = clicked(page, f"sweep_stop_now_{SWEEP}")
    assert [store.run(run_id).state for run_id in ids] == ["finished", "running", "stopped", "stopped"]
    assert [command.name for command in store.commands(ids[1])][-1] == "stop"
    page = clicked(page, f"sweep_go_on_{SWEEP}")
    assert queue.order(store) == ids[2:]


def test_sweep_that_was_broken_off_can_be_taken_up_and_what_failed_is_left(store):
    ids = sweep_of(store, "fsxr")
    with store.transaction() as db:
        db.execute("UPDATE runs SET reported=reported-60 WHERE id=?", (ids[3],))
    page = opened()
    for part in ("1 stopped", "1 failed", "1 broken off"):
        assert part in line_of(page)
    clicked(page, f"sweep_go_on_{SWEEP}")
    assert [store.run(run_id).state for run_id in ids] == ["finished", "queued", "failed", "queued"]


def test_ended_sweep_stands_until_something_else_is_started_or_while_its_runs_are_chosen(store):
    ids = sweep_of(store, "ff")
    assert "best 81.00%" in line_of(opened())
    finished(store)
    assert not line_of(opened())
    assert line_of(opened(chosen=ids[0]))
    with pytest.raises(KeyError):
        opened().button(key=f"sweep_pause_{SWEEP}")


def test_queue_is_put_in_order_from_the_page(store):
    first, second, third = sweep_of(store, "qqq")
    page = clicked(opened(), f"sooner_{third}")
    assert queue.order(store) == [first, third, second]
    page = clicked(page, f"later_{first}")
    assert queue.order(store) == [third, first, second]
    assert page.button(key=f"sooner_{third}").disabled
    page = clicked(page, f"leave_{first}")
    assert queue.order(store) == [third, second]
    clicked(opened(chosen=second), "runs_next")
    assert queue.order(store) == [second, third]


def test_line_says_names_as_text(store):
    ids = sweep_of(store, "f")
    with store.transaction() as db:
        db.execute("UPDATE runs SET name='<b>mine</b>' WHERE id=?", (ids[0],))
    known = store.runs()
    (sweep,) = sweeps.standing(store, known)
    assert "&lt;b&gt;mine&lt;/b&gt;" in lines.line(store, sweep, known)
