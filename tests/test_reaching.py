"""Learn's figure of the gradients: one legend, a slider through snapshots, and sentences true of its numbers."""

import numpy as np
import pytest

from core.reading import jacobians, readers
from core.reading.gradients import RowGradients
from core.reading.tracing import trace
from core.runs import worker
from core.runs.store import Store
from core.training import delay
from dashboard import samples
from dashboard.learn import figures, vanishing
from dashboard.learn.figures import Place, Reach
from dashboard.learn.findings import findings
from tests.pages import open_page
from tests.waiters import wait_until

pytestmark = pytest.mark.usefixtures("runs_folder")
NAMES = ("before", "after", "memory", "hidden", "pixels", "carried", "row", "label")
WORDS = {name: name for name in NAMES} | {"alone_lstm": "{name}: f alone", "alone_gru": "{name}: z alone"}


def reach(share=0.5, carried=0.5, kept=None):
    """share of the gradient, and of a change of the state, comes from the last row to the first."""
    gradients = RowGradients(np.geomspace(share, 1, 28), None, np.ones(28), 0.1)
    return Reach(gradients, np.geomspace(carried, 1, 28), None if kept is None else np.geomspace(kept, 1, 28))


def place(cell, before=None, after=None, name=None):
    return Place(name or cell.upper(), cell, before, after)


@pytest.fixture
def run_id(tiny_config, tiny_mnist, monkeypatch):
    """A run that has ended, with its snapshots."""
    monkeypatch.setattr("core.digits.data.load", lambda root=None, progress=None: tiny_mnist)
    store = Store()
    made = store.add(tiny_config, None, state="running")
    worker.run(store, made)
    return made


def captions(page) -> str:
    return " ".join(caption.value for caption in page.caption)


def measured(page):
    """The page once its gradients are there."""
    wait_until(lambda: "reaches row 1" in captions(page.run()), "the gradients", 120)
    assert not page.exception
    return page


def test_gradients_are_shown_at_any_point_of_a_run_that_has_kept_snapshots(run_id):
    steps = list(Store().run(run_id).snapshots)
    page = open_page("learn", chapter="3", lang="en", place1=run_id)
    slider = page.select_slider(key="learn_point")
    assert slider.options == [*(f"step {step:,}" for step in steps), "after training"]
    assert "After training:" in captions(measured(page))
    assert "No snapshot of then" not in captions(page)
    page.select_slider(key="learn_point").set_value(str(steps[0])).run()
    assert dict(page.query_params)["point"] == str(steps[0])
    assert "After step 1:" in captions(measured(page))
    assert "No snapshot of then, and so no line in the right column: GRU · comes with the program" in captions(page)


def test_readers_without_snapshots_are_said_to_have_none():
    page = open_page("learn", chapter="3", lang="en", point="60")
    assert not page.exception
    assert "These readers have kept no snapshots" in captions(page)
    assert not page.select_slider


def test_snapshot_is_measured_as_it_was_then(run_id):
    kept = Store().run(run_id).snapshots
    then, last = (readers.load(kept[step]) for step in (min(kept), max(kept)))
    frame = samples.sample("3")
    (found,) = vanishing.compare([(run_id, last, then)], frame, 3, {})
    np.testing.assert_array_equal(found.after.carried, jacobians.carried(then, trace(then, frame)))
    assert not np.array_equal(found.after.carried, jacobians.carried(last, trace(last, frame)))
    (shipped,) = vanishing.compare([("rnn", readers.load(delay.shipped_path("rnn")), None)], frame, 3, {})
    assert shipped.after is None
    assert shipped.before is not None


def test_figure_has_one_legend_with_every_line_once():
    places = [
        place("rnn", reach(), None),
        place("gru", reach(kept=0.1), reach(kept=0.2)),
        place("lstm", None, reach(kept=0.3)),
    ]
    figure = figures.vanishing(places, WORDS)
    named = [line["name"] for line in figure["data"] if line["showlegend"]]
    assert named == ["RNN", "GRU", "GRU: z alone", "LSTM", "LSTM: f alone"]
    assert len({line["uid"] for line in figure["data"]}) == len(figure["data"])
    carried = next(line for line in figure["data"] if line["uid"] == "2-8")
    assert carried["y"] == pytest.approx(places[2].after.carried)
    alone = next(line for line in figure["data"] if line["uid"] == "2-8-alone")
    assert alone["y"] == pytest.approx(places[2].after.kept)
    assert (alone["xaxis"], alone["yaxis"]) == (carried["xaxis"], carried["yaxis"])
    assert alone["line"]["width"] < carried["line"]["width"]


def test_three_sentences_follow_the_numbers_at_the_chosen_point():
    places = [place("rnn", reach(1e-6), reach(0.2, carried=0.003)), place("lstm", reach(0.1), None)]
    before, then, carried = findings(places, 60)
    assert before.startswith("Before training, this share of the gradient at row 28")
    assert "RNN 1·10⁻⁶, LSTM 0.1" in before
    assert "The LSTM passes 1·10⁵ times as much" in before
    assert then == "After step 60: RNN 0.2."
    assert "multiplied by RNN 0.003 (" in carried


@pytest.mark.parametrize(("kept", "said"), [(0.4, "carries most of it"), (0.004, "comes by the other ways")])
def test_way_that_a_change_takes_in_an_lstm_is_told_by_its_numbers(kept, said):
    *_, carried = findings([place("lstm", None, reach(carried=0.5, kept=kept))])
    assert said in carried
    assert f"{kept:g}" in carried
