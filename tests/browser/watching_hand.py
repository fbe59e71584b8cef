"""A person's hand on the live chart of the Train page while a run trains."""

from playwright.sync_api import Page

from tests.browser.conftest import PATIENCE_SECONDS

PATIENCE_MS = PATIENCE_SECONDS * 1000  # the run on the page trains beside other tests
NODE = "document.querySelector('.st-key-curves .live-plot')"


def wait_for_updates(page: Page, count: int) -> None:
    """Until the chart has been redrawn so many times from now on."""
    seen = page.wait_for_function(f"{NODE}?.dataset.updates", timeout=PATIENCE_MS).json_value()
    page.wait_for_function(f"Number({NODE}?.dataset.updates) >= {int(seen) + count}", timeout=PATIENCE_MS)


def drag_over(page: Page, panel: str, start: float, end: float) -> None:
    """Draws a zoom box over fractions of the panel's width."""
    box = page.locator(f".st-key-curves .nsewdrag[data-subplot='{panel}']").bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + start * box["width"], middle)
    page.mouse.down()
    page.mouse.move(box["x"] + end * box["width"], middle, steps=5)
    page.mouse.up()


def chart_survives_updates(page: Page) -> None:
    """Ten updates leave node, zoom, hidden curve, scroll and hover as the person left them; a double click unzooms."""
    wait_for_updates(page, 2)
    page.evaluate(f"{NODE}.marked = true")
    page.locator(".st-key-curves .live-plot .legendtoggle").first.click()
    page.wait_for_function(f"{NODE}._fullData[0].visible === 'legendonly'")
    drag_over(page, "xy", 0.2, 0.8)
    page.wait_for_function(f"{NODE}._fullLayout.xaxis.autorange === false")
    page.evaluate("document.querySelector('[data-testid=stMain]').scrollTo(0, 40)")
    left = f"[{NODE}._fullLayout.xaxis.range, document.querySelector('[data-testid=stMain]').scrollTop]"
    before = page.evaluate(left)
    box = page.locator(".st-key-curves .live-plot .nsewdrag[data-subplot='xy']").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.locator(".st-key-curves .live-plot .hoverlayer .legend").wait_for()

    wait_for_updates(page, 10)

    assert page.evaluate(f"{NODE}.marked")
    assert page.evaluate(left) == before
    assert page.evaluate(f"{NODE}._fullData[0].visible") == "legendonly"
    assert page.locator(".st-key-curves .live-plot .hoverlayer .legend").count() == 1

    hide_for_an_update(page)
    assert page.evaluate(left) == before
    assert page.evaluate(f"{NODE}._fullData[0].visible") == "legendonly"

    page.mouse.dblclick(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_function(f"{NODE}._fullLayout.xaxis.autorange === true")
    wait_for_updates(page, 1)
    assert page.evaluate(f"{NODE}._fullLayout.xaxis.range[1] >= Math.max(...{NODE}._fullData[1].x)")


def hide_for_an_update(page: Page) -> None:
    """While the chart has no place on the page, its figures come all the same."""
    progress = "document.querySelector('.st-key-live [data-testid=stProgress]').textContent"
    page.evaluate(f"{NODE}.style.display = 'none'")
    for _ in range(2):
        said = page.evaluate(progress)
        page.wait_for_function(f"said => {progress} !== said", arg=said, timeout=PATIENCE_MS)
    page.evaluate(f"{NODE}.style.display = ''")
    wait_for_updates(page, 1)
