"""The page to take away, opened as a file with the network cut: it answers as Python does, in both languages."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from core.digits.drawing import from_strokes
from core.reading import readers, tracing
from dashboard import samples, takeaway

pytestmark = pytest.mark.browser
LAPTOP, PHONE = {"width": 1280, "height": 640}, {"width": 390, "height": 844}
BOTTOM = "els => Math.max(...els.map(el => el.getBoundingClientRect().bottom))"


@pytest.fixture(scope="module")
def address(tmp_path_factory) -> str:
    path: Path = tmp_path_factory.mktemp("stick") / "page.html"
    path.write_bytes(takeaway.page(readers.load()))
    assert path.stat().st_size < 1.5 * 2**20
    return path.as_uri()


def cut_off(context: BrowserContext, asked: list[str]) -> None:
    """No network, and whatever the page asks for beside its own file is noted and refused."""
    context.set_offline(True)

    def refuse(route) -> None:
        asked.append(route.request.url)
        route.abort()

    context.route(lambda url: not url.startswith("file:") and not url.startswith(("data:", "blob:")), refuse)


@pytest.fixture
def opened(browser: Browser, address: str) -> Iterator:
    """opened(size, **context) -> the page, standing. It may ask for nothing, and log neither error nor warning."""
    contexts, said, asked = [], [], []

    def open_page(size: dict, **options) -> Page:
        context = browser.new_context(viewport=size, reduced_motion="reduce", **options)
        contexts.append(context)
        cut_off(context, asked)
        page = context.new_page()
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
        page.goto(address)
        expect(page.locator("[data-answer]")).to_be_visible()
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not said
    assert not asked


def draw(page: Page, strokes: list, lift: bool = True) -> None:
    """The strokes on the canvas, in its own pixels of 280, with the mouse."""
    box = page.locator(".sketch").bounding_box()
    scale = box["width"] / 280
    for number, stroke in enumerate(strokes):
        path = np.array(stroke) * scale + [box["x"], box["y"]]
        page.mouse.move(*path[0])
        page.mouse.down()
        for point in path[1:]:
            page.mouse.move(*point)
            page.evaluate("() => new Promise(requestAnimationFrame)")  # moves within one frame would become one
        if lift or number < len(strokes) - 1:
            page.mouse.up()


def answer(page: Page, strokes: int) -> int:
    shown = page.locator(f'[data-answer][data-strokes="{strokes}"]')
    expect(shown).to_be_visible()
    return int(shown.get_attribute("data-answer"))


def tool(page: Page, name: str):
    return page.locator(f".tool.{name}")


def test_ten_drawings_are_answered_as_by_python(opened):
    page, reader = opened(LAPTOP, locale="en-US"), readers.load()
    for digit in samples.ORDER:
        strokes = samples.strokes(digit)
        draw(page, strokes)
        probabilities = tracing.trace(reader, from_strokes(strokes).pixels).probabilities[-1]
        assert answer(page, len(strokes)) == probabilities.argmax()
        sure = page.locator(".answer-sure b").first.inner_text().replace("\u00a0", " ")
        # The canvas rounds the corners of a path, as the dashboard's does.
        assert float(sure.strip("<>% ")) / 100 == pytest.approx(probabilities.max(), abs=0.02)
        tool(page, "clear").click()
        answer(page, 0)


def test_it_answers_before_the_pen_is_lifted(opened):
    page = opened(LAPTOP, locale="en-US")
    assert answer(page, 0) == 3  # the sample
    strokes = samples.strokes("6")
    draw(page, strokes, lift=False)
    assert answer(page, 1) == 6
    assert page.evaluate("performance.getEntriesByName('pen-to-strips').length") > 5


def test_undo_redo_and_clear(opened):
    page = opened(LAPTOP, locale="en-US")
    expect(tool(page, "undo")).to_be_disabled()
    draw(page, samples.strokes("7"))
    assert answer(page, 2) == 7
    page.keyboard.press("Control+z")
    alone = answer(page, 1)
    page.keyboard.press("Control+Shift+z")
    assert answer(page, 2) == 7
    tool(page, "undo").click()
    assert answer(page, 1) == alone
    tool(page, "undo").click()
    assert answer(page, 0) == 3  # the same sample again
    expect(tool(page, "clear")).to_have_text("Another")
    tool(page, "clear").click()
    expect(page.locator("[data-answer='5']")).to_be_visible()  # another one


def test_a_dot_is_called_one_and_clear_takes_the_word_away(opened):
    page = opened(LAPTOP, locale="en-US")
    draw(page, [[(140, 140), (141, 141)]])
    expect(page.locator(".answer-notices")).to_contain_text("Hardly more than a dot")
    tool(page, "clear").click()
    expect(page.locator(".answer-notices")).to_be_empty()


def test_rows_play_and_step(opened):
    page = opened(LAPTOP, locale="en-US")
    root = page.locator(".player-root")
    page.keyboard.press("Home")
    expect(root).to_have_attribute("data-row", "1")
    page.keyboard.press("ArrowDown")
    expect(root).to_have_attribute("data-row", "2")
    page.locator(".step.play").click()
    expect(root).to_have_attribute("data-row", "28")


def test_language_is_the_browsers_own_and_can_be_switched(opened):
    page = opened(LAPTOP, locale="zh-CN")
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    expect(tool(page, "undo")).to_have_text("撤销")
    expect(page.locator(".answer-decided")).to_contain_text("它何时做出判断")
    draw(page, samples.strokes("7"))
    assert answer(page, 2) == 7
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator(".answer-decided")).to_contain_text("When did it decide?")
    assert f"{readers.load().card['test_accuracy']:.2%}" in page.title()
    assert answer(page, 2) == 7  # the drawing stays


def test_an_unknown_language_is_english(opened):
    expect(opened(LAPTOP, locale="fi-FI").locator("html")).to_have_attribute("lang", "en")


def test_theme_follows_the_system_until_it_is_chosen(opened):
    page = opened(LAPTOP, locale="en-US", color_scheme="dark")
    paper = "getComputedStyle(document.documentElement).backgroundColor"
    dark = page.evaluate(paper)
    page.emulate_media(color_scheme="light")
    light = page.evaluate(paper)
    assert light != dark
    page.get_by_role("button", name="Dark", exact=True).click()
    assert page.evaluate(paper) == dark
    page.emulate_media(color_scheme="dark")
    page.get_by_role("button", name="Light", exact=True).click()
    assert page.evaluate(paper) == light


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
def test_laptop_needs_no_scroll(opened, locale):
    page = opened(LAPTOP, locale=locale)
    draw(page, samples.strokes("5"))
    answer(page, 3)
    assert page.evaluate("document.documentElement.scrollHeight") <= 640
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
    assert page.locator(".legend").evaluate_all(BOTTOM) <= 640


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
def test_phone_shows_canvas_answer_and_opinion_first(opened, locale):
    page = opened(PHONE, locale=locale, is_mobile=True, has_touch=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    for name in (".sketch", ".answer", ".strip[data-letter=p]"):
        box = page.locator(name).bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
        assert box["y"] + box["height"] <= 844


def test_text_of_a_card_is_text(browser, tmp_path):
    reader = readers.load()
    hostile = '</script><b id="bold">bold</b>'
    path = tmp_path / "page.html"
    path.write_bytes(takeaway.page(readers.reader_of(reader.arrays, {"name": hostile})))
    context = browser.new_context(locale="en-US")
    page = context.new_page()
    page.goto(path.as_uri())
    expect(page.locator("h1")).to_contain_text(hostile)
    assert hostile in page.title()
    assert page.locator("#bold").count() == 0
    context.close()


def test_draw_page_keeps_the_reader_that_answers_as_a_page(page: Page, dashboard):
    page.goto(f"{dashboard.url}/?lang=en&reader=gru")
    expect(page.locator("[data-answer]")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Page .html").click()
    assert download.value.suggested_filename == "page.html"
    assert "GRU" in Path(download.value.path()).read_text("utf-8").partition("</title>")[0]
