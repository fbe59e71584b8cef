"""The Runs page in a real browser: runs are chosen, laid over one another, deleted and brought back, and one ticks."""

import pytest
from playwright.sync_api import Page, expect

from core.runs import upkeep
from core.runs.recorder import Recorder
from core.training.config import preset
from tests.browser.conftest import Dashboard, serving, wait_for
from tests.test_train_page import STARTED, step
from tests.test_upkeep import finished

pytestmark = pytest.mark.browser
FIGURES = ".st-key-runs_curves_0 .live-plot", ".st-key-runs_curves_1 .live-plot"


def button(page: Page, name: str):
    return page.get_by_role("button", name=name, exact=True)


def row(page: Page, run_id: str):
    return page.locator(f".run-table .row[data-id='{run_id}']")


def tick(page: Page, run_id: str) -> None:
    row(page, run_id).get_by_role("checkbox").click()


def lines_of(page: Page) -> list[str]:
    """The names of the curves of loss that Plotly has drawn."""
    first = page.locator(FIGURES[0])
    first.locator(".main-svg").first.wait_for()
    return first.evaluate("node => node.data.filter((t) => t.mode === 'lines' && t.yaxis === 'y').map((t) => t.name)")


def names_in_order(page: Page) -> list[str]:
    return page.locator(".run-table .row .of-name").all_inner_texts()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs-page")
    with serving(folder / "runs", folder / "server.log") as served:
        yield served


@pytest.fixture
def runs(dashboard: Dashboard) -> list[str]:
    """Two runs of different lengths and one of another seed, which are all there is."""
    upkeep.delete(dashboard.store, [run.id for run in dashboard.store.runs()])
    upkeep.purge(dashboard.store, after_seconds=0)
    made = [(0.8, 4, {}), (0.9, 8, {"lr": 0.01}), (0.7, 4, {"seed": 1})]
    ids = [finished(dashboard.store, accuracy, steps, **settings) for accuracy, steps, settings in made]
    upkeep.rename(dashboard.store, ids[2], "a name that is so long that it does not fit into the column of names")
    return ids


def test_runs_are_chosen_laid_over_one_another_deleted_and_brought_back(dashboard, page, runs):
    first, second, third = runs
    page.goto(dashboard.page("runs"))
    tick(page, first)
    expect(page.get_by_role("heading", name="LSTM 2 × 128", exact=True)).to_be_visible()
    tick(page, second)
    expect(page.get_by_role("heading", name="2 runs compared")).to_be_visible()
    wait_for(lambda: lines_of(page) == ["LSTM 2 × 128", "LSTM 2 × 128 · lr 0.01"], "both curves")
    lefts = page.locator(".run-table .of-created").evaluate_all(
        "cells => cells.map((c) => c.getBoundingClientRect().left)"
    )
    assert len(lefts) == 3
    assert len(set(lefts)) == 1, "columns of rows with short and long names are in line"
    assert page.locator(FIGURES[1]).locator(".main-svg").count()
    expect(page.locator(".side-by-side small", has_text="+10.00")).to_be_visible()
    page.wait_for_url(lambda url: first in url and second in url)

    page.reload()
    expect(page.get_by_role("heading", name="2 runs compared")).to_be_visible()
    expect(row(page, second).get_by_role("checkbox")).to_be_checked()
    expect(row(page, third).get_by_role("checkbox")).not_to_be_checked()

    page.get_by_test_id("stPopover").filter(has_text="Delete").get_by_role("button").click()
    button(page, "Delete 2 runs").click()
    expect(row(page, first)).to_have_count(0)
    assert [run.id for run in dashboard.store.runs()] == [third]
    button(page, "Undo").click()
    expect(row(page, first)).to_be_visible()
    assert {run.id for run in dashboard.store.runs()} == set(runs)
    expect(button(page, "Undo")).to_have_count(0)


def test_table_is_sorted_and_found_in_and_the_address_keeps_both(dashboard, page, runs):
    page.goto(dashboard.page("runs"))
    test = page.locator(".run-table .head").get_by_role("button", name="Test")
    test.click()
    expect(page.locator(".run-table .row .of-test_accuracy").first).to_have_text("90.00%")
    page.wait_for_url("**sort=-test_accuracy*")
    test.click()
    expect(page.locator(".run-table .row .of-test_accuracy").first).to_have_text("70.00%")
    page.get_by_placeholder("Find by name").fill("lr 0.01")
    expect(page.locator(".run-table .row")).to_have_count(1)
    page.wait_for_url("**find=lr*")
    page.reload()
    expect(page.locator(".run-table .row")).to_have_count(1)
    assert names_in_order(page) == ["LSTM 2 × 128 · lr 0.01"]


@pytest.mark.usefixtures("overtaken")
def test_live_run_ticks_and_another_session_sees_a_name_that_changes(dashboard, page, runs):
    store = dashboard.store
    run_id = store.add(preset("fast"), None)
    recorder = Recorder(store.claim(run_id), 2, 8)
    recorder.record(STARTED)
    page.goto(dashboard.page("runs"))
    for number in (2, 6):
        for done in range(number - 1, number + 1):
            recorder.record(step(done))
        recorder.flush()
        expect(row(page, run_id).locator(".of-state")).to_have_text(f"training · {number / 8:.0%}")
    upkeep.rename(store, run_id, "renamed elsewhere")
    expect(row(page, run_id).locator(".of-name")).to_have_text("renamed elsewhere")
    upkeep.delete(store, [run_id])
    expect(row(page, run_id)).to_have_count(0)
    recorder.close()
    store.set_state(upkeep.restore(store, [run_id])[0], "stopped")


def test_run_leads_to_the_pages_that_go_on_with_it(dashboard, page, runs):
    page.goto(dashboard.page(f"runs?chosen={runs[1]}"))
    button(page, "Train from these settings").click()
    expect(page.get_by_text("Other than the preset: Learning rate 0.01")).to_be_visible()
    expect(page.get_by_role("heading", name="LSTM 2 × 128 · lr 0.01", exact=True)).to_be_visible()
    button(page, "Compare").click()
    expect(page.locator(".run-table")).to_be_visible()
    expect(row(page, runs[1]).get_by_role("checkbox")).to_be_checked()
