"""What a person has chosen stays chosen, while the page is drawn anew and in another language."""

import re

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

ONE_AFTER_THE_OTHER = """([first, second, pause]) => {
  first.click();
  return new Promise((done) => setTimeout(() => { second.click(); done(); }, pause));
}"""


def wait_for_rest(page: Page) -> None:
    page.wait_for_function("() => !document.querySelector('[data-test-script-state=running]')")


@pytest.mark.parametrize("pause", [0, 20, 50])
def test_a_prediction_stays_that_is_made_while_another_digit_is_read(page, dashboard, pause):
    page.goto(f"{dashboard.page('learn')}?chapter=6")
    experiment = page.locator(".st-key-learn_close")
    expect(experiment).to_be_visible()
    wait_for_rest(page)
    changes = experiment.get_by_role("radio", name="Changes")
    clicked = changes.element_handle()  # an open list hides it from assistive technology
    page.get_by_role("combobox", name="Digit").click()
    other = page.get_by_role("option", name="2", exact=True)
    expect(other).to_be_visible()
    page.evaluate(ONE_AFTER_THE_OTHER, [other.element_handle(), clicked, pause])
    expect(page).to_have_url(re.compile("close=changes"))
    wait_for_rest(page)
    expect(changes).to_be_checked()
    page.get_by_role("button", name="Undo all surgery").click()
    expect(page).not_to_have_url(re.compile("i=0"))
    expect(changes).to_be_checked()


def test_what_was_chosen_stays_in_another_language(page, dashboard):
    page.goto(dashboard.page("draw"))
    page.get_by_role("radio", name="MNIST").click()
    page.get_by_role("combobox", name="Reader").click()
    page.get_by_role("option", name=re.compile("^GRU")).click()
    wait_for_rest(page)
    page.get_by_role("button", name="中文").click()
    expect(page.get_by_role("spinbutton", name="测试图片")).to_be_visible()
    expect(page.get_by_role("radio", name="MNIST")).to_be_checked()
    expect(page.get_by_role("combobox").first).to_have_value(re.compile("^GRU"))
    page.get_by_role("link", name="考察").click()
    page.get_by_role("radio", name="会认错什么？").click()
    page.get_by_role("combobox", name="排序").click()
    page.get_by_role("option").last.click()
    wait_for_rest(page)
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("radio", name="What does it get wrong?")).to_be_checked()
    expect(page.get_by_role("combobox", name="Order")).to_have_value("by digit")
