"""From a click on the operating table to the new strips and to the new accuracy: `python -m tests.benchmarks.surgery`.

A browser holds the LSTM's three gates at 0, at 1 or not at all, one click after the other through all 27 states, so
that no accuracy on 1,000 test digits is known before. Full MNIST.
"""

import itertools
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.benchmarks.table import HEADER, machine, row
from tests.browser.conftest import ARGS, CHROMIUM, serving

GATES = ("Forget gate f", "Input gate i", "Output gate o")
_WATCH = """() => {
  const metrics = () => document.querySelectorAll("[data-testid=stMetric]").length;
  const hosts = [...document.querySelectorAll("[data-testid=stBidiComponentIsolated]")];
  const root = hosts.map((host) => host.shadowRoot?.querySelector(".player-root")).find(Boolean);
  const soon = (name) => requestAnimationFrame(() => (window.seen[name] ??= performance.now() - window.clicked));
  document.addEventListener("click", () => { window.clicked = performance.now(); window.seen = {}; }, true);
  new MutationObserver(() => soon("strips")).observe(root,
    { subtree: true, childList: true, characterData: true, attributes: true });
  new MutationObserver(() => {
    if (metrics() < 3) window.working = true;
    else if (window.working) { window.working = false; soon("accuracy"); }
  }).observe(document.body, { subtree: true, childList: true });
}"""


def clicks() -> list[tuple[str, str]]:
    """(gate, hold at 0 or 1) of 26 clicks that pass through every state of the three gates once."""
    states, held = [], ("", "0", "1")
    for f in range(3):  # there and back again: two neighbours differ in one gate
        for i in (0, 1, 2)[:: 1 if f % 2 == 0 else -1]:
            states += [(held[f], held[i], o) for o in held[:: 1 if len(states) % 2 == 0 else -1]]
    found = []
    for before, after in itertools.pairwise(states):
        gate = next(gate for gate in range(3) if before[gate] != after[gate])
        found.append((GATES[gate], after[gate] or before[gate]))  # a click on what is held lets it go
    return found


def measure(page: Page) -> dict[str, list[float]]:
    times: dict[str, list[float]] = {"strips": [], "accuracy": []}
    page.evaluate(_WATCH)
    for gate, held in clicks():
        page.get_by_role("radiogroup", name=gate).get_by_role("radio", name=f"hold at {held}").click()
        page.wait_for_function("() => window.seen?.strips && window.seen?.accuracy")
        page.wait_for_function("() => !document.querySelector('[data-test-script-state=running]')")
        for name, found in times.items():
            found.append(page.evaluate("name => window.seen[name]", name))
    return times


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGS))
        with serving(Path(folder) / "runs", Path(folder) / "server.log") as served:
            page = browser.new_page(viewport={"width": 1280, "height": 1400})
            page.goto(served.page("learn"))
            page.get_by_text("Largest difference from torch").first.wait_for()
            page.get_by_test_id("stMetric").nth(2).wait_for()
            times = measure(page)
        browser.close()
    print(f"{machine('streamlit')}\n\nmilliseconds from the click\n{HEADER}")
    for name, found in times.items():
        print(row(name, found, digits=0))


if __name__ == "__main__":
    main()
