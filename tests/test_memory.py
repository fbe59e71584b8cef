"""Learn's experiment with networks that wait: a prediction first, and sentences that follow the table's numbers."""

import json
from itertools import product

import pytest

from core.training import waiting
from core.training.waiting import SEEDS, STARTS, WAITS, Training
from dashboard.learn import figures, memory
from tests.pages import open_page

WORDS = {name: name for name in ("wait", "accuracy", "reach", "label", "start_pytorch", "start_orthogonal")}


def table(accuracy) -> list[Training]:
    """accuracy(cell, start, wait, seed) of every training."""
    return [
        Training(
            cell=cell, start=start, wait=wait, seed=seed, accuracy=accuracy(cell, start, wait, seed), loss=0.1,
            reach_before=-wait / 28, reach_after=-1.0,
        )
        for cell, start, wait, seed in product(("rnn", "gru", "lstm"), STARTS, WAITS, SEEDS)
    ]  # fmt: skip


@pytest.fixture
def shown(monkeypatch, runs_folder):
    """The page with a table in which only the LSTM remembers, and only from the orthogonal start."""
    rows = table(lambda cell, start, wait, seed: 0.97 if wait == 0 or (cell, start) == ("lstm", "orthogonal") else 0.11)
    monkeypatch.setattr(waiting, "shipped", lambda: rows)
    return rows


def text(page) -> str:
    return " ".join(element.value for element in [*page.markdown, *page.caption])


def test_prediction_is_asked_for_before_anything_is_shown(shown):
    page = open_page("learn", chapter="3")
    assert "Seeds part most" not in text(page)
    assert "memory_train" not in {button.key for button in page.button}
    page.button_group(key="learn_memory").set_value("lstm").run()
    assert not page.exception
    assert "As you said." in text(page)
    assert "more than half of the answers are right for LSTM" in text(page)
    assert "From PyTorch's default, none is right more than half of the time" in text(page)
    page.button_group(key="learn_memory").set_value("none").run()
    assert "Not as you said." in text(page)


def test_training_of_the_table_fills_the_form_of_the_train_page(shown):
    page = open_page("learn", chapter="3", memory="rnn")
    page.selectbox(key="memory_cell").set_value("gru").run()
    page.selectbox(key="memory_wait").set_value(56).run()
    page.button(key="memory_train").click().run()  # Train itself is not there in the test of one page
    assert page.session_state["set_accurate_wait"] == 56
    assert page.session_state["set_accurate_cell"] == "gru"
    assert page.session_state["set_accurate_layers"] == 1


def test_sentences_follow_the_table():
    even = table(lambda cell, start, wait, seed: 0.9)
    assert memory.outcome(even).count("RNN, GRU, LSTM") == 2
    assert memory._said(memory._holding(even, "orthogonal", 112)) == "rnn"
    one_bad_seed = table(lambda cell, start, wait, seed: 0.3 if (cell, wait, seed) == ("rnn", 112, 2) else 0.9)
    assert memory._holding(one_bad_seed, "pytorch", 112) == ["rnn", "gru", "lstm"]
    two_bad_seeds = table(lambda cell, start, wait, seed: 0.3 if (cell, wait, seed > 0) == ("rnn", 112, True) else 0.8)
    assert memory._holding(two_bad_seeds, "pytorch", 112) == ["gru", "lstm"]
    assert memory._said(["gru", "lstm"]) == "lstm"
    assert memory._said(["gru"]) == memory._said([]) == "none"
    first, second, spread = memory.findings(one_bad_seed)
    assert "RNN 70.0%, GRU 90.0%, LSTM 90.0%" in first
    assert "RNN 1·10⁻⁴" in second
    assert "RNN" in spread
    assert "112 rows: 30.0% to 90.0%" in spread


def test_figure_has_the_mean_of_the_seeds_and_whiskers_to_the_least_and_the_most():
    rows = table(lambda cell, start, wait, seed: 0.5 + 0.1 * seed if cell == "rnn" else 0.9)
    figure = figures.trained_to_wait(rows, WORDS)
    assert len(figure["data"]) == 12
    rnn = next(trace for trace in figure["data"] if trace["uid"] == "rnn-1")
    assert rnn["y"] == pytest.approx([0.6] * 4)
    assert rnn["error_y"]["array"] == pytest.approx([0.1] * 4)
    assert rnn["error_y"]["arrayminus"] == pytest.approx([0.1] * 4)
    reach = next(trace for trace in figure["data"] if trace["uid"] == "gru-4")
    assert reach["y"] == pytest.approx([1, 0.1, 0.01, 1e-4])


def test_shipped_table_is_whole_and_of_the_full_mnist():
    rows = waiting.shipped()
    keys = [(row.cell, row.start, row.wait, row.seed) for row in rows]
    assert keys == list(product(waiting.CELLS, STARTS, WAITS, SEEDS))
    assert min(row.accuracy for row in rows if not row.wait) > 0.8
    assert json.loads(waiting.TABLE.read_text())["source"] == "full"
