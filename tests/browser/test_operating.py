"""Surgery on Draw's own player: what is held, silenced and blanked there is read as Python reads it."""

import re

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from core.digits import data
from core.reading import readers
from core.reading.surgery import CLAMPABLE, Clamp
from core.reading.tracing import RowTrace, Surgery, trace
from core.training import delay
from core.training.config import preset
from dashboard import accuracy, samples
from tests.browser.conftest import Dashboard
from tests.browser.drawing_hand import CANVAS, draw, read, ready

pytestmark = pytest.mark.browser
ROW = 17
BLANK = range(9, 13)


def the_sample(cell: str, surgery: Surgery | None = None) -> RowTrace:
    """The digit of an empty canvas, as the player's message carries it: pixels in thousandths."""
    pixels = np.rint(samples.sample("3") * 1000).astype(np.float32) / 1000
    return trace(readers.load(delay.shipped_path(cell)), pixels, surgery)


def row_of(page: Page) -> int:
    """From 0."""
    return int(page.locator(".player-root").get_attribute("data-row")) - 1


def shows(page: Page, wanted: RowTrace) -> None:
    """The answer, and every number at the cursor, which follows the mouse."""
    answer = page.locator("[data-answer]")
    expect(answer).to_have_attribute("data-answer", str(wanted.digit))
    row, unit = row_of(page), int(page.locator("input.unit").input_value()) - 1
    for letter, values in wanted.states().items():
        shown = page.locator(f'.panel:has(.strip[data-letter="{letter}"]) .second').inner_text()
        assert float(shown.replace("−", "-")) == pytest.approx(values[-1, row, unit], abs=1e-3), letter


def opened(page: Page, dashboard: Dashboard, cell: str) -> None:
    page.goto(f"{dashboard.url}/?reader={cell}&row={ROW}")
    ready(page)
    page.locator(".surgery-button").click()
    expect(page.locator(".surgery-state")).to_contain_text("Surgery is on")


def hold(page: Page, gate: str, value: float) -> None:
    slider = page.locator(f'.gate input[data-gate="{gate}"]')
    slider.fill(str(value))
    expect(page.locator(".surgery-state")).to_contain_text(f"{gate} = {value:.2f}")


def place(page: Page, letter: str, row: float, across: float) -> tuple[float, float]:
    box = page.locator(f'.strip[data-letter="{letter}"]').first.bounding_box()
    return box["x"] + across * box["width"], box["y"] + (row + 0.5) / 28 * box["height"]


def drag_over_rows(page: Page) -> None:
    page.keyboard.down("Shift")
    page.mouse.move(*place(page, "x", BLANK[0], 0.5))
    page.mouse.down()
    page.mouse.move(*place(page, "x", BLANK[-1], 0.5), steps=5)
    page.mouse.up()
    page.keyboard.up("Shift")
    expect(page.locator(".surgery-state")).to_contain_text("rows blank: 10-13")
    expect(page.locator(".cut.row")).to_have_count(len(BLANK))


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_numbers_under_surgery_are_pythons(page: Page, dashboard: Dashboard, cell: str):
    opened(page, dashboard, cell)
    shows(page, the_sample(cell))
    held = tuple(Clamp(gate, value) for gate, value in zip(CLAMPABLE[cell], (0.35, 0.8, 0.55), strict=False))
    for gate, value, *_ in held:
        hold(page, gate, value)
    shows(page, the_sample(cell, Surgery(clamp=held)))
    page.get_by_label("Silence units").fill("3, 1:17-19")
    silenced = ((1, 2), (0, 16), (0, 17), (0, 18))
    drag_over_rows(page)
    rows = tuple(-1 if row in BLANK else row for row in range(28))
    everything = the_sample(cell, Surgery(clamp=held, silenced=silenced, rows=rows))
    shows(page, everything)
    before = the_sample(cell)
    opinion = before.probabilities[row_of(page)]
    expect(page.locator(".headline .before")).to_contain_text(f"{opinion.argmax()} ({100 * opinion.max():.0f}")
    page.locator(f'button[title="Let {held[0].gate} go free again"]').click()
    expect(page.locator(".surgery-state")).not_to_contain_text(f"{held[0].gate} =")
    shows(page, the_sample(cell, Surgery(clamp=held[1:], silenced=silenced, rows=rows)))
    page.get_by_role("button", name="End surgery").click()
    expect(page.locator(".surgery")).to_be_hidden()
    expect(page.locator('.strip[data-letter="p"]')).to_have_count(1)
    shows(page, the_sample(cell))


def test_rows_are_blanked_before_a_network_that_waits(page: Page, dashboard: Dashboard):
    """Its trace has more rows than a digit; those that it waits are blank already, and cannot be blanked."""
    run_id = dashboard.store.add(preset("article"), None, "finished")
    arrays = readers.load(delay.shipped_path("gru")).arrays
    waiting = readers.reader_of(arrays, {"config": {"wait": 12}})
    readers.save(waiting, dashboard.store.run(run_id).folder.weights_path)
    opened(page, dashboard, run_id)
    pixels = np.rint(samples.sample("3") * 1000).astype(np.float32) / 1000
    rows = tuple(-1 if row in BLANK else row for row in range(28))
    page.get_by_label("Blank rows", exact=True).fill("10-13")
    shows(page, trace(waiting, pixels, Surgery(rows=rows)))
    page.get_by_label("Blank rows", exact=True).fill("10-29")
    expect(page.get_by_label("Blank rows", exact=True)).to_have_attribute("aria-invalid", "true")
    shows(page, trace(waiting, pixels, Surgery(rows=rows)))


def test_shift_click_silences_the_unit_of_a_column_and_frees_it_again(page: Page, dashboard: Dashboard):
    page.goto(f"{dashboard.url}/?reader=rnn&row={ROW}")
    ready(page)
    expect(page.locator(".surgery-button")).to_be_visible()
    page.get_by_role("button", name="number").click()
    for count in (1, 0):
        page.keyboard.down("Shift")
        page.mouse.click(*place(page, "h", ROW - 1, 40.5 / 128))
        page.keyboard.up("Shift")
        expect(page.locator('.cut.silent[data-unit="41"]')).to_have_count(count)
        if count:
            expect(page.locator(".surgery-state")).to_contain_text("units silenced: 41")
            shows(page, the_sample("rnn", Surgery(silenced=((1, 40),))))
    expect(page.locator(".surgery")).to_be_hidden()


def test_surgery_goes_on_while_the_pen_draws_and_asks_no_server(page: Page, dashboard: Dashboard):
    opened(page, dashboard, "lstm")
    hold(page, "f", 0)
    box = page.locator(".upper-canvas").bounding_box()
    page.mouse.move(box["x"] + CANVAS / 2, box["y"] + 0.2 * CANVAS)
    page.mouse.down()
    page.mouse.move(box["x"] + CANVAS / 2, box["y"] + 0.8 * CANVAS, steps=8)
    expect(page.locator('[data-answer][data-strokes="1"]')).to_be_visible()
    forget = page.locator('.panel:has(.strip[data-letter="f"]) .second')
    expect(forget).to_have_text("0.000")
    page.mouse.up()
    read(page, 1)
    page.wait_for_function("() => !document.querySelector('[data-test-script-state=running]')")
    expect(forget).to_have_text("0.000")
    draw(page, samples.strokes("4"))
    expect(page.locator(".headline .before")).to_be_visible()


def test_without_the_network_in_the_browser_surgery_says_why_it_is_off(page: Page, dashboard: Dashboard):
    page.route("**/media/**", lambda route: route.abort())
    page.goto(dashboard.url)
    ready(page)
    page.locator(".surgery-button").click()
    expect(page.locator(".surgery-state")).to_contain_text("the network did not reach the browser")
    expect(page.locator(".gate").first).to_be_hidden()
    expect(page.locator("[data-answer]")).to_have_attribute("data-answer", "3")


@pytest.mark.data
def test_accuracy_under_surgery_follows_when_the_hand_rests(page: Page, dashboard: Dashboard):
    opened(page, dashboard, "rnn")
    before = page.locator(".st-key-draw_reader_row").inner_text()
    page.get_by_label("Silence units").fill("2:1-20")
    told = page.locator(".st-key-draw_reader_row").get_by_text(re.compile("under (this )?surgery", re.IGNORECASE))
    expect(told).to_be_visible()
    if data.describe().source == "full":
        surgery = Surgery(silenced=tuple((1, unit) for unit in range(20)))
        measured = accuracy.accuracy(readers.load(delay.shipped_path("rnn")), surgery)
        expect(told).to_contain_text(f"right on {measured:.1%} of the first 1,000 test images")
    else:
        expect(told).to_contain_text("needs the full MNIST")
    page.locator(".surgery-end").click()
    expect(page.locator(".st-key-draw_reader_row")).to_contain_text(before.splitlines()[0])
