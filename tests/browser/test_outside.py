"""A link fills no page with what is not ours: every parameter, on every page, is text or nothing."""

from urllib.parse import quote, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Dashboard
from tests.test_outside_page import HOSTILE, PARAMETERS

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("name", ["draw", "train", "learn"])
def test_no_picture_link_or_icon_comes_from_a_parameter(page: Page, dashboard: Dashboard, name):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    query = "&".join(f"{key}={quote(HOSTILE)}" for key in PARAMETERS)
    page.goto(f"{dashboard.url}/{name}?{query}")
    heading = page.locator("h1").first
    expect(heading).to_be_visible(timeout=60_000)
    expect(page.get_by_test_id("stAlert").first if name == "draw" else heading).to_be_visible(timeout=60_000)
    page.wait_for_load_state("networkidle")
    assert not page.locator("img[src*='evil'], a[href*='evil']").count()
    assert not [url for url in asked if not url.startswith((dashboard.url, "data:", "blob:"))]


@pytest.mark.parametrize("name", ["train", "learn"])
def test_a_page_that_is_opened_by_its_own_link_asks_for_nothing_that_is_not_there(page, dashboard: Dashboard, name):
    missing = []
    page.on("response", lambda answer: missing.append(answer.url) if answer.status == 404 else None)
    page.goto(f"{dashboard.url}/{name}")
    expect(page.locator("h1").first).to_be_visible(timeout=60_000)
    page.wait_for_load_state("networkidle")
    assert urlsplit(page.url).path == f"/{name}"
    assert missing == []
