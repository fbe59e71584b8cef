"""The Train page without a browser: what it shows, what it refuses, and what it asks of the store."""

import json
import os
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.digits import data
from core.errors import CheckpointError
from core.messages import Message
from core.runs import upkeep
from core.runs.recorder import Recorder
from core.runs.store import Store
from core.training.config import TrainConfig, preset
from core.training.events import Epoch, Finished, Started, Step
from dashboard.outside import as_text
from tests.pages import clicked, open_page
from tests.speeds import remember
from tests.waiters import wait_until

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "dashboard" / "pages" / "train.py"
opened = partial(open_page, "train")
STARTED = Started(
    images=100,
    steps=8,
    parameters=1,
    device="cpu",
    device_reason=Message("no GPU"),
    precision="fp32",
    precision_reason=Message("as set"),
    data="full",
    note=Message("Full MNIST."),
)


@pytest.fixture
def store(tmp_path, monkeypatch) -> Store:
    monkeypatch.setenv("RUNS_ROOT", str(tmp_path))
    st.cache_resource.clear()
    st.cache_data.clear()
    made = Store(tmp_path)
    remember(made, preset("article"))
    return made


def recorded(store: Store, state: str, **changes) -> str:
    """A run of eight steps and two tested epochs, whose process is this one."""
    run_id = store.add(preset("article", epochs=2, **changes), None)
    recorder = Recorder(store.claim(run_id), 2, 8)
    recorder.record(STARTED)
    for number in range(1, 9):
        recorder.record(step(number))
        if number % 4 == 0:
            tested = {"test_loss": 0.9, "test_accuracy": 0.5 + number / 20}
            recorder.record(Epoch(epoch=number // 4, step=number, train_loss=1.0, train_accuracy=0.5, **tested))
    recorder.close()
    store.set_state(run_id, state, pid=os.getpid())
    return run_id


def step(number: int) -> Step:
    return Step(
        step=number,
        epoch=1 + number // 5,
        loss=2.0 / number,
        accuracy=number / 10,
        learning_rate=1e-3,
        gradient_norm=0.5,
        images_per_second=1000.0,
        running_loss=1.0,
        running_accuracy=0.5,
        batch=number,
    )


def with_settings(page: AppTest, shown: bool) -> AppTest:
    page.session_state["all_settings"] = shown
    return page.run()


def test_several_devices_are_offered_where_they_exist_and_train_the_run(store):
    def number():
        return [field for field in page.number_input if field.key.endswith("_devices")]

    page = opened()
    assert not number()
    path = Path(store.folder) / "speed.json"
    measured = json.loads(path.read_text())
    path.write_text(json.dumps({key: found | {"devices": 4} for key, found in measured.items()}))
    st.cache_resource.clear()
    page = opened()
    wait_until(lambda: page.run() and number(), "the estimate")
    assert (number()[0].min, number()[0].max, number()[0].value) == (1, 4, 1)
    number()[0].set_value(3).run()
    recorded(store, "running")  # so that the new run waits
    clicked(page.run(), "start")
    assert next(run for run in store.runs() if run.state == "queued").config.devices == 3


def test_run_shows_its_figures(store):
    recorded(store, "running")
    figures = {metric.label: metric.value for metric in opened().metric}
    assert figures["Best accuracy"] == "90.00%"
    assert figures["Gradient norm"] == "0.500"
    assert figures["Learning rate"] == "0.001"


def test_run_of_the_address_is_shown(store):
    older, newer = recorded(store, "stopped", cell="gru"), recorded(store, "stopped", cell="rnn")
    assert opened().subheader[0].value.startswith("RNN")
    assert opened(run=older).subheader[0].value.startswith("GRU")
    assert opened(run=newer).subheader[0].value.startswith("RNN")


def test_address_of_no_run_is_said_and_the_newest_shown(store):
    recorded(store, "stopped", cell="gru")
    page = opened(run="20200101-000000-abcdef")
    assert "20200101-000000-abcdef" in page.warning[0].value
    assert page.subheader[0].value.startswith("GRU")


def test_buttons_are_those_that_the_state_allows(store):
    recorded(store, "running")
    keys = {button.key for button in opened().button}
    assert {"pause", "stop", "restart"} <= keys
    assert "resume" not in keys


@pytest.mark.parametrize("action", ["pause", "stop"])
def test_button_becomes_a_command_to_the_worker(store, action):
    run_id = recorded(store, "running")
    clicked(opened(), action)
    assert [name for _, name, _ in store.commands(run_id)] == [action]


def test_learning_rate_becomes_a_command_to_the_worker(store):
    run_id = recorded(store, "running")
    page = opened()
    page.text_input(key=f"learning_rate_{run_id}").set_value("2e-4")
    set_it = next(button for button in page.button if button.label == "Set")
    set_it.click().run()
    assert [command[1:] for command in store.commands(run_id)] == [("learning_rate", 2e-4)]


@pytest.mark.parametrize(("typed", "said"), [("0", "1e-06 to 1"), ("fast", "not a number"), ("nan", "1e-06 to 1")])
def test_impossible_learning_rate_is_refused_in_words(store, typed, said):
    run_id = recorded(store, "running")
    page = opened()
    page.text_input(key=f"learning_rate_{run_id}").set_value(typed)
    next(button for button in page.button if button.label == "Set").click().run()
    assert said in page.error[0].value
    assert not store.commands(run_id)


@pytest.mark.parametrize(("setting", "value", "said"), [("hidden", 0, "8 to 1024"), ("batch_size", 0, "1 to 60000")])
def test_setting_out_of_range_is_said_and_cannot_start(store, setting, value, said):
    recorded(store, "running")
    page = with_settings(opened(), True)
    page.number_input(key=f"set_article_{setting}").set_value(value).run()
    assert said in page.error[0].value
    assert page.button(key="start").disabled


def test_new_run_waits_in_the_queue_with_the_settings_chosen(store):
    trained = recorded(store, "running")
    page = with_settings(clicked(opened(), "preset_fast"), True)
    page.number_input(key="set_fast_hidden").set_value(32).run()
    with_settings(page, False)
    assert not page.number_input
    assert any("Hidden units 32" in caption.value for caption in page.caption)
    clicked(page, "start")
    waiting = next(run for run in store.runs() if run.id != trained)
    assert waiting.state == "queued"
    assert waiting.config == preset("fast", hidden=32)


def test_nothing_of_a_click_is_lost_that_is_interrupted_after_the_deed():
    """Streamlit interrupts a callback, for another rerun, wherever it touches the session's state."""

    def script():
        from streamlit.runtime.scriptrunner import get_script_run_ctx

        from dashboard import session

        state = get_script_run_ctx().session_state
        calm = state._yield_callback

        def interrupt() -> None:
            raise InterruptedError

        def action() -> str:
            object.__setattr__(state, "_yield_callback", interrupt)
            session.leave_toast("train.enqueued")
            return "its-id"

        session.act(action)
        object.__setattr__(state, "_yield_callback", calm)
        session.show_notices()

    page = AppTest.from_function(script).run()
    assert not page.exception
    assert page.query_params["run"] == "its-id"
    assert len(page.toast) == 1


def test_run_leaves_the_queue(store):
    recorded(store, "running")
    waiting = store.add(TrainConfig(), None)
    clicked(opened(), f"remove_{waiting}")
    assert waiting not in {run.id for run in store.runs()}


def test_end_of_a_run_is_announced(store):
    run_id = recorded(store, "running")
    page = opened()
    recorder = Recorder(store.claim(run_id), 2, 8)
    recorder.finish(Finished(status="finished", seconds=1.0, test_accuracy=0.9, test_loss=0.1))
    recorder.close()
    page.run()
    assert "90.00%" in page.toast[0].value
    assert not page.run().toast


def test_failure_is_shown_with_its_remedy(store):
    run_id = recorded(store, "running")
    store.set_state(run_id, "failed", "The loss is no longer a number: lower the learning rate.")
    assert "lower the learning rate" in opened().error[0].value


def test_damaged_database_is_a_notice(store):
    (store.folder / "runs.sqlite").write_bytes(b"no database" * 1000)
    assert "damaged" in opened().error[0].value


def test_page_speaks_chinese(store):
    recorded(store, "running")
    page = opened(lang="zh")
    assert page.button(key="pause").label == "暂停"


def test_chinese_page_refuses_a_learning_rate_and_says_a_failure_in_chinese(store):
    run_id = recorded(store, "running")
    page = opened(lang="zh")
    page.text_input(key=f"learning_rate_{run_id}").set_value("0")
    next(button for button in page.button if button.label == "设定").click().run()
    assert page.error[0].value == "lr 是 0：请取 1e-06 到 1 之间的值。"
    assert any("fp32：按设置。" in caption.value for caption in page.caption)
    error = CheckpointError("There is no checkpoint in {folder}: start the run anew.", folder="/r")
    store.set_state(run_id, "failed", error.message)
    assert opened(lang="zh").error[0].value == "/r 中没有检查点：请重新开始训练。"


def test_without_any_run_the_shipped_history_is_shown_and_labelled(store):
    page = opened()
    assert page.subheader[0].value == "The reader that comes with Row by Row"
    assert next(metric.value for metric in page.metric if metric.label.startswith("Accuracy")) != "–"


def test_drawing_the_page_needs_no_torch(store):
    recorded(store, "running")
    program = f"""
import sys
from streamlit.testing.v1 import AppTest
page = AppTest.from_file({str(PAGE)!r}, default_timeout=60).run()
assert not page.exception
assert "torch" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, capture_output=True, timeout=120)


def test_run_is_called_by_its_name_and_the_name_is_no_markdown(store):
    run_id = recorded(store, "stopped")
    upkeep.rename(store, run_id, ":red[*bold*] $x$")
    page = opened()
    assert page.subheader[0].value == as_text(":red[*bold*] $x$")
    assert ":red[*bold*] $x$" in page.selectbox(key="run_choice").options


def test_page_stays_with_the_run_that_is_watched(store):
    watched = recorded(store, "stopped", cell="gru")
    page = opened()
    recorded(store, "running", cell="rnn")
    assert page.run().subheader[0].value.startswith("GRU")
    assert page.session_state["run_choice"] == watched


def test_epochs_are_told_in_fractions(store):
    run_id = recorded(store, "stopped")
    with store.transaction() as db:
        db.execute("UPDATE runs SET facts=json_patch(facts, '{\"step\": 2}') WHERE id=?", (run_id,))
    told = [bar.proto.text for bar in opened().get("progress")]
    assert any(text.startswith("Epoch 0.5 of 2 ") for text in told), told


def test_tiles_say_over_how_many_batches_they_average(store):
    recorded(store, "running")
    assert "Loss · last 2 batches" in {metric.label for metric in opened().metric}


def test_ended_run_leads_on(store):
    run_id = recorded(store, "finished")
    page = opened()
    keys = {button.key for button in page.button}
    assert {"compare", "longer"} <= keys
    assert "draw_with" not in keys  # it has no weights
    page.button(key="longer").click().run()
    assert page.session_state["preset"] == "article"
    assert any("Epochs 4" in caption.value for caption in page.caption)
    assert store.run(run_id).config.epochs == 2


def test_settings_are_told_in_peoples_words_and_kept_in_another_language(store):
    recorded(store, "running")
    page = with_settings(clicked(opened(), "preset_fast"), True)
    schedule = next(box for box in page.selectbox if box.key == "set_fast_schedule_en")
    assert schedule.options == ["constant", "one cycle", "flat, then a fall"]
    schedule.select("constant").run()
    page.session_state["language"] = "zh"
    page.run()
    assert any("单周期" not in caption.value and "恒定" in caption.value for caption in page.caption)
    clicked(page, "start")
    assert next(run for run in store.runs() if run.state == "queued").config == preset("fast", schedule="constant")


def test_run_that_sees_only_hard_images_from_a_step_on_says_so_and_shows_them(store):
    run_id = recorded(store, "running", hardest=0.25)
    page = opened()
    (said,) = [one.value for one in page.caption if "hardest 25%" in one.value]
    assert said.startswith("From step 4 on")  # of eight steps three see any images
    assert not any("misses" in one.value for one in page.caption)
    page.session_state["hardest_images"] = True
    page.run()
    assert not page.exception
    train, _ = data.hold_out(data.load().train, store.run(run_id).config.validation_images)
    assert any(f"misses {(train.margins < 0).sum():,} of" in one.value for one in page.caption)


def test_run_that_sees_pen_digits_from_a_step_on_says_so(store):
    recorded(store, "running", pen_digits=0.3, pen_digits_after=0.6)
    page = opened()
    (said,) = [one.value for one in page.caption if "with a pen" in one.value]
    assert said.startswith("From step 6 on (▼) 30% of each batch")  # of eight steps five see MNIST alone


@pytest.mark.parametrize("changes", [{}, {"pen_digits": 0.3}, {"pen_digits_after": 0.5}])
def test_run_that_sees_the_same_images_all_along_has_no_word_of_it(store, changes):
    recorded(store, "running", **changes)
    page = opened()
    assert not any("hardest" in one.value or "with a pen" in one.value for one in page.caption)
    assert all(drawer.label != "The hardest images, which it sees from then on" for drawer in page.expander)


def test_fast_preset_takes_its_own_rate_with_an_rnn_and_leaves_what_is_set(store):
    page = with_settings(clicked(opened(), "preset_fast"), True)

    def choose(cell: str):
        return next(box for box in page.selectbox if box.key == "set_fast_cell_en").set_value(cell).run()

    usual, own = preset("fast"), preset("fast", cell="rnn")
    page = choose("rnn")
    assert page.number_input(key="set_fast_lr").value == own.lr
    assert page.number_input(key="set_fast_epochs").value == own.epochs
    assert any("With an RNN the preset itself takes" in caption.value for caption in page.caption)
    page.number_input(key="set_fast_lr").set_value(0.01).run()
    page = choose("lstm")
    assert page.number_input(key="set_fast_lr").value == 0.01
    assert page.number_input(key="set_fast_epochs").value == usual.epochs
    assert not any("the preset itself" in caption.value for caption in page.caption)
    page = choose("rnn")
    clicked(page, "start")
    [run] = store.runs()
    assert run.config == own.with_(lr=0.01)
    assert run.name == "RNN 2 × 128 · fast · lr 0.01"
