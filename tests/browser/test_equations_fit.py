"""Learn's equations at every width of a window and at a zoom of 150 %: none leaves its place or covers another."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Dashboard

pytestmark = pytest.mark.browser
WIDTHS = (360, 390, 480, 600, 768, 900, 1024, 1280, 1366, 1600, 1920, 2560)
ZOOMS = (1, 1.5)
LONGEST = {
    "rnn": "digit=2&layer=1&row=23&unit=12",
    "gru": "digit=5&layer=2&row=25&unit=27",
    "lstm": "digit=5&layer=1&row=26&unit=31",
}
"""The units whose numbers have the most digits and signs."""
# Resolves once the boxes have stood still for five frames: [formula, what is wrong with it] of those that do not fit.
MISFITS = """async () => {
  const box = (element) => element.getBoundingClientRect();
  const parts = (formula) => [...formula.querySelectorAll(".base, .mtable")].map(box);
  const around = (boxes) => ({
    left: Math.min(...boxes.map(({ left }) => left)), right: Math.max(...boxes.map(({ right }) => right)),
    top: Math.min(...boxes.map(({ top }) => top)), bottom: Math.max(...boxes.map(({ bottom }) => bottom)),
  });
  const shown = () => [...document.querySelectorAll("[class*='st-key-learn_formula_'] .katex-html")]
    .filter((formula) => formula.querySelector(".mtable") || formula.textContent.length > 12)
    .map((formula) => ({ name: formula.textContent.slice(0, 6), element: formula, box: around(parts(formula)) }));
  const frame = () => new Promise(requestAnimationFrame);
  for (let still = 0, before = ""; still < 5; await frame()) {
    const now = JSON.stringify(shown().map(({ box }) => box));
    [still, before] = [now === before ? still + 1 : 0, now];
  }
  const found = [], formulas = shown();
  for (const [index, { name, element, box }] of formulas.entries()) {
    const { left, right } = element.closest("[data-testid=stMarkdownContainer]").getBoundingClientRect();
    if (box.right > right + 0.5 || box.left < left - 0.5) found.push([name, "leaves its place", box, right]);
    if (box.right > innerWidth || box.left < 0) found.push([name, "is cut", box]);
    for (const other of formulas.slice(index + 1)) {
      const apart = box.right <= other.box.left + 0.5 || other.box.right <= box.left + 0.5
        || box.bottom <= other.box.top + 0.5 || other.box.bottom <= box.top + 0.5;
      if (!apart) found.push([name, "covers", other.name]);
    }
  }
  return { count: formulas.length, found };
}"""
FORMULAS = {"rnn": 1, "gru": 4, "lstm": 6}


def open_equations(page: Page, dashboard: Dashboard, cell: str) -> None:
    chapter = 2 if cell == "rnn" else 4
    page.goto(f"{dashboard.page('learn')}?chapter={chapter}&reader={cell}&{LONGEST[cell]}")
    expect(page.locator(".st-key-learn_sources")).to_be_attached()
    expect(page.locator("[class*='st-key-learn_formula_'] .katex-html .mtable").first).to_be_attached()
    page.evaluate("document.fonts.ready")


@pytest.mark.parametrize("cell", FORMULAS)
def test_no_equation_is_cut_or_covers_another_at_any_width_or_zoom(page, dashboard, cell):
    open_equations(page, dashboard, cell)
    window = page.context.new_cdp_session(page)
    wrong = {}
    for width in WIDTHS:
        for zoom in ZOOMS:
            seen = {"width": round(width / zoom), "height": 900, "deviceScaleFactor": zoom, "mobile": False}
            window.send("Emulation.setDeviceMetricsOverride", seen)
            page.wait_for_function("(width) => innerWidth === width", arg=seen["width"])
            measured = page.evaluate(MISFITS)
            assert measured["count"] >= FORMULAS[cell] + 1
            if measured["found"]:
                wrong[width, zoom] = measured["found"]
    assert wrong == {}
