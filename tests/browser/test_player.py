"""The row player in a real browser: one cursor, the trace's own numbers, and a server that is never asked."""

import re
from collections.abc import Iterator

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from core.reading.tracing import RowTrace
from tests.browser.conftest import serving
from tests.browser.player_app import scene

pytestmark = pytest.mark.browser
COMBINATIONS = [("lstm", 8, 1), ("lstm", 128, 2), ("lstm", 512, 4), ("gru", 128, 3), ("rnn", 512, 2)]


@pytest.fixture(scope="module")
def player_url(tmp_path_factory) -> Iterator[str]:
    """A server of player_app.py."""
    folder = tmp_path_factory.mktemp("player")
    with serving(folder / "runs", folder / "server.log", script="tests/browser/player_app.py") as served:
        yield served.url


@pytest.fixture
def open_player(browser: Browser, player_url: str) -> Iterator:
    """open_player("hidden=8", width=390, ...) -> a page that shows the player; a page error fails the test."""
    contexts, errors = [], []

    def opened(query: str = "", width: int = 1280, **settings) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 900}, **settings)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(error))
        page.goto(f"{player_url}/?{query}")
        expect(page.locator(".headline")).to_contain_text("of")
        expect(page.get_by_text("Runs: 1")).to_be_visible()
        return page

    yield opened
    for context in contexts:
        context.close()
    assert not errors


def at_row(page: Page, row: int) -> None:
    expect(page.locator(".player-root")).to_have_attribute("data-row", str(row))


def strip(page: Page, letter: str, layer: int | None = None):
    chosen = f'[data-layer="{layer}"]' if layer is not None else ""
    return page.locator(f'.strip[data-letter="{letter}"]{chosen}').first


def point(page: Page, letter: str, row: int, across: float = 0.5, layer: int | None = None) -> tuple[float, float]:
    """The middle of a row (from 0) of a strip, `across` of its width from the left."""
    target = strip(page, letter, layer)
    target.scroll_into_view_if_needed()
    box = target.bounding_box()
    return box["x"] + across * box["width"], box["y"] + (row + 0.5) / 28 * box["height"]


def printed(value: float, decimals: int = 3) -> str:
    return f"{value:.{decimals}f}".replace("-0.000", "0.000").replace("-", "−")


def expected_of(cell: str, hidden: int, layers: int, **settings) -> RowTrace:
    return scene(cell, hidden, layers, **settings)[1]


def test_keys_move_the_cursor(open_player):
    page = open_player()
    at_row(page, 28)
    page.locator(".player-root").focus()
    for key, row in [("Home", 1), ("ArrowDown", 2), ("ArrowRight", 3), ("ArrowUp", 2), ("ArrowLeft", 1), ("End", 28)]:
        page.keyboard.press(key)
        at_row(page, row)
    expect(page.get_by_role("slider")).to_have_attribute("aria-valuetext", re.compile("Row 28 of 28"))


def test_waited_rows_are_a_thin_band_until_it_is_opened(open_player):
    page = open_player("wait=84&cell=gru")
    shown = expected_of("gru", 12, 2, wait=84)
    digit, band = 28, 4
    box = strip(page, "h").bounding_box()
    line = box["height"] / (digit + band)

    def at(lines: float) -> tuple[float, float]:
        return box["x"] + box["width"] / 2, box["y"] + lines * line

    page.mouse.move(*at(20.5))
    at_row(page, 21)
    for lines, row in ((digit + 0.01, 29), (digit + band / 2 + 0.01, 71), (digit + band - 0.01, 112)):
        page.mouse.move(*at(lines))
        at_row(page, row)
        unit, value = tip_of(page, row - 1)
        assert value == f"h = {printed(shown.h[1, row - 1, unit])}"
    cursor = page.locator('.strip[data-letter="h"] .cursor').first.bounding_box()
    assert cursor["height"] >= 2
    page.mouse.move(0, 0)
    page.get_by_role("button", name="open", exact=True).click()
    box = strip(page, "h").bounding_box()
    line = box["height"] / (digit + 84)
    page.mouse.move(*at(70.5))
    at_row(page, 71)
    page.get_by_role("button", name="folded", exact=True).click()
    expect(page.locator(".player-root")).to_have_attribute("style", re.compile("--lines: 32"))
    at_row(page, 71)


def test_no_band_is_offered_where_nothing_is_waited(open_player):
    page = open_player()
    expect(page.get_by_role("button", name="folded", exact=True)).to_have_count(0)
    expect(page.locator(".seam")).to_have_count(0)


def test_play_runs_to_the_last_row_and_space_holds_it(open_player):
    page = open_player()
    page.get_by_role("button", name="4×").click()
    page.get_by_role("button", name=re.compile("^Play")).click()
    expect(page.get_by_role("button", name=re.compile("^Pause"))).to_be_visible()
    at_row(page, 28)
    expect(page.get_by_role("button", name=re.compile("^Play"))).to_be_visible()
    page.get_by_role("button", name="0.5×").click()
    page.locator(".player-root").focus()
    page.keyboard.press("Home")
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name=re.compile("^Pause"))).to_be_visible()
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name=re.compile("^Play"))).to_be_visible()
    held = int(page.locator(".player-root").get_attribute("data-row"))
    page.keyboard.press("ArrowDown")
    at_row(page, min(28, held + 1))


def test_hover_and_drag_move_the_cursor_anywhere(open_player):
    page = open_player()
    for letter, row in [("x", 4), ("f", 11), ("C", 20), ("p", 0)]:
        page.mouse.move(*point(page, letter, row))
        at_row(page, row + 1)
    page.mouse.down()
    x, y = point(page, "p", 17)
    page.mouse.move(x, y, steps=5)
    at_row(page, 18)
    page.mouse.move(x, y + 2000)
    at_row(page, 28)
    page.mouse.up()


def test_a_finger_moves_the_cursor(open_player):
    page = open_player(width=390, has_touch=True)
    page.touchscreen.tap(*point(page, "h", 9))
    at_row(page, 10)
    page.touchscreen.tap(*point(page, "x", 3))
    at_row(page, 4)


def test_scrubbing_never_asks_the_server(open_player):
    page = open_player("link=1&layers=3")
    page.locator(".player-root").focus()
    page.keyboard.press("Home")
    for row in range(2, 29):
        page.keyboard.press("ArrowDown")
        at_row(page, row)
    for row in range(28):
        page.mouse.move(*point(page, "h", row))
        at_row(page, row + 1)
    page.get_by_role("button", name="number").click()
    page.get_by_role("button", name="all").click()
    page.mouse.click(*point(page, "h", 5, 0.3, layer=0))
    page.get_by_role("button", name="4×").click()
    page.locator(".player-root").focus()
    page.keyboard.press("Home")
    page.keyboard.press("Space")
    at_row(page, 28)
    page.wait_for_url(re.compile("row=28.*layer=all"))
    page.get_by_role("button", name="Again").click()
    expect(page.get_by_text("Runs: 2")).to_be_visible()  # the first rerun since the page was opened


@pytest.mark.parametrize(("cell", "hidden", "layers"), COMBINATIONS)
def test_every_number_on_the_page_is_the_traces(open_player, cell, hidden, layers):
    page = open_player(f"cell={cell}&hidden={hidden}&layers={layers}")
    traced = expected_of(cell, hidden, layers)
    headline_and_followed_unit_are_right(page, traced)
    for order, layer, rows in [("when they react most", layers - 1, {0: 0.02, 27: 0.98}), ("number", 0, {13: 0.6})]:
        page.get_by_role("button", name=order).click()
        if layers > 1:
            page.get_by_role("button", name=str(layer + 1), exact=True).click()
        for letter, values in traced.states().items():
            for row, across in rows.items():
                page.mouse.move(*point(page, letter, row, across))
                unit, value = tip_of(page, row)
                assert value == f"{letter} = {printed(values[layer, row, unit])}"
    for letter, values, columns in [("x", traced.x, 28), ("p", traced.probabilities, 10)]:
        page.mouse.move(*point(page, letter, 12, 4.5 / columns))
        expect(page.get_by_role("tooltip")).to_contain_text(f"{letter} = {printed(values[12, 4])}")


def tip_of(page: Page, row: int) -> tuple[int, str]:
    """The unit (from 0) and the value that the tip names."""
    tip = page.get_by_role("tooltip")
    expect(tip).to_contain_text(f"row {row + 1} ·")
    _, unit, value = tip.inner_text().split(" · ", 2)
    return int(unit.removeprefix("unit ")) - 1, value


def headline_and_followed_unit_are_right(page: Page, traced: RowTrace) -> None:
    unit = int(page.get_by_label("Number of the unit").input_value()) - 1
    page.locator(".player-root").focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowDown")
    first, second = np.argsort(-traced.probabilities[1])[:2]
    words = f"Row 2 of 28 · thinks {first} ({100 * traced.probabilities[1, first]:.0f} %), then {second} "
    expect(page.locator(".headline")).to_contain_text(words)
    for letter, values in traced.states().items():
        heading = page.locator("figure", has=strip(page, letter)).locator(".second")
        expect(heading).to_have_text(printed(values[-1, 1, unit]))


def test_a_clicked_unit_is_followed_as_lines(open_player):
    page = open_player("hidden=8&layers=1")
    page.get_by_role("button", name="number").click()
    page.mouse.click(*point(page, "f", 6, 2.5 / 8))
    expect(page.get_by_label("Number of the unit")).to_have_value("3")
    line = page.locator("figure", has=strip(page, "h")).locator("polyline").get_attribute("points")
    h = expected_of("lstm", 8, 1).h[0, :, 2]
    heights = [float(pair.split(",")[1]) for pair in line.split()]
    np.testing.assert_allclose(heights, 50 - 50 * h, atol=0.05)


def test_what_the_person_set_stays_when_another_trace_comes(open_player):
    page = open_player("layers=3")
    page.get_by_role("button", name="2", exact=True).click()
    page.get_by_role("button", name="number").click()
    page.mouse.click(*point(page, "C", 9, 0.5))
    unit = page.get_by_label("Number of the unit").input_value()
    headline = page.locator(".headline").inner_text()
    page.get_by_text("Another frame").click()
    expect(page.locator(".headline")).not_to_have_text(headline)
    at_row(page, 10)
    expect(page.get_by_role("button", name="2", exact=True)).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("button", name="number")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_label("Number of the unit")).to_have_value(unit)


def test_the_link_opens_the_same_row_layer_and_unit(open_player):
    page = open_player("link=1&layers=3")
    page.get_by_role("button", name="1", exact=True).click()
    page.mouse.click(*point(page, "a", 14, 0.2))
    unit = page.get_by_label("Number of the unit").input_value()
    page.wait_for_url(re.compile(f"row=15&layer=1&unit={unit}"))
    page.get_by_role("button", name="Again").click()
    expect(page.get_by_text("Runs: 2")).to_be_visible()
    assert "row=15" in page.url
    other = open_player(page.url.split("?")[1])
    at_row(other, 15)
    expect(other.get_by_role("button", name="1", exact=True)).to_have_attribute("aria-pressed", "true")
    expect(other.get_by_label("Number of the unit")).to_have_value(unit)


def test_a_link_that_asks_for_what_is_not_there_shows_what_is(open_player):
    page = open_player("link=1&layers=2&hidden=8&row=99&layer=7&unit=0")
    at_row(page, 28)
    expect(page.get_by_role("button", name="2", exact=True)).to_have_attribute("aria-pressed", "true")


def test_a_resting_cursor_is_reported_where_the_page_asks(open_player):
    page = open_player("report=1")
    page.mouse.move(*point(page, "h", 7))
    expect(page.get_by_text("Reported: 7")).to_be_visible()
    at_row(page, 8)


def test_what_a_large_reader_leaves_out_is_said(open_player):
    expect(open_player("hidden=128&layers=2").locator(".notes")).not_to_contain_text("are drawn")
    expect(open_player("hidden=512&layers=4").locator(".notes")).to_contain_text(re.compile(r"\d+ of 512 units"))


def test_a_comparison_shows_both_opinions(open_player):
    page = open_player("compare=1&hidden=8&layers=1")
    before, cut = expected_of("lstm", 8, 1), expected_of("lstm", 8, 1, cut=True)
    expect(page.locator(".headline")).to_contain_text(f"answers {cut.digit}")
    expect(page.locator(".headline")).to_contain_text(f"before surgery: {before.digit}")
    page.get_by_role("button", name="difference").click()
    page.mouse.move(*point(page, "C", 20))
    unit, value = tip_of(page, 20)
    assert value == f"C = {printed(cut.C[0, 20, unit])} · before {printed(before.C[0, 20, unit])}"


def test_a_new_trace_plays_unless_less_motion_is_wanted(open_player):
    playing = open_player("play=1")
    expect(playing.get_by_role("button", name=re.compile("^Pause"))).to_be_visible()
    still = open_player("play=1", reduced_motion="reduce")
    at_row(still, 28)
    expect(still.get_by_role("button", name=re.compile("^Play"))).to_be_visible()


PAPER = """() => {
  const root = document.querySelector("[data-testid=stBidiComponentIsolated]").shadowRoot.querySelector(".player-root");
  const canvas = root.querySelector('.strip[data-letter="x"] canvas');
  const [r, g, b] = canvas.getContext("2d").getImageData(1, 1, 1, 1).data;
  const page = getComputedStyle(root).getPropertyValue("--st-background-color").toLowerCase();
  return [page, "#" + [r, g, b].map((part) => part.toString(16).padStart(2, "0")).join("")];
}"""


def test_paper_is_the_page_itself_in_light_and_dark(open_player):
    page = open_player(color_scheme="light")
    light = page.evaluate(PAPER)
    assert light[0] == light[1]
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(
        f"() => {{ const [page, paper] = ({PAPER})(); return page !== '{light[0]}' && paper === page; }}"
    )


@pytest.mark.parametrize("query", ["layers=2", "layers=4&layer=all", "cell=gru&compare=1", "cell=rnn&layers=1"])
def test_all_fits_a_phone(open_player, query):
    page = open_player(query, width=390, has_touch=True)
    for panel in page.locator(".panel").all():
        box = panel.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 390
