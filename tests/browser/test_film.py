"""The training film: every kept network of a run reads the digit on the page, and no server is asked."""

import re

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from core.reading import readers
from core.reading.readers import Reader, reader_of
from core.reading.tracing import RowTrace, trace
from core.runs.store import Store
from core.training.config import preset
from dashboard import samples
from tests.browser.conftest import Dashboard
from tests.browser.drawing_hand import CANVAS, read, ready

pytestmark = pytest.mark.browser
STEPS = {1: 0.05, 40: 0.3, 900: 0.7}  # the shipped weights, scaled: a training of its own kind


def a_run(store: Store) -> str:
    run_id = store.add(preset("article"), None, "finished")
    folder, shipped = store.run(run_id).folder, readers.load()
    for step, scale in STEPS.items():
        arrays = {name: (scale * array).astype(np.float32) for name, array in shipped.arrays.items()}
        card = shipped.card | {"train_accuracy": scale}
        folder.snapshot_path(step).write_bytes(readers.to_bytes(reader_of(arrays, card), half=True))
    readers.save(shipped, folder.weights_path)
    return run_id


def the_sample(reader: Reader) -> RowTrace:
    """Of the digit that an empty canvas shows, as the player's message carries it: pixels in thousandths."""
    return trace(reader, np.rint(samples.sample("3") * 1000).astype(np.float32) / 1000)


def shows(page: Page, step: str, reader: Reader) -> None:
    """Answer, row and every number at the cursor are this reader's."""
    expect(page.locator(".film")).to_have_attribute("data-step", step)
    wanted = the_sample(reader)
    expect(page.locator("[data-answer]")).to_have_attribute("data-answer", str(wanted.digit))
    expect(page.locator(".player-root")).to_have_attribute("data-row", "20")
    unit = int(page.locator("input.unit").input_value()) - 1
    for letter, values in wanted.states().items():
        shown = page.locator(f'.panel:has(.strip[data-letter="{letter}"]) .second').inner_text()
        assert float(shown.replace("−", "-")) == pytest.approx(values[-1, 19, unit], abs=1e-3)


def test_every_kept_network_reads_the_digit_on_the_page(page: Page, dashboard: Dashboard):
    run_id = a_run(dashboard.store)
    kept = {str(step): readers.load(path) for step, path in dashboard.store.run(run_id).snapshots.items()}
    sent = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame)))
    page.goto(f"{dashboard.url}/?reader={run_id}@40&row=20")
    ready(page)
    shows(page, "40", kept["40"])
    page.wait_for_function("() => !document.querySelector('[data-test-script-state=running]')")
    before = len(sent)
    page.locator(".film-range").focus()
    for key, step in [("Home", "1"), ("ArrowRight", "40"), ("ArrowRight", "900")]:
        page.keyboard.press(key)
        shows(page, step, kept[step])
    expect(page.locator(".film")).to_contain_text("70.0")
    page.wait_for_function("() => location.search.includes('%40900')")
    page.keyboard.press("End")
    shows(page, "now", readers.load())
    page.wait_for_function("() => !location.search.includes('%40')")
    page.locator(".film-toggle").click()
    expect(page.locator(".film")).not_to_have_attribute("data-step", "now")
    expect(page.locator(".film")).to_have_attribute("data-step", "now")
    assert len(sent) == before


def test_pen_is_heard_by_the_network_that_the_film_shows(page: Page, dashboard: Dashboard):
    run_id = a_run(dashboard.store)
    page.goto(f"{dashboard.url}/?reader={run_id}")
    ready(page)
    page.locator(".film-range").focus()
    page.keyboard.press("Home")
    expect(page.locator(".film")).to_have_attribute("data-step", "1")
    box = page.locator(".upper-canvas").bounding_box()
    page.mouse.move(box["x"] + CANVAS / 2, box["y"] + 0.2 * CANVAS)
    page.mouse.down()
    page.mouse.move(box["x"] + CANVAS / 2, box["y"] + 0.8 * CANVAS, steps=8)
    expect(page.locator('[data-answer][data-strokes="1"]')).to_be_visible()
    sure = page.locator(".answer-sure")
    expect(sure).to_have_text(re.compile(r"^1\d\.\d"))  # of ten digits, as a network that knows hardly anything
    shown = sure.inner_text()
    page.mouse.up()
    read(page, 1)
    page.wait_for_function("() => !document.querySelector('[data-test-script-state=running]')")
    expect(sure).to_have_text(shown)
