"""The Train page in a real browser, over real trainings."""

import os
import re
import subprocess
import sys

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from core.digits import data
from core.reading import readers
from core.runs import lifecycle
from core.runs.run import Run
from core.training.config import preset
from tests.browser.conftest import Dashboard, end_trainings, serving, wait_for
from tests.browser.watching_hand import chart_survives_updates, wait_for_updates
from tests.waiters import ROOT

pytestmark = pytest.mark.browser
TINY = {"hidden": 8, "layers": 1, "batch_size": 20, "device": "cpu", "precision": "fp32"}
COUNT_PAUSES = """() => {
  window.mostPauses = 0
  const count = () => document.querySelectorAll(".st-key-pause").length
  new MutationObserver(() => { window.mostPauses = Math.max(window.mostPauses, count()) })
    .observe(document.body, { subtree: true, childList: true })
}"""


def later(now: Run, before: Run) -> Run | None:
    """The run, once it has trained on."""
    return now if now.facts.step > before.facts.step else None


def button(page: Page, name: str):
    return page.get_by_role("button", name=name, exact=True)


def set_number(page: Page, name: str, value: float) -> None:
    field = page.get_by_role("spinbutton", name=name, exact=True)
    field.fill(str(value))
    field.press("Enter")


def wait_until_drawn(page: Page) -> None:
    page.locator(".st-key-curves .live-plot .main-svg").first.wait_for()


def wait_for_state(dashboard: Dashboard, run_id: str, state: str) -> Run:
    return wait_for(
        lambda: (run := dashboard.store.run(run_id)).state == state and run,
        f"run {run_id} to be {state}, it is {dashboard.store.run(run_id)}",
    )


def open_run(dashboard: Dashboard, page: Page, run_id: str) -> None:
    page.goto(dashboard.page(f"train?run={run_id}"))
    wait_until_drawn(page)


@pytest.mark.usefixtures("overtaken")
def test_run_is_started_watched_steered_and_stopped(dashboard, page):
    run = start_from_the_page(dashboard, page)
    expect(button(page, "Pause")).to_be_visible()
    chart_survives_updates(page)

    button(page, "Pause").click()
    paused = wait_for_state(dashboard, run.id, "paused")
    expect(button(page, "Resume")).to_be_visible()
    page.wait_for_function("() => !document.querySelector('[data-test-script-state=running]')")
    page.get_by_test_id("stPopoverButton").click()
    field = page.get_by_role("textbox", name="Learning rate")
    field.fill("2e-3")
    button(page, "Set").click()
    wait_for(lambda: dashboard.store.run(run.id).facts.lr_set == 2e-3, "the learning rate in the store")
    assert dashboard.store.run(run.id).facts.step == paused.facts.step

    button(page, "Resume").click()
    resumed = wait_for(
        lambda: (now := dashboard.store.run(run.id)).facts.step > paused.facts.step and now, "steps after the pause"
    )
    assert resumed.facts.learning_rate == 2e-3

    page.reload()
    wait_until_drawn(page)
    wait_for_updates(page, 1)
    now = dashboard.store.run(run.id)
    assert (now.state, now.pid) == ("running", run.pid)
    assert run.id in page.url

    button(page, "Stop").click()
    stopped = wait_for_state(dashboard, run.id, "stopped")
    expect(button(page, "Resume")).to_be_visible()
    assert stopped.facts.test_accuracy is None
    keeps_what_was_learned(page, stopped)


def start_from_the_page(dashboard: Dashboard, page: Page) -> Run:
    page.goto(dashboard.page("train"))
    expect(page.get_by_role("heading", name="The reader that comes with Row by Row")).to_be_visible()
    wait_until_drawn(page)
    page.get_by_text("All settings").click()
    for name, value in (("Hidden units", 8), ("Layers", 1), ("Batch size", 20), ("Epochs", 100)):
        set_number(page, name, value)
    page.evaluate(COUNT_PAUSES)
    button(page, "Start training").click()
    run = wait_for(lambda: dashboard.store.runs(), "the run in the store")[0]
    assert run.config == preset("article", hidden=8, layers=1, batch_size=20, epochs=100)
    wait_for(lambda: dashboard.store.run(run.id).facts.step, "its first steps")
    page.wait_for_url(f"**run={run.id}*")
    wait_for_updates(page, 2)
    assert page.evaluate("window.mostPauses") == 1  # nor two for the moment of a rerun
    return dashboard.store.run(run.id)


def keeps_what_was_learned(page: Page, run: Run) -> None:
    saved = readers.load(run.weights)
    page.wait_for_function(
        "() => !document.querySelector('[data-test-script-state=running]')"
    )  # a rerun ends a download
    for name in ("Weights (.safetensors)", "Weights (rnn.pth)"):
        with page.expect_download() as download:
            button(page, name).click()
        kept = readers.load(download.value.path().rename(run.folder.path / download.value.suggested_filename))
        assert all(np.array_equal(kept.arrays[key], saved.arrays[key]) for key in saved.arrays)
    with page.expect_download() as download:
        button(page, "Metrics (CSV)").click()
    lines = download.value.path().read_text().splitlines()
    assert len(lines) == run.facts.step + 1


def test_idle_page_notices_a_run_that_the_command_line_has_started(tmp_path, page):
    with serving(tmp_path / "runs", tmp_path / "log") as dashboard:
        page.goto(dashboard.page("train"))
        expect(page.get_by_role("heading", name="The reader that comes with Row by Row")).to_be_visible()
        settings = ["--hidden", "8", "--layers", "1", "--epochs", "100", "--precision", "fp32"]
        command = [sys.executable, "-m", "core", "train", *settings, "--runs", str(dashboard.store.folder)]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL):
            expect(button(page, "Pause")).to_be_visible()
            button(page, "Stop").click()
        expect(button(page, "Resume")).to_be_visible()


def test_what_is_open_stays_open_and_in_its_place_when_the_run_changes(dashboard, page):
    """What a person is typing into, when something else pauses or ends the run."""
    run_id = dashboard.store.add(preset("article", **TINY, epochs=100), None)
    open_run(dashboard, page, run_id)
    page.get_by_text("All settings").click()
    set_number(page, "Hidden units", 24)
    opener, field = page.get_by_test_id("stPopoverButton"), page.get_by_role("textbox", name="Learning rate")
    opener.click()
    place = opener.bounding_box()
    field.fill("3e-3")
    wait_for(lambda: dashboard.store.run(run_id).facts.step, "its first steps")
    for act, offered in ((lifecycle.pause, "Resume"), (lifecycle.resume, "Pause")):
        act(dashboard.store, run_id)
        expect(button(page, offered)).to_be_visible()
        expect(field).to_have_value("3e-3")
        assert opener.bounding_box() == place
    lifecycle.stop(dashboard.store, run_id)
    expect(button(page, "Resume")).to_be_visible()
    expect(page.get_by_role("spinbutton", name="Hidden units", exact=True)).to_have_value("24")


def test_killed_run_resumes_to_the_very_weights(dashboard, page):
    run_id = dashboard.store.add(preset("article", **TINY | {"batch_size": 40}, epochs=1), None)
    command = [sys.executable, "-m", "tests.worker_at", run_id, "--pause", "40", "--kill", "120"]
    environment = os.environ | {"RUNS_ROOT": str(dashboard.store.folder)}
    with subprocess.Popen(command, cwd=ROOT, env=environment):
        paused = wait_for_state(dashboard, run_id, "paused")  # a pause leaves a checkpoint
        assert 0 < paused.facts.step < 120 < paused.facts.steps
        open_run(dashboard, page, run_id)
        button(page, "Resume").click()
        wait_for_state(dashboard, run_id, "lost")
    expect(page.get_by_text("The training process is gone").first).to_be_visible()

    button(page, "Resume").click()
    resumed = wait_for_state(dashboard, run_id, "finished")
    expect(page.get_by_text("Training finished").first).to_be_visible()
    button(page, "Restart").click()
    whole = wait_for(lambda: (new := dashboard.store.runs()[0]).id != run_id and new, "the run started anew")
    whole = wait_for_state(dashboard, whole.id, "finished")

    first, second = readers.load(resumed.weights), readers.load(whole.weights)
    assert all(np.array_equal(first.arrays[name], second.arrays[name]) for name in second.arrays)
    assert resumed.facts.test_accuracy == whole.facts.test_accuracy
    assert dashboard.store.epochs(run_id) == dashboard.store.epochs(whole.id)


def test_server_that_is_started_again_shows_the_run_unharmed(tmp_path, page):
    runs, log = tmp_path / "runs", tmp_path / "server.log"
    with serving(runs, log) as first:
        run_id = first.store.add(preset("article", **TINY, epochs=100), None)
        open_run(first, page, run_id)
        before = wait_for(lambda: (run := first.store.run(run_id)).facts.step > 0 and run, "its first steps")
    with serving(runs, log) as second:
        try:
            open_run(second, page, run_id)
            after = wait_for(
                lambda: (run := second.store.run(run_id)).facts.step > before.facts.step and run, "further steps"
            )
            assert (after.state, after.pid) == ("running", before.pid)
            wait_for_updates(page, 1)
        finally:
            end_trainings(second.store)


def test_narrow_page_has_its_navigation_and_nothing_beside_it(dashboard, browser):
    context = browser.new_context(viewport={"width": 390, "height": 800}, color_scheme="dark", has_touch=True)
    page = context.new_page()
    page.goto(dashboard.page("train?run=shipped"))
    wait_until_drawn(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    chart = page.locator(".st-key-curves .live-plot").bounding_box()
    assert chart["x"] >= 0
    assert chart["x"] + chart["width"] <= 390
    page.get_by_test_id("stExpandSidebarButton").click()
    expect(page.get_by_role("link", name="Learn")).to_be_visible()
    context.close()


def test_language_changes_in_place(dashboard, page):
    page.goto(dashboard.page("train?run=shipped"))
    page.get_by_role("button", name="中文").click()
    expect(page.get_by_role("heading", name="训练")).to_be_visible()
    expect(page.get_by_text("损失（交叉熵）")).to_be_visible()
    page.wait_for_url("**lang=zh*")
    page.reload()
    expect(page.get_by_role("heading", name="训练")).to_be_visible()


def test_run_that_goes_wrong_says_so_beside_its_curves_and_its_form_is_filled(dashboard, page):
    epochs = 0.4 if data.describe().source == "full" else 2.4  # 240 steps
    config = preset("article", **TINY | {"batch_size": 100}, lr=1e-6, epochs=epochs)
    run_id = dashboard.store.add(config, None)
    open_run(dashboard, page, run_id)
    said = page.get_by_text("The learning rate is far too small")
    expect(said).to_be_visible()
    wait_for_state(dashboard, run_id, "finished")
    expect(page.get_by_text(re.compile("(Has|First) answered")).first).to_be_visible()
    strip = page.locator(".st-key-opinions .live-plot")
    assert strip.evaluate("chart => chart.data[0].z.length") == 10
    assert len(dashboard.store.run(run_id).snapshots) == strip.evaluate("chart => chart.data[0].z[0].length")
    curves = page.locator(".st-key-curves .live-plot")
    shades = "chart => chart.layout.shapes.filter((shape) => shape.type === 'rect').length"
    assert curves.evaluate(shades) == 1
    beside, notice = curves.bounding_box(), said.bounding_box()
    assert notice["x"] >= beside["x"] + beside["width"]
    button(page, "Set up the mended run").click()
    expect(page.get_by_text("The form below has the mended settings").first).to_be_visible()
    button(page, "Start training").click()
    new = wait_for(lambda: (run := dashboard.store.runs()[0]).id != run_id and run, "the mended run")
    assert new.config == config.with_(lr=1e-3)
