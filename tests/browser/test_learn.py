"""The Learn page in a real browser: rows are chosen in the picture, formulas fit a phone, surgery shows at once."""

import re

import pytest
from playwright.sync_api import Page, expect

from core.digits import data as mnist
from tests.browser.conftest import Dashboard

pytestmark = pytest.mark.browser

A4 = 688  # CSS pixels between margins of 14 mm
OVERFLOW = """() => [...document.querySelectorAll('.katex-html')].map((formula) => {
  const text = formula.closest('[data-testid="stMarkdownContainer"], [data-testid="stCaptionContainer"]');
  const room = text.getBoundingClientRect();
  return formula.getBoundingClientRect().right - room.right;
}).filter((beyond) => beyond > 0.5)"""


def open_page(page: Page, dashboard: Dashboard, query: str = "") -> None:
    page.goto(f"{dashboard.page('learn')}?{query}")
    expect(page.locator(".st-key-learn_sources")).to_be_attached()
    expect(page.locator(".contents a[aria-current]")).to_be_attached()


def open_chapter(page: Page, chapter: int) -> None:
    """By the table of contents."""
    page.locator(f'.contents a[data-chapter="{chapter}"]').click()
    expect(page.locator(f"#chapter-{chapter}")).to_be_visible()


def test_a_copy_that_is_clicked_fills_the_equations(page, dashboard):
    open_page(page, dashboard)
    page.locator('.copy[data-row="5"] .cell').first.click()
    expect(page).to_have_url(re.compile(r"[?&]row=5(&|$)"))
    open_chapter(page, 4)
    expect(page.get_by_role("slider", name="Row t")).to_have_value("5")
    expect(page.locator(".picture svg")).to_have_attribute("aria-label", re.compile("row 5"))
    before = page.locator(".picture svg .value").all_text_contents()
    page.get_by_role("slider", name="Row t").press("ArrowRight")
    expect(page).to_have_url(re.compile(r"[?&]row=6(&|$)"))
    expect(page.locator(".picture svg")).to_have_attribute("aria-label", re.compile("row 6"))
    assert page.locator(".picture svg .value").all_text_contents() != before


def test_no_step_of_the_arrow_keys_is_lost(page, dashboard):
    open_page(page, dashboard, "row=5")
    for _ in range(8):
        page.locator(".unrolled .stage").press("ArrowRight")
    expect(page).to_have_url(re.compile(r"[?&]row=13(&|$)"))
    expect(page.locator(".unrolled .lit[data-row]")).to_have_attribute("data-row", "13")
    open_chapter(page, 2)
    expect(page.get_by_role("slider", name="Row t")).to_have_value("13")


def test_a_copy_can_be_chosen_again_after_the_slider_has_moved(page, dashboard):
    open_page(page, dashboard)
    copy, lit = page.locator('.copy[data-row="5"] .cell').first, page.locator(".unrolled .lit[data-row]")
    copy.click()
    expect(page).to_have_url(re.compile(r"[?&]row=5(&|$)"))
    open_chapter(page, 2)
    page.get_by_role("slider", name="Row t").press("ArrowRight")
    expect(page).to_have_url(re.compile(r"[?&]row=6(&|$)"))
    open_chapter(page, 1)
    expect(lit).to_have_attribute("data-row", "6")
    copy.click()
    expect(page).to_have_url(re.compile(r"[?&]row=5(&|$)"))
    expect(lit).to_have_attribute("data-row", "5")


def test_contents_stay_in_sight_and_a_chapter_begins_at_its_head(page, dashboard):
    page.set_viewport_size({"width": 1280, "height": 640})
    open_page(page, dashboard, "chapter=3")
    main, place = page.get_by_test_id("stMain"), page.locator(".contents")
    expect(page.get_by_text("Of the gradient at row 28")).to_be_attached()
    before = place.bounding_box()
    main.evaluate("element => element.scrollTo(0, element.scrollHeight)")
    page.wait_for_function("document.querySelector('[data-testid=stMain]').scrollTop > 200")
    now = place.bounding_box()
    assert abs(now["y"] - before["y"]) < 40
    assert now["y"] > 40  # below the header
    page.get_by_role("button", name="4 · Cell state and gates").click()
    expect(page.locator("#chapter-4")).to_be_in_viewport()
    expect(page).to_have_url(re.compile(r"[?&]chapter=4(&|$)"))
    expect(page.locator(".contents a[aria-current]")).to_have_text("4 · Cell state and gates")


def test_contents_fold_on_a_phone(page, dashboard):
    page.set_viewport_size({"width": 390, "height": 844})
    open_page(page, dashboard)
    expect(page.locator(".contents a").last).to_be_hidden()
    page.locator(".contents summary").click()
    page.locator('.contents a[data-chapter="5"]').click()
    expect(page.locator("#chapter-5")).to_be_visible()
    expect(page.locator(".contents a").last).to_be_hidden()
    expect(page.locator(".contents summary")).to_have_text("5 · The whole network")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("language", ["en", "zh"])
def test_back_leaves_the_page_whatever_was_chosen_on_it(page, dashboard, language):
    page.goto(f"{dashboard.page('train')}?lang={language}")
    page.wait_for_function("() => Object.hasOwn(history, 'pushState')")  # components/document has come
    page.get_by_role("link", name={"en": "Learn", "zh": "学习"}[language]).click()
    for row in (5, 9):
        page.locator(f'.copy[data-row="{row}"] .cell').first.click()
        expect(page).to_have_url(re.compile(rf"[?&]row={row}(&|$)"))
    page.wait_for_function("() => !document.querySelector('[data-test-script-state=running]')")
    page.go_back()
    expect(page).to_have_url(re.compile(r"/train\b"))
    expect(page.get_by_role("heading", name={"en": "Train", "zh": "训练"}[language], exact=True)).to_be_visible()


def test_the_network_folds_into_one(page, dashboard):
    open_page(page, dashboard)
    page.get_by_role("button", name="Folded", exact=True).click()
    copies = page.locator(".unrolled .copy")
    middle = "translate(613 0)"
    expect(copies.first).to_have_attribute("transform", middle)
    expect(copies.last).to_have_attribute("transform", middle)


def test_torch_agrees_and_the_gradients_are_drawn(page, dashboard):
    open_page(page, dashboard, "chapter=4")
    expect(page.get_by_text("Largest difference from torch").first).to_be_visible()
    open_page(page, dashboard, "chapter=3&start=default")
    expect(page.get_by_text("Of the gradient at row 28")).to_be_visible()
    expect(page.locator(".live-plot .main-svg").first).to_be_attached()


@pytest.mark.data
def test_a_prediction_sets_its_experiment_up_and_shows_result_and_reason_beside_it(page, dashboard):
    page.set_viewport_size({"width": 1280, "height": 640})
    open_page(page, dashboard, "chapter=6")
    options = page.locator(".st-key-learn_close")
    options.get_by_text("Changes", exact=True).click()
    expect(page).to_have_url(re.compile(r"close=changes.*i=0.*rows=15-28"))
    result = page.locator(".st-key-learn_compared_close")
    expect(page.get_by_text("When the gates shut after row 14")).to_be_visible()
    expect(result).to_contain_text("Probability of 7")
    if mnist.describe().source == "full":
        expect(result).to_contain_text(re.compile(r"Accuracy on 1,000 test digits\s*9\d\.\d\s%\s*\d+\.\d\s%"))
    result.evaluate("(result) => result.scrollIntoView({ block: 'end' })")
    expect(result).to_be_in_viewport(ratio=0.99)
    expect(options).to_be_in_viewport(ratio=0.99)
    expect(page.get_by_test_id("stMetricDelta").first).to_contain_text("was")
    expect(page.locator(".player-root")).to_contain_text("before")
    page.get_by_role("button", name="Undo all surgery").click()
    expect(page.get_by_test_id("stMetricDelta")).to_have_count(0)
    page.get_by_role("button", name="Show it below").click()
    expect(page).to_have_url(re.compile(r"i=0.*rows=15-28"))


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
def test_no_formula_leaves_a_phone(page, dashboard, cell, language):
    page.set_viewport_size({"width": 390, "height": 844})
    chapter = 2 if cell == "rnn" else 4
    open_page(page, dashboard, f"lang={language}&chapter={chapter}&reader={cell}&unit=5&row=20&layer=2")
    expect(page.locator(".katex-html").first).to_be_attached()
    assert page.evaluate(OVERFLOW) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("chapter", [1, 3, 6])
def test_a_chapter_is_printed_on_a4(page, dashboard, chapter):
    open_page(page, dashboard, f"chapter={chapter}&memory=rnn")
    drawn = {1: ".unrolled .copy", 3: ".st-key-learn_gradients .main-svg", 6: ".player-root canvas"}[chapter]
    expect(page.locator(drawn).first).to_be_visible()
    page.wait_for_function("() => !document.querySelector('[data-test-script-state=running]')")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    page.set_viewport_size({"width": A4, "height": 1000})
    expect(page.locator(".contents")).to_be_hidden()
    rights = "[...document.querySelectorAll('.stBidiComponent')].map((one) => one.getBoundingClientRect().right)"
    page.wait_for_function(f"() => Math.max(...{rights}) <= {A4 + 1}")
    whole = "document.querySelector('.stMainBlockContainer').getBoundingClientRect().height"
    page.wait_for_function(f"() => document.documentElement.scrollHeight > {whole} * 0.95")  # not a window's height
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator(".stBidiComponent").evaluate_all("(all) => all.every((one) => !one.style.zoom)")
