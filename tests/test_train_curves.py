"""The Train page's curves: a run's picture, from before its first step to after its last test."""

import pytest

from core.runs.marks import NAMES
from core.runs.recorder import Recorder
from core.training.config import preset
from core.training.events import Finished
from dashboard.components.live_plot import PlotMessage
from dashboard.train import curves, figures, view
from tests.test_train_page import STARTED, step


def begun(store, steps: int) -> Recorder:
    """A run that has done so many of its eight steps and is tested at its end alone."""
    recorder = Recorder(store.claim(store.add(preset("fast"), None)), 2, 8)
    recorder.record(STARTED)
    for number in range(1, steps + 1):
        recorder.record(step(number))
    recorder.flush()
    return recorder


CHART_WORDS = dict.fromkeys([*view._CHART_WORDS, *(f"mark_{name}" for name in NAMES)], "")


def test_test_that_comes_after_the_last_step_changes_the_picture(store):
    recorder = begun(store, 8)
    run_id = recorder.writer.run.id

    def picture() -> PlotMessage:
        now = curves.moment(store.run(run_id), len(store.epochs(run_id)))
        return curves.curves_message(str(store.folder), run_id, now, False, CHART_WORDS)

    before = picture()
    assert picture() == before
    recorder.finish(Finished(status="finished", seconds=1.0, test_accuracy=0.123, test_loss=0.1))
    recorder.close()
    assert picture() != before


@pytest.mark.parametrize("logarithmic", [False, True])
def test_before_the_first_step_the_frame_is_the_runs_and_empty(store, logarithmic):
    recorder = begun(store, 0)
    recorder.close()
    history = store.history(recorder.writer.run.id)
    layout = figures.learning_curves(history, CHART_WORDS, logarithmic)["layout"]
    assert layout["xaxis"]["range"] == [0, 8]
    assert layout["yaxis2"]["range"] == [0, 1]
    assert layout["yaxis"]["range"] == ([-2, 0.5] if logarithmic else [0, 2.5])
    assert figures.steering_curves(history, CHART_WORDS)["layout"]["xaxis"]["range"] == [0, 8]
