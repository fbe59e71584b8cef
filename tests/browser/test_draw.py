"""The Draw page in a real browser: the mouse draws, the network reads, and nothing else moves the server."""

import io
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from PIL import Image, ImageSequence
from playwright.sync_api import BrowserContext, Locator, Page, expect

from core.digits.drawing import ink
from core.digits.links import decode
from dashboard import samples
from tests.browser.conftest import Dashboard, wait_for
from tests.browser.drawing_hand import clear, draw, people, read, ready

pytestmark = pytest.mark.browser
PLACES = [(0.9, 0.03, 0.05), (0.5, 0.1, 0.4), (0.3, 0.6, 0.05), (0.35, 0.05, 0.6), (0.7, 0.2, 0.2)]


@pytest.fixture
def desk(page: Page, dashboard: Dashboard) -> Page:
    """The Draw page, standing."""
    page.goto(dashboard.url)
    ready(page)
    return page


def test_chart_library_comes_while_the_person_rests_though_no_chart_is_shown(desk):
    desk.wait_for_function("globalThis.Plotly")
    assert not desk.locator(".main-svg").count()


def ten_digits() -> list[dict]:
    """The first of each digit in the file."""
    known = people()
    return [next(item for item in known if item["digit"] == digit) for digit in range(10)]


def test_ten_digits_drawn_by_hand_are_read(desk):
    answers = []
    for number, item in enumerate(ten_digits()):
        draw(desk, item["strokes"], *PLACES[number % len(PLACES)])
        answers.append(read(desk, len(item["strokes"])))
        clear(desk)
    assert np.count_nonzero(np.array(answers) == np.arange(10)) >= 9, answers


def test_stroke_from_the_upper_right_corner_is_not_lost(desk):
    draw(desk, [[(100, 0), (60, 30), (0, 100)]], 0.5, 0.485, 0.01)
    read(desk, 1)
    assert desk.locator(".dc-toolbar").is_hidden()


def test_undo_takes_one_stroke_back_again_and_again(desk):
    seven = samples.strokes("7")
    draw(desk, seven)
    assert read(desk, 2) == 7
    for _ in range(2):  # the second time the canvas is told to show what it was told before
        desk.locator(".st-key-draw_undo button").first.click()
        read(desk, 1)
        draw(desk, seven[1:], 0.5, 0.3, 0.3)
        read(desk, 2)
    clear(desk)


def test_drawing_survives_a_visit_to_another_page(desk):
    draw(desk, samples.strokes("8"))
    assert read(desk, 1) == 8
    desk.get_by_role("link", name="Train").click()
    expect(desk.locator("[data-answer]")).to_have_count(0)
    desk.get_by_role("link", name="Draw").click()
    assert read(desk, 1) == 8
    draw(desk, [[(0, 0), (10, 0)]], 0.1, 0.05, 0.05)
    read(desk, 2)


def test_drawing_survives_a_reload_and_can_be_drawn_on(desk):
    draw(desk, samples.strokes("7"))
    assert read(desk, 2) == 7
    desk.wait_for_function("location.search.includes('digit=')")
    desk.reload()
    ready(desk)
    assert read(desk, 2) == 7
    desk.locator(".st-key-draw_undo button").first.click()
    read(desk, 1)
    draw(desk, samples.strokes("7")[1:], 0.5, 0.3, 0.3)
    read(desk, 2)
    clear(desk)
    desk.wait_for_function("!location.search.includes('digit=')")


def test_scrubbing_28_rows_asks_nothing_of_the_server(page, dashboard):
    sent = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame)))
    page.goto(dashboard.url)
    ready(page)
    root = page.locator(".player-root")
    expect(root).to_have_attribute("data-row", "28")
    page.wait_for_function("() => !document.querySelector('[data-test-script-state=running]')")
    before = len(sent)
    root.focus()
    page.keyboard.press("Home")
    for row in range(1, 29):
        expect(root).to_have_attribute("data-row", str(row))
        page.keyboard.press("ArrowDown")
    assert len(sent) == before


def test_link_opens_digit_reader_and_row_in_a_clean_browser(desk, context: BrowserContext, browser):
    draw(desk, samples.strokes("4"))
    assert read(desk, 3) == 4
    root = desk.locator(".player-root")
    root.focus()
    for _ in range(9):
        desk.keyboard.press("ArrowUp")
    expect(root).to_have_attribute("data-row", "19")
    desk.wait_for_function("() => location.search.includes('row=19')")
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    desk.locator(".copy-link").click()
    link = wait_for(lambda: desk.locator(".copy-link").get_attribute("data-link"), "the link")
    query = parse_qs(urlsplit(link).query)
    assert query["row"] == ["19"]
    assert query["reader"] == ["lstm"]
    clean = browser.new_context().new_page()
    clean.goto(link)
    ready(clean)
    assert clean.locator("[data-answer]").get_attribute("data-answer") == "4"
    expect(clean.locator(".player-root")).to_have_attribute("data-row", "19")
    clean.locator(".copy-link").click()
    again = wait_for(lambda: clean.locator(".copy-link").get_attribute("data-link"), "the link")
    pixels = [decode(parse_qs(urlsplit(url).query)["digit"][0]).pixels for url in (link, again)]
    assert np.array_equal(*pixels)
    clean.goto(link.replace("/?", "/draw?"))  # with the page's name, as one types it by hand
    expect(clean.locator(".player-root")).to_have_attribute("data-row", "19")
    expect(clean.locator("[data-answer]")).to_have_attribute("data-answer", "4")
    expect(clean.get_by_text("Page not found")).to_have_count(0)
    assert urlsplit(clean.url).path == "/"
    clean.context.close()


def picture(strokes: list) -> bytes:
    grey = np.rint(255 * (1 - ink([np.array(stroke, float) for stroke in strokes], 8, 280))).astype(np.uint8)
    content = io.BytesIO()
    Image.fromarray(grey).save(content, "PNG")
    return content.getvalue()


def test_pictures_are_read_and_bad_ones_get_a_word(desk):
    desk.get_by_text("Picture", exact=True).first.click()
    place = desk.locator("input[type=file]")
    place.set_input_files({"name": "five.png", "mimeType": "image/png", "buffer": picture(samples.strokes("5"))})
    expect(desk.locator('[data-answer="5"]')).to_be_visible()
    place.set_input_files({"name": "text.png", "mimeType": "image/png", "buffer": b"only text"})
    expect(desk.get_by_text("This is no picture")).to_be_visible()
    place.set_input_files({"name": "blank.png", "mimeType": "image/png", "buffer": picture([[(-99, -99)]])})
    expect(desk.get_by_text("No digit stands out")).to_be_visible()
    assert desk.locator("[data-testid=stException]").count() == 0


def test_dot_and_scribble_get_a_word(desk):
    draw(desk, [[(0, 0)]], 0.01, 0.5, 0.5)
    read(desk, 1)
    expect(desk.get_by_text("Hardly more than a dot")).to_be_visible()
    nothing_is_covered(desk)
    clear(desk)
    random = np.random.default_rng(0)
    draw(desk, [random.uniform(0, 100, (120, 2)).tolist()], 0.9, 0.05, 0.05)
    read(desk, 1)
    expect(desk.get_by_text("Perhaps this is no digit")).to_be_visible()


def nothing_is_covered(page: Page) -> None:
    """What is said beside the answer stays within the answer's place, at any width."""
    whole = page.viewport_size
    for width, height in ((1280, 640), (1024, 768), (768, 1024), (390, 844)):
        page.set_viewport_size({"width": width, "height": height})
        wait_for(lambda: stands_in(page.locator(".answer-words"), page.locator(".answer")), f"the words at {width} px")
    page.set_viewport_size(whole)


def stands_in(inner: Locator, outer: Locator) -> bool:
    """To a pixel, from above to below."""
    one, other = inner.bounding_box(), outer.bounding_box()
    return other["y"] - 1 <= one["y"] and one["y"] + one["height"] <= other["y"] + other["height"] + 1


def test_what_is_kept_is_whole(desk):
    kept = {}
    desk.wait_for_function("() => !document.querySelector('[data-test-script-state=running]')")
    for ending in ("npz", "csv", "png", "strips.svg", "strips.png", "gif"):
        with desk.expect_download() as download:
            desk.locator(f".st-key-draw_download_{ending.replace('.', '_')} button").first.click()
        kept[ending] = download.value.path()
        assert download.value.suggested_filename == f"digit-3.{ending}"
    with np.load(kept["npz"]) as trace, Image.open(kept["png"]) as frame, Image.open(kept["gif"]) as player:
        assert trace["digit"] == 3
        assert np.array_equal(np.asarray(frame), np.rint(trace["x"] * 255))
        assert sum(1 for _ in ImageSequence.Iterator(player)) == 28
        lines = kept["csv"].read_text().splitlines()
        assert lines[0] == "letter,layer,row,unit,value"
        assert len(lines) == 1 + sum(trace[name].size for name in ("x", *"fiaoch", "logits")) + 280


def test_canvas_takes_fingers_and_does_not_scroll(browser, dashboard):
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    page = context.new_page()
    page.goto(dashboard.url)
    ready(page)
    canvas = page.locator(".upper-canvas")
    assert canvas.evaluate("element => getComputedStyle(element).touchAction") == "none"
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 390
    box = canvas.bounding_box()
    tab = context.new_cdp_session(page)
    path = [(60, 40 + 10 * step) for step in range(20)]
    for kind, (x, y) in [("touchStart", path[0]), *(("touchMove", point) for point in path[1:])]:
        points = [{"x": box["x"] + x, "y": box["y"] + y}]
        tab.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    tab.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    assert read(page, 1) == 1
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollTop") == 0
    context.close()
