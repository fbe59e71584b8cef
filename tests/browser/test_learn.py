"""The Learn page in a real browser: rows are chosen in the picture, formulas fit a phone, surgery shows at once."""

import re

import pytest
from playwright.sync_api import Page, expect

from core.digits import data as mnist
from tests.browser.conftest import Dashboard

pytestmark = pytest.mark.browser

OVERFLOW = """() => [...document.querySelectorAll('.katex-html')].map((formula) => {
  const room = formula.closest('[data-testid="stMarkdownContainer"]').getBoundingClientRect();
  return formula.getBoundingClientRect().right - room.right;
}).filter((beyond) => beyond > 0.5)"""


def open_page(page: Page, dashboard: Dashboard, query: str = "") -> None:
    page.goto(f"{dashboard.page('learn')}?{query}")
    expect(page.locator(".unrolled .copy")).to_have_count(28)
    expect(page.locator("#sources")).to_be_attached()
    expect(page.locator(".katex-html").first).to_be_attached()


def test_a_copy_that_is_clicked_fills_the_equations(page, dashboard):
    open_page(page, dashboard)
    before = page.locator(".picture svg .value").all_text_contents()
    page.locator('.copy[data-row="5"] .cell').first.click()
    expect(page).to_have_url(re.compile(r"[?&]row=5(&|$)"))
    expect(page.get_by_role("slider", name="Row t")).to_have_value("5")
    expect(page.locator(".picture svg")).to_have_attribute("aria-label", re.compile("row 5"))
    assert page.locator(".picture svg .value").all_text_contents() != before
    page.locator(".unrolled .stage").press("ArrowRight")
    expect(page).to_have_url(re.compile(r"[?&]row=6(&|$)"))


def test_no_step_of_the_arrow_keys_is_lost(page, dashboard):
    open_page(page, dashboard, "row=5")
    for _ in range(8):
        page.locator(".unrolled .stage").press("ArrowRight")
    expect(page).to_have_url(re.compile(r"[?&]row=13(&|$)"))
    expect(page.get_by_role("slider", name="Row t")).to_have_value("13")
    expect(page.locator(".picture svg")).to_have_attribute("aria-label", re.compile("row 13"))
    expect(page.locator(".unrolled .lit[data-row]")).to_have_attribute("data-row", "13")


def test_a_copy_can_be_chosen_again_after_the_slider_has_moved(page, dashboard):
    open_page(page, dashboard)
    copy, slider = page.locator('.copy[data-row="5"] .cell').first, page.get_by_role("slider", name="Row t")
    copy.click()
    expect(slider).to_have_value("5")
    slider.press("ArrowRight")
    expect(page).to_have_url(re.compile(r"[?&]row=6(&|$)"))
    copy.click()
    expect(page).to_have_url(re.compile(r"[?&]row=5(&|$)"))
    expect(slider).to_have_value("5")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_back_leaves_the_page_whatever_was_chosen_on_it(page, dashboard, language):
    page.goto(f"{dashboard.page('train')}?lang={language}")
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
    open_page(page, dashboard, "start=default")
    expect(page.get_by_text("Largest difference from torch").first).to_be_visible()
    expect(page.get_by_text("Of the gradient at row 28")).to_be_visible()
    expect(page.locator(".live-plot .main-svg").first).to_be_attached()


@pytest.mark.data
def test_a_prediction_sets_its_experiment_up_and_shows_result_and_reason_beside_it(page, dashboard):
    page.set_viewport_size({"width": 1280, "height": 640})
    open_page(page, dashboard)
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
    open_page(page, dashboard, f"lang={language}&reader={cell}&unit=5&row=20&layer=2")
    assert page.evaluate(OVERFLOW) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
