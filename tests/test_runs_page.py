"""The Runs page without a browser: what it shows, what its address keeps, and what it asks of the store."""

import csv
import json
import os
from functools import partial
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.runs import upkeep
from core.runs.store import Store
from core.training.config import TrainConfig, preset
from dashboard import readers, settings
from dashboard.outside import as_text
from dashboard.runs import actions, address, landscape, overlay, side_by_side, table
from tests.pages import clicked, open_page
from tests.test_upkeep import finished

opened = partial(open_page, "runs")


@pytest.fixture
def store(runs_folder) -> Store:
    st.cache_resource.clear()
    st.cache_data.clear()
    return Store()


def html_of(page: AppTest) -> str:
    return " ".join(element.proto.body for element in page.get("html"))


def table_of(store: Store, **kept) -> list[dict[str, str]]:
    """The rows of the table, each a text for each column."""
    runs = table.matching(store.runs(), kept.get("text", ""), kept.get("states", ()), kept.get("archived", False))
    columns = table.columns_of(runs, kept.get("hidden", ()))
    rows = json.loads(table.message(runs, columns, "-created"))["rows"]
    return [dict(zip(columns, row["shown"], strict=True)) for row in rows]


def test_empty_folder_says_what_will_be_here(store):
    assert "No run yet" in opened().markdown[0].value


def test_table_has_a_column_for_each_setting_in_which_the_runs_differ(store):
    finished(store)
    assert "lr" not in table_of(store)[0]
    finished(store, lr=0.01, schedule="one_cycle", input_scale=1 / 0.3081)
    newest, oldest = table_of(store)
    assert (newest["lr"], oldest["lr"]) == ("0.01", "0.001")
    assert (newest["schedule"], newest["input_scale"]) == ("one cycle", "1/0.3081")
    assert (newest["test_accuracy"], newest["state"], newest["device"]) == ("90.00%", "finished", "CPU")
    assert "hidden" not in newest
    assert "lr" not in table_of(store, hidden=["lr"])[0]


def test_column_that_is_a_setting_and_a_figure_stands_once(store):
    finished(store, device="cpu")
    finished(store)
    assert [row["device"] for row in table_of(store)] == ["CPU", "CPU"]
    assert len(opened().checkbox(key="runs_shows_device").label) > 0


def test_runs_are_found_by_name_note_and_state(store):
    first, second = finished(store), store.add(TrainConfig(cell="gru"), None)
    upkeep.note(store, first, "with Slashed zeros")
    upkeep.archive(store, [finished(store, cell="rnn")])
    assert [row["name"] for row in table_of(store)] == [store.run(second).name, store.run(first).name]
    assert [row["name"] for row in table_of(store, text="zeros slashed")] == [store.run(first).name]
    assert [row["name"] for row in table_of(store, states=["queued"])] == [store.run(second).name]
    assert len(table_of(store, archived=True)) == 3
    page = opened(find="slashed", state="finished")
    assert any(caption.value == "1 of 3" for caption in page.caption)
    assert page.query_params["find"] == "slashed"


def test_one_chosen_run_shows_all_its_settings_and_marks_those_that_are_not_the_presets(store):
    run_id = finished(store, lr=0.01)
    upkeep.rename(store, run_id, "<b>mine</b>")
    upkeep.note(store, run_id, "a *note*")
    page = opened(chosen=run_id)
    assert page.subheader[0].value == as_text("<b>mine</b>")
    assert page.markdown[-1].value == as_text("a *note*")
    shown = html_of(page)
    for name in settings.NAMES:
        assert f"<th>{settings.label(name)}</th>" in shown
    assert '<tr class="differs" title="The preset has 0.001."><th>Learning rate</th><td>0.01</td></tr>' in shown
    assert shown.count("differs") == 1
    assert any(run_id in caption.value.replace("\\", "") and "PyTorch" in caption.value for caption in page.caption)


def test_chosen_runs_are_compared_by_figures_settings_and_seeds(store):
    runs = [finished(store, 0.8, seed=1), finished(store, 0.9, seed=2), finished(store, 0.7, lr=0.01)]
    page = opened(chosen=",".join(runs))
    assert page.subheader[0].value == "3 runs compared"
    shown = html_of(page)
    assert "90.00% <small>+10.00</small>" in shown
    assert "70.00% <small>−10.00</small>" in shown
    assert "<td>0.001</td><td>0.001</td><td>0.01</td>" in shown
    assert "Hidden units" not in shown
    assert any("LSTM 2 × 128, 2 seeds" in c.value and "85.00% ± 7.07" in c.value for c in page.caption)
    every = html_of(opened(chosen=",".join(runs), every="1"))
    assert "Hidden units" in every
    assert every.count('<tr class="differs">') == 2


def test_runs_of_a_sweep_are_drawn_through_their_settings_and_averaged_over_seeds(store):
    made = [(0.5, 0.1, 8, 0), (0.7, 0.1, 8, 1), (0.8, 0.2, 8, 0), (0.9, 0.2, 16, 0)]
    runs = [store.run(finished(store, acc, lr=lr, hidden=hidden, seed=seed)) for acc, lr, hidden, seed in made]
    assert not landscape.worth_showing(runs[:3])
    assert landscape.worth_showing(runs)
    words = dict.fromkeys(("accuracy", "parallel", "heat"), "")
    parallel, heat = (json.loads(message.content) for message in landscape.messages(runs, words))
    best = parallel["data"][-1]
    assert (best["uid"], best["x"], best["y"]) == (runs[3].id, [0, 1, 2], [1, 1, 1])
    assert parallel["data"][0]["y"] == [0, 0, 0]
    (cells,) = heat["data"]
    assert (cells["x"], cells["y"]) == (["8", "16"], ["0.1", "0.2"])
    assert cells["z"] == [[pytest.approx(0.6), None], [0.8, 0.9]]


@pytest.mark.parametrize("over", overlay.AXES)
def test_curves_of_different_lengths_lie_over_one_another(store, over):
    runs = [store.run(finished(store, steps=4)), store.run(finished(store, steps=8, lr=0.01))]
    words = {
        name: name for name in ("test", "label", f"over_{over}", "loss", "accuracy", "learning_rate", "gradient_norm")
    }
    moments = tuple(overlay.moment(run) for run in runs)
    first, second = (json.loads(m.content) for m in overlay.messages(str(store.folder), moments, over, False, words))
    lines = [trace for trace in first["data"] if trace["mode"] == "lines"]
    assert [trace["yaxis"] for trace in lines] == ["y", "y", "y2", "y2"]
    assert {trace["line"]["color"] for trace in lines} == {overlay.colour(0), overlay.colour(1)}
    assert len([trace for trace in second["data"] if trace["mode"] == "lines"]) == 4
    assert all(trace["x"]["bdata"] for trace in lines)


def test_picture_changes_with_all_that_it_shows(store):
    run_id = finished(store)
    before = overlay.moment(store.run(run_id))
    upkeep.rename(store, run_id, "another")
    renamed = overlay.moment(store.run(run_id))
    assert before != renamed
    store.set_state(run_id, "stopped")
    assert renamed != overlay.moment(store.run(run_id))


def test_deletion_is_undone_from_the_page(store):
    kept, gone = finished(store), finished(store, lr=0.01)
    page = clicked(opened(chosen=gone), "runs_delete")
    assert [run.id for run in store.runs()] == [kept]
    assert not page.subheader
    assert "chosen" not in page.query_params
    assert any(as_text("LSTM 2 × 128 · lr 0.01") in text.value for text in page.caption)
    clicked(page, "runs_undo")
    assert {run.id for run in store.runs()} == {kept, gone}
    assert "runs_undo" not in {button.key for button in page.button}


def test_run_that_trains_is_stopped_before_it_is_deleted(store):
    run_id = store.add(TrainConfig(), None)
    store.set_state(run_id, "running", pid=os.getpid())
    page = opened(chosen=run_id)
    assert any("stopped first" in caption.value for caption in page.caption)
    clicked(page, "runs_delete")
    assert [command.name for command in store.commands(run_id)] == ["stop"]


def test_run_is_renamed_and_noted_from_the_page(store):
    run_id, other = finished(store), finished(store)
    page = opened(chosen=run_id)
    page.text_input(key=f"runs_name_{run_id}").set_value("the best")
    page.text_area(key=f"runs_note_{run_id}").set_value("because")
    next(button for button in page.button if button.label == "Save").click().run()
    assert (store.run(run_id).name, store.run(run_id).note) == ("the best", "because")
    assert page.subheader[0].value == "the best"
    page = opened(chosen=other)
    page.text_input(key=f"runs_name_{other}").set_value("the best")
    next(button for button in page.button if button.label == "Save").click().run()
    assert "choose another name" in page.error[0].value


def test_another_session_that_renames_or_deletes_is_seen(store):
    run_id, other = finished(store), finished(store, lr=0.01)
    page = opened(chosen=f"{run_id},{other}")
    upkeep.rename(store, run_id, "renamed elsewhere")
    assert "renamed elsewhere" in html_of(page.run())
    upkeep.delete(store, [run_id])
    assert page.run().subheader[0].value == as_text("LSTM 2 × 128 · lr 0.01")
    assert page.query_params["chosen"] == other


def test_archived_run_leaves_the_lists_and_comes_back(store):
    run_id, _ = finished(store), finished(store)
    page = clicked(opened(chosen=run_id), "runs_archive")
    assert store.run(run_id).archived
    assert any(caption.value == "1 of 2" for caption in page.caption)
    clicked(page, "runs_unarchive")
    assert not store.run(run_id).archived


def test_form_of_train_is_filled_with_a_runs_settings(store):
    config = preset("fast", hidden=32, schedule="constant", test_each_epoch=True)

    def script(settings_: dict):
        from core.training.config import TrainConfig
        from dashboard import settings
        from dashboard.train.setup import _config

        settings.fill_form(TrainConfig.from_dict(settings_))
        import streamlit as st

        st.session_state["made"] = _config()

    page = AppTest.from_function(script, kwargs={"settings_": config.as_dict()}).run()
    assert not page.exception
    assert page.session_state["made"] == config


def test_run_has_the_same_name_where_readers_are_chosen(store):
    run_id = finished(store)
    upkeep.rename(store, run_id, "the best")
    assert readers.title(run_id, Path()) == "the best · 90.00%"


def test_files_hold_every_figure_and_setting(store):
    runs = [store.run(finished(store, 0.8)), store.run(finished(store, 0.9, lr=0.01))]
    rows = list(csv.DictReader(side_by_side.as_csv(runs).splitlines()))
    assert [(row["name"], row["test_accuracy"], row["lr"]) for row in rows] == [
        ("LSTM 2 × 128", "0.8", "0.001"),
        ("LSTM 2 × 128 · lr 0.01", "0.9", "0.01"),
    ]
    told = json.loads(actions._json(runs))
    assert told["comparison"]["settings"] == {"lr": [0.001, 0.01]}
    assert told["runs"][0]["config"] == runs[0].config.as_dict()


def test_what_was_set_is_kept_while_its_widget_is_not_shown(store):
    def script():
        import streamlit as st

        from dashboard.runs import address

        address.restore()
        if st.checkbox("shown", key="shown"):
            st.selectbox("over", ["step", "epoch", "seconds"], **address.kept("over"))
            st.text_input("find", **address.kept("find"))
        address.publish()

    page = AppTest.from_function(script).run()
    page.checkbox(key="shown").check().run()  # set before it is shown for the first time
    page.selectbox(key=address.key("over")).select("seconds").run()
    page.checkbox(key="shown").uncheck().run()
    page.checkbox(key="shown").check().run()
    assert page.selectbox(key=address.key("over")).value == "seconds"


def test_run_that_another_page_asks_for_is_chosen_whatever_was_set_before(store):
    first, second = finished(store), finished(store)
    page = opened(chosen=first, find="nothing has this name", log="1")
    page.session_state["wanted_run"] = second
    page.run()
    assert not page.exception
    assert {name: page.query_params[name] for name in page.query_params} == {"chosen": second}
    assert page.text_input[0].value == ""


def test_address_is_kept_while_another_page_is_shown(store):
    def script():
        from dashboard.runs import address

        address.restore()
        address.publish()

    page = AppTest.from_function(script)
    page.query_params.update({"chosen": "a,b", "sort": "loss", "log": "1"})
    page.run()
    for name, wanted in (("chosen", ["a", "b"]), ("sort", "loss"), ("log", True), ("over", "step")):
        assert page.session_state[address.key(name)] == wanted
    assert {name: page.query_params[name] for name in page.query_params} == {
        "chosen": "a,b",
        "sort": "loss",
        "log": "1",
    }
