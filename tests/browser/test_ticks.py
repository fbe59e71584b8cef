"""A page's tick takes nothing from the page that follows, and does no click twice."""

import re

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect
from streamlit.proto.BackMsg_pb2 import BackMsg

from core.training.config import preset
from tests.browser.conftest import Dashboard, wait_for
from tests.browser.test_train import TINY, wait_until_drawn

pytestmark = pytest.mark.browser
# Streamlit's page sends a click in the moment after it; here so long after it that a tick goes out in between.
SLOW_CLICKS = """
const after = window.setTimeout;
window.setTimeout = (work, wait, ...rest) => {
  const sends = window.slow && String(work).includes("flushScheduled");
  return after(sends ? () => { work(); window.sent = true; } : work, sends ? 5000 : wait, ...rest);
};
"""


class Line:
    """The browser's line to the server, which holds the ticks of a page until another page has been asked for."""

    def __init__(self, page: Page):
        self.held: list[bytes | str] = []
        self.holds = False
        self.sent_late = 0
        page.route_web_socket(re.compile("_stcore/stream"), self.connect)

    def connect(self, browser: WebSocketRoute) -> None:
        server = browser.connect_to_server()
        browser.on_message(lambda message: self.hear(server, message))

    def hear(self, server: WebSocketRoute, message: bytes | str) -> None:
        asked = BackMsg.FromString(message) if isinstance(message, bytes) else BackMsg()
        if self.holds and asked.rerun_script.is_auto_rerun:
            self.held.append(message)
            return
        server.send(message)
        if self.holds and self.held and asked.HasField("rerun_script") and not asked.rerun_script.fragment_id:
            self.holds = False
            server.send(self.held[-1])
            self.sent_late += 1


@pytest.mark.parametrize(("link", "shown"), [("Draw", "[data-answer]"), ("Learn", ".contents a[aria-current]")])
def test_a_page_stays_when_the_one_before_it_asks_late(dashboard: Dashboard, page: Page, link: str, shown: str):
    line = Line(page)
    run_id = dashboard.store.add(preset("article", **TINY, epochs=100), None)
    page.goto(dashboard.page(f"train?run={run_id}"))
    wait_until_drawn(page)
    wait_for(lambda: dashboard.store.run(run_id).facts.step, "its first steps")
    line.holds = True
    page.wait_for_function("() => !document.querySelector('[data-test-script-state=running]')")
    expect(page.locator(".st-key-live_figures")).to_be_visible()
    while not line.held:  # events are heard while Playwright waits
        page.wait_for_function("(past) => performance.now() > past", arg=page.evaluate("performance.now() + 100"))
    page.get_by_role("link", name=link, exact=True).click()
    expect(page.locator(shown).first).to_be_visible()
    assert line.sent_late == 1
    page.wait_for_function("() => !document.querySelector('[data-test-script-state=running]')")
    expect(page.locator(shown).first).to_be_visible()
    page.get_by_role("button", name="中文").click()  # and one more run of it
    expect(page.get_by_role("button", name="English")).to_be_visible()
    expect(page.locator(shown).first).to_be_visible()


def test_click_that_a_tick_overtakes_starts_one_run(dashboard: Dashboard, page: Page):
    dashboard.store.add(preset("article", **TINY), None, "finished")  # with a run to show, the page ticks
    before = {run.id for run in dashboard.store.runs()}
    page.add_init_script(SLOW_CLICKS)
    page.goto(dashboard.page("train"))
    start = page.get_by_role("button", name="Start training")
    expect(start).to_be_enabled()
    page.wait_for_function("() => !document.querySelector('[data-test-script-state=running]')")
    page.evaluate("window.slow = true")
    start.click()
    page.wait_for_function("window.sent")
    page.evaluate("window.slow = false")
    expect(page.get_by_role("button", name="Add to the queue")).to_be_visible()
    page.wait_for_function("() => !document.querySelector('[data-test-script-state=running]')")
    assert len({run.id for run in dashboard.store.runs()} - before) == 1
