"""Sweeps of tiny runs in a real browser: started from the page, broken off in the middle, taken up, stopped."""

import os
import signal

import pytest
from playwright.sync_api import Page, expect

from core.digits import data
from core.runs import queue, sweeps, upkeep
from core.training.config import preset
from tests.browser.conftest import Dashboard, wait_for
from tests.speeds import remember
from tests.waiters import leave_network

pytestmark = pytest.mark.browser
SECONDS = 180
"""Each run is a process of its own, which loads PyTorch first."""
TINY = {"hidden": 8, "layers": 1, "batch_size": 500, "device": "cpu", "precision": "fp32", "test_each_epoch": False}


@pytest.fixture(scope="module", autouse=True)
def _no_network():
    with pytest.MonkeyPatch.context() as patch:
        if data.describe().source == "subset":
            leave_network(patch)
        yield


@pytest.fixture(autouse=True)
def _nothing_there(server):
    """Each test has the newest sweep for itself."""
    upkeep.archive(server.store, [run.id for run in server.store.runs()])


def line(page: Page):
    return page.locator(".sweep-line")


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def choose(page: Page, place: int, setting: str, values: str) -> None:
    box = page.locator(f".st-key-sweep_row_{place}")
    box.get_by_role("combobox").click()
    page.get_by_role("option", name=setting, exact=True).click()
    write(page, place, values)


def write(page: Page, place: int, values: str) -> None:
    field = page.locator(f".st-key-sweep_values_{place} input")
    expect(field).to_be_enabled()
    field.fill(values)
    field.press("Enter")


def begun(dashboard: Dashboard, *settings: str) -> list[str]:
    """A sweep of tiny runs, as the command line begins it; the ids in order."""
    planned = sweeps.plan("article", settings, **TINY)
    return [run.id for run in sweeps.runs_of(dashboard.store, sweeps.begin(dashboard.store, planned))]


def states(dashboard: Dashboard, runs: list[str]) -> list[str]:
    return [dashboard.store.run(run_id).state for run_id in runs]


def test_sweep_is_started_from_the_page_and_its_best_run_is_drawn_with(dashboard, page):
    remember(dashboard.store, preset("fast", hidden=8, layers=1))
    page.goto(dashboard.page("runs"))
    press(page, "New sweep")
    write(page, 0, "1e-3, 70")
    expect(page.locator(".st-key-sweep_said_0")).to_contain_text("choose a value from 1e-06 to 1")
    expect(page.locator(".st-key-sweep_start button").first).to_be_disabled()
    write(page, 0, "1e-3, 2e-2")
    expect(page.locator(".st-key-sweep_said_0")).to_contain_text("2 values: 0.001, 0.02")
    choose(page, 1, "Hidden units", "8")
    choose(page, 2, "Layers", "1")
    epochs = page.get_by_role("spinbutton", name="Epochs each")
    epochs.fill("0.05")
    epochs.press("Enter")
    told = page.locator(".st-key-sweep_start_row")
    expect(told).to_contain_text("2 runs, about")
    press(page, "Start the sweep")
    expect(line(page)).to_contain_text("Sweep: Learning rate")
    expect(line(page)).to_contain_text("2 of 2 done", timeout=SECONDS * 1000)
    runs = dashboard.store.runs()
    made = sorted((run.config.lr, run.config.hidden, run.config.epochs) for run in runs)
    assert made == [(0.001, 8, 0.05), (0.02, 8, 0.05)]
    best = max(runs, key=lambda run: run.facts.test_accuracy)
    expect(line(page)).to_contain_text(f"best {best.facts.test_accuracy:.2%}, {best.name}")
    press(page, "Compare its runs")
    expect(page.get_by_role("heading", name="2 runs compared")).to_be_visible()
    press(page, "Draw with the best")
    page.wait_for_url(lambda url: "/runs" not in url)
    expect(page.locator(".st-key-draw_reader input")).to_have_value(f"{best.name} · {best.facts.test_accuracy:.2%}")


def test_sweep_that_is_killed_in_the_middle_goes_on_to_its_end(dashboard, page):
    store, runs = dashboard.store, begun(dashboard, "epochs=40, 0.5, 0.4")  # 800 steps, 10 and 8
    store.set_state(runs[2], "failed")
    page.goto(dashboard.page("runs"))
    expect(line(page)).to_contain_text("1 failed")
    victim = wait_for(lambda: (run := store.run(runs[0])).facts.step and run, "a step", SECONDS)
    os.kill(victim.pid, signal.SIGKILL)
    expect(line(page)).to_contain_text("1 broken off")
    wait_for(lambda: states(dashboard, runs) == ["lost", "finished", "failed"], "the run after it", SECONDS)
    press(page, "Go on")
    expect(line(page)).to_contain_text("2 of 3 done", timeout=SECONDS * 1000)
    assert states(dashboard, runs) == ["finished", "finished", "failed"]
    assert next(mark.name for mark in store.marks(runs[0])) == "killed"


def test_sweep_is_paused_reordered_and_stopped_as_a_whole(dashboard, page):
    store, runs = dashboard.store, begun(dashboard, "lr=1e-3 .. 1e-2 x 4", "epochs=1000")
    page.goto(dashboard.page("runs"))
    expect(line(page)).to_contain_text("of training left", timeout=SECONDS * 1000)
    press(page, "Pause")
    wait_for(lambda: states(dashboard, runs) == ["paused", "queued", "queued", "queued"], "the pause", SECONDS)
    expect(line(page)).to_contain_text("1 paused")
    page.get_by_role("button", name="Queue: 3").click()
    page.locator(f".st-key-sooner_{runs[3]} button").first.click()
    wait_for(lambda: queue.order(store) == [runs[1], runs[3], runs[2]], "the new order")
    page.keyboard.press("Escape")
    press(page, "Go on")
    wait_for(lambda: states(dashboard, runs)[0] == "running", "it to go on")
    page.get_by_role("button", name="Stop", exact=False).first.click()
    press(page, "Stop the sweep")
    wait_for(lambda: states(dashboard, runs) == ["stopped"] * 4, "the stop", SECONDS)
    expect(line(page)).to_contain_text("4 stopped")
    expect(page.get_by_role("button", name="Go on", exact=True)).to_be_visible()
