"""Teach it: a press teaches the chosen reader, and what is said afterwards is what came of it, honestly."""

import numpy as np
import pytest

from core.runs import taught, worker
from core.runs.drawings import Drawings
from core.runs.run import Facts, Run, RunFolder
from core.runs.taught import Outcome, Tried
from core.training.config import TrainConfig
from core.training.lesson import OwnDigit
from dashboard import samples
from dashboard.examine import mine, teaching
from tests.pages import clicked, open_page
from tests.waiters import wait_until


def keep(store, count: int) -> None:
    kept = Drawings(store)
    for n in range(count):
        strokes = [[[x + n / 10, y] for x, y in stroke] for stroke in samples.strokes(str(n % 10))]
        kept.keep({"strokes": strokes, "width": 18, "size": 280}, n % 10)


def tables(page) -> str:
    assert not page.exception
    return " ".join(text.proto.body for text in page.get("html") if "<table" in text.proto.body)


@pytest.mark.data
def test_a_press_teaches_the_chosen_reader_and_the_page_tells_both_accuracies_before_and_after(store):
    keep(store, 12)
    config = TrainConfig(hidden=8, layers=1, epochs=0.05, device="cpu", precision="fp32")
    worker.start(store.folder, config, None)
    [source] = store.runs()
    page = open_page("examine", view="mine", reader=source.id)
    wait_until(lambda: [one for one in page.run().button if one.key == "examine_teach"], "the examined reader")
    clicked(page, "examine_teach")
    run = store.runs()[0]
    assert (run.config.start_from, run.config.own_digits, run.config.hidden) == (source.id, 0.1, 8)
    assert run.name == f"{source.name} taught my digits"
    assert page.button(key="examine_teach").disabled
    run = wait_until(lambda: (now := store.run(run.id)).state == "finished" and now, "the end")
    told = wait_until(lambda: "kept back" in (said := tables(page.run())) and "/ 12 *" in said and said, "both tables")
    found = taught.outcome(run)
    for tried, named in ((found.kept_back, "your 4 digits kept back"), (found.learned, "your 8 digits it learned")):
        assert named in told
        assert f"<td>{tried.right_before} / {len(tried)}</td><td>{tried.right_after} / {len(tried)}</td>" in told
    assert f"<td>{run.facts.start_accuracy:.2%}</td><td>{run.facts.test_accuracy:.2%}</td>" in told
    assert store.run(source.id).weights.read_bytes() == source.weights.read_bytes()


def tried(gained: int, lost: int, same: int) -> Tried:
    count = gained + lost + same
    digits = [OwnDigit(id=str(n), digit=3, record={}, learned=False) for n in range(count)]
    before, after = np.full(count, 3), np.full(count, 3)
    before[:gained] = 5
    after[gained : gained + lost] = 5
    return Tried(digits=digits, before=before, after=after)


def said(kept_back: Tried, tmp_path, **facts) -> str:
    facts = {"start_accuracy": 0.9953, "test_accuracy": 0.9949, "data_source": "full"} | facts
    config = TrainConfig(start_from="lstm", own_digits=0.1)
    run = Run(id="a", config=config, state="finished", created=0, folder=RunFolder(tmp_path), facts=Facts(**facts))
    return " ".join(teaching.findings(run, Outcome(learned=tried(1, 0, 0), kept_back=kept_back)))


def test_few_digits_are_said_to_prove_little(tmp_path):
    text = said(tried(3, 0, 1), tmp_path)
    assert "Of 4 digits that it never saw, 3 are now right that were wrong, and 0 wrong that were right" in text
    assert "so few prove little, for chance alone would do so in 25% of cases" in text
    assert "On MNIST 47 of 10,000 test images were wrong, now 51 are." in text


def test_a_change_that_chance_hardly_makes_is_said_to_be_one(tmp_path):
    text = said(tried(8, 0, 2), tmp_path)
    assert "chance alone would do so in 1% of cases" in text
    assert "prove little" not in text


def test_where_nothing_was_kept_back_no_test_is_claimed(tmp_path):
    assert "none can test it: from 9 on a third is kept back" in said(tried(0, 0, 0), tmp_path)
    assert "none changed: too few to tell" in said(tried(0, 0, 4), tmp_path)


def test_of_the_subset_its_own_count_of_images_is_told(tmp_path):
    assert "of 2,000 test images" in said(tried(1, 0, 3), tmp_path, data_source="subset")


def test_reader_that_was_taught_them_is_no_best_reader_of_ones_digits():
    scores = {"lstm": mine.Score(9, 0.99, 0), "gru": mine.Score(4, 0.99, 0), "rnn": mine.Score(12, 0.99, 8)}
    text = mine.table_finding(scores, 12)
    assert "LSTM reads your digits best, 9 of 12; the weakest reads 4" in text
    assert "* was taught some of these digits: no test." in text
