"""Stroke finished to new strips, over 50 drawings in a browser: `python -m tests.benchmarks.stroke_latency`.

From the mouse's release to the first frame after the row player has drawn the new trace. 200 ms of it is the canvas's
own debounce; the rest is rerun, reading, the message and its painting.
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np
from playwright.sync_api import Page, expect, sync_playwright

from tests.browser.conftest import ARGS, CHROMIUM, serving
from tests.browser.drawing_hand import clear, draw, people, read, ready

DEBOUNCE_MS = 200
_WATCH = """() => {
  window.addEventListener("mouseup", () => { window.released = performance.now(); window.shown = null; }, true);
  const hosts = [...document.querySelectorAll("[data-testid=stBidiComponentIsolated]")];
  const root = hosts.map((host) => host.shadowRoot?.querySelector(".player-root")).find(Boolean);
  new MutationObserver(() => {
    if (window.shown === null) { window.shown = 0; requestAnimationFrame(() => (window.shown = performance.now())); }
  }).observe(root, { subtree: true, childList: true, characterData: true, attributes: true });
}"""


def measure(page: Page, drawings: list[dict]) -> list[float]:
    """Milliseconds from release to strips for each drawing of one stroke."""
    times = []
    page.evaluate(_WATCH)
    for number, item in enumerate(drawings):
        draw(page, item["strokes"], (0.8, 0.5, 0.3)[number % 3], 0.1, 0.1)
        page.wait_for_function("() => window.shown > 0")
        times.append(page.evaluate("() => window.shown - window.released"))
        read(page, 1)
        clear(page)
        page.wait_for_function("() => !document.querySelector('[data-test-script-state=running]')")
    return times


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--drawings", type=int, default=50)
    options = parser.parse_args()
    known = [item for item in people() if len(item["strokes"]) == 1]
    drawings = [known[number % len(known)] for number in range(options.drawings)]
    expect.set_options(timeout=60_000)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGS))
        with serving(Path(folder) / "runs", Path(folder) / "server.log") as served:
            page = browser.new_page(viewport={"width": 1280, "height": 1400})
            page.goto(served.url)
            ready(page)
            times = np.array(measure(page, drawings))
        browser.close()
    for name, values in (("release to strips", times), ("without the debounce", times - DEBOUNCE_MS)):
        p50, p95 = np.percentile(values, [50, 95])
        print(f"{name:22} p50 {p50:5.0f} ms   p95 {p95:5.0f} ms   ({len(values)} drawings)")


if __name__ == "__main__":
    main()
