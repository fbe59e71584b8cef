"""The glossary in a real browser: a term is explained by hover, tap and keyboard focus, a letter where it stands."""

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from dashboard import terms
from dashboard.words import texts
from tests.browser.conftest import Dashboard
from tests.browser.drawing_hand import ready

pytestmark = pytest.mark.browser
LANGUAGES = ("en", "zh")


def meaning(page: Page) -> Locator:
    return page.locator(".meaning")


def says(page: Page, name: str, language: str) -> None:
    expect(meaning(page)).to_be_visible()
    expect(meaning(page)).to_have_text(texts()[f"glossary.{name}"][language])
    box = meaning(page).bounding_box()
    assert box["x"] >= 0
    assert box["y"] >= 0
    assert box["x"] + box["width"] <= page.viewport_size["width"]


def open_learn(page: Page, dashboard: Dashboard, language: str) -> None:
    page.goto(f"{dashboard.page('learn')}?chapter=4&lang={language}")
    expect(page.locator(".st-key-learn_glossary")).to_be_attached()
    expect(page.locator(".katex-html").first).to_be_attached()
    expect(meaning(page)).to_be_attached()
    page.wait_for_function("() => !document.querySelector('[data-test-script-state=running]')")


def term(page: Page, name: str) -> Locator:
    return page.locator(f'a[href*="#term-{name}"]').first


@pytest.mark.usefixtures("overtaken")
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_term_is_explained_where_it_is_pointed_at(page: Page, dashboard: Dashboard, language: str):
    open_learn(page, dashboard, language)
    term(page, "f").hover()
    says(page, "f", language)
    page.mouse.move(0, 0)
    expect(meaning(page)).to_be_hidden()
    page.locator(".katex .mathnormal").get_by_text("C", exact=True).first.hover()
    says(page, "C", language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_term_is_explained_where_the_tab_key_finds_it(page: Page, dashboard: Dashboard, language: str):
    open_learn(page, dashboard, language)
    term(page, "lstm").focus()
    says(page, "lstm", language)
    page.keyboard.press("Escape")
    expect(meaning(page)).to_be_hidden()
    page.keyboard.press("Tab")
    says(page, "C", language)
    expect(term(page, "C")).to_be_focused()
    expect(term(page, "C")).to_have_attribute("aria-description", texts()["glossary.C"][language])
    address = page.url
    page.keyboard.press("Enter")
    says(page, "C", language)
    assert page.url == address


def test_a_term_is_explained_by_a_tap(browser: Browser, dashboard: Dashboard):
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    page = context.new_page()
    open_learn(page, dashboard, "en")
    term(page, "f").tap()
    says(page, "f", "en")
    page.get_by_role("heading", level=2).first.tap()
    expect(meaning(page)).to_be_hidden()
    context.close()


def test_the_letters_of_the_strips_are_explained_on_draw(page: Page, dashboard: Dashboard):
    page.goto(dashboard.url)
    ready(page)
    expect(meaning(page)).to_be_attached()
    for letter, name in (("f", "f"), ("o", "output_gate"), ("p", "p")):
        page.locator(f'[data-term="{letter}"]').first.hover()
        says(page, name, "en")


def test_all_letters_and_terms_are_listed_on_learn(page: Page, dashboard: Dashboard):
    open_learn(page, dashboard, "en")
    listed = page.locator(".st-key-learn_glossary")
    listed.get_by_text(texts()["learn.glossary"]["en"]).click()
    for name, meant in terms.meanings("en").items():
        assert listed.get_by_text(meant, exact=True).count() == 1, name
