"""Learn's experiments ask before they show, and say of their result what its numbers say."""

import re
from concurrent.futures import Future
from types import SimpleNamespace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.reading import readers
from core.reading.carriers import Carriers
from core.reading.tracing import Surgery, trace
from core.training import delay
from dashboard import samples
from dashboard.learn import delayed, experiments, state, surgery_settings
from tests.pages import open_page

pytestmark = pytest.mark.usefixtures("runs_folder")


def lstm():
    return readers.load(delay.shipped_path("lstm"))


def read(digit, **settings):
    """(trace, trace under these controls)"""
    reader, frame = lstm(), samples.sample(digit)
    surgery = surgery_settings.surgery_of(state.defaults(state.SURGERY) | settings, reader)
    return trace(reader, frame), trace(reader, frame, surgery)


def text(page) -> str:
    return " ".join(element.value for element in page.markdown)


def carried(*answers, last=0.4):
    """7 is the answer; the units fall silent one after another."""
    probabilities = np.linspace(0.99, last, len(answers))
    return Carriers(7, tuple(range(len(answers))), probabilities, np.array(answers))


@pytest.mark.parametrize("name", ["forget", "close", "carry"])
def test_experiment_asks_first_and_its_prediction_sets_it_up(name):
    page = open_page("learn", chapter="6", digit="7", lang="en")
    assert "As you said." not in text(page)
    assert "Not as you said." not in text(page)
    page.button_group(key=f"learn_{name}").set_value({"carry": "some"}.get(name, "changes")).run()
    assert not page.exception
    assert len(re.findall(r"\*\*(?:As|Not as) you said\.\*\*", text(page))) == 1
    assert "| Probability of 7 |" in text(page)
    expected = {"forget": {"f": "1"}, "close": {"i": "0", "rows": "15-28"}, "carry": {}}[name]
    told = dict(page.query_params)
    assert told.items() >= expected.items()
    assert name in told
    assert ("silent" in told) == (name == "carry")


def test_link_with_a_prediction_opens_its_result_and_the_way_to_its_strips():
    page = open_page("learn", chapter="6", digit="7", lang="en", close="wavers")
    assert "As you said." in text(page)
    page.button(key="learn_below_close").click().run()
    assert not page.exception
    assert dict(page.query_params)["rows"] == "15-28"


def test_experiment_with_a_gate_that_a_reader_lacks_takes_the_lstm():
    page = open_page("learn", chapter="6", digit="7", lang="en", reader="rnn")
    page.button_group(key="learn_forget").set_value("stays").run()
    assert not page.exception
    assert page.session_state["learn_forget"] == "stays"
    assert "reader" not in dict(page.query_params)
    assert "a unit's |C| is" in text(page)


@pytest.mark.parametrize("digit", list("0123456789"))
def test_outcome_is_what_became_of_the_answer(digit):
    for settings in experiments.HELD.values():
        before, after = read(digit, **settings)
        lost = before.probabilities[-1, before.digit] - after.probabilities[-1, before.digit]
        came = experiments.outcome(before, after)
        assert (came == "changes") == (before.digit != after.digit)
        assert (came == "stays") == (before.digit == after.digit and lost < 0.1)
        changes = re.search(rf"a {after.digit} is read", experiments.forget_reason(before, after))
        assert bool(changes) == (came == "changes")


def test_reason_for_forgetting_tells_how_far_the_cell_state_has_grown():
    before, after = read("7", f="1")
    was, now = (np.abs(one.C[:, -1]).mean() for one in (before, after))
    assert f"is {now:.2g} on average, before {was:.2g}" in experiments.forget_reason(before, after)
    assert "does not pile up" in experiments.forget_reason(after, before)


def test_reason_for_the_shut_input_tells_what_was_thought_when_it_shut():
    before, after = read("3", **experiments.HELD["close"])
    digit = before.probabilities[13].argmax()
    assert f"would have said {digit} (" in experiments.close_reason(before, after)
    np.testing.assert_array_equal(before.probabilities[13], after.probabilities[13])


@pytest.mark.parametrize(
    ("answers", "option", "said"),
    [
        ([1], "few", "One of 128 units was enough"),
        ([7, 7, 7, 7, 1], "few", "A few units carry this 7."),
        ([7] * 5 + [1], "some", "No single unit is the 7"),
        ([7] * 9 + [1], "some", "10 of 128 units had to fall silent."),
        ([7] * 10 + [1], "many", "The 7 is spread over many units"),
        ([7] * 20, "many", "Even with 20 of 128 units silent the 7 is still read, with 40.0"),
    ],
)
def test_count_of_carriers_and_its_reason_follow_the_numbers(answers, option, said):
    assert experiments.count_of(carried(*answers)) == option
    assert said in experiments.carry_reason(carried(*answers), 128)


def test_question_about_readers_that_were_not_trained_to_wait_comes_before_the_figure():
    page = open_page("learn", chapter="3", lang="en")
    assert "Longest measured wait" not in " ".join(caption.value for caption in page.caption)
    page.button_group(key="learn_delay").set_value("gated").run()
    assert not page.exception
    assert "Longest measured wait" in " ".join(caption.value for caption in page.caption)
    assert "After 14 blank rows more than half of the answers are right for GRU, LSTM." in text(page)
    assert "As you said." in text(page)


@pytest.mark.parametrize(
    ("rows", "holding", "option"),
    [(0, ["rnn", "gru", "lstm"], "all"), (14, ["gru", "lstm"], "gated"), (28, ["lstm"], None), (112, [], "none")],
)
def test_who_holds_after_a_wait_is_read_off_the_table(rows, holding, option):
    assert delayed.holding_after(delay.shipped(), rows) == holding
    assert delayed._said(holding) == option
    assert delayed._said(["rnn"]) is None


def test_surgery_of_an_experiment_is_nothing_but_what_it_says():
    reader = lstm()
    forget = surgery_settings.surgery_of(state.defaults(state.SURGERY) | experiments.HELD["forget"], reader)
    assert forget == Surgery(clamp=(("f", 1.0, None, None, 0, None),))


def test_accuracy_before_surgery_is_shown_though_it_comes_last(monkeypatch):
    works = {False: Future(), True: Future()}
    works[True].set_result(0.25)
    monkeypatch.setattr(experiments.accuracy, "measured", lambda path, reader, surgery: works[bool(surgery)])
    monkeypatch.setattr(experiments.mnist, "describe", lambda: SimpleNamespace(source="full"))

    def script():
        from types import SimpleNamespace

        from core.reading import readers
        from core.reading.surgery import Surgery
        from core.reading.tracing import trace
        from dashboard import samples
        from dashboard.learn import experiments

        reader, frame, surgery = readers.load(), samples.sample("7"), Surgery(silenced=((0, 1),))
        subject = SimpleNamespace(trace=trace(reader, frame), path=None, reader=reader)
        experiments._compared("close", subject, surgery, trace(reader, frame, surgery))

    page = AppTest.from_function(script, default_timeout=60).run()
    assert "| … | 25.0" in text(page)
    assert page.info
    works[False].set_result(0.75)
    page.run()
    assert "| 75.0" in text(page)
    assert not page.info
