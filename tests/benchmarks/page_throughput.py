"""What an open Train page costs the training beside it: `python -m tests.benchmarks.page_throughput`.

One run of the article's settings trains throughout; in turn nobody watches, and a browser does. Prints the images per
second of each period, from the steps that the store gained. Needs Chromium and MNIST; the machine should be idle.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from core.runs.store import Store
from core.training.config import preset
from tests.browser.conftest import ARGS, CHROMIUM, end_trainings, serving, wait_for

PERIOD_SECONDS = 20
ROUNDS = 3
PATIENCE_SECONDS = 300


def images_per_second(store: Store, run_id: str) -> float:
    """Over one period. The clock is read with the step, which the worker reports twice a second."""
    batch = store.run(run_id).config.batch_size
    first, start = store.run(run_id).facts.step, time.monotonic()
    wait_for(lambda: time.monotonic() - start > PERIOD_SECONDS, "a period", PATIENCE_SECONDS)
    return (store.run(run_id).facts.step - first) * batch / (time.monotonic() - start)


def watched(store: Store, run_id: str, browser: Browser, url: str) -> float:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(url)
    page.wait_for_function("Number(document.querySelector('.live-plot')?.dataset.updates) > 3", timeout=60_000)
    try:
        return images_per_second(store, run_id)
    finally:
        page.close()


def measure(store: Store, browser: Browser, page_of: Callable[[str], str]) -> tuple[list[float], list[float]]:
    """Images per second of the periods without and with a watcher, in turn."""
    run_id = store.add(preset("article", epochs=1000), None)
    alone, seen = [], []
    opening = browser.new_page()
    opening.goto(page_of(f"train?run={run_id}"))  # its first tick starts the run
    wait_for(lambda: store.run(run_id).facts.step, "the first steps", PATIENCE_SECONDS)
    opening.close()
    for _ in range(ROUNDS):
        alone.append(images_per_second(store, run_id))
        seen.append(watched(store, run_id, browser, page_of(f"train?run={run_id}")))
    return alone, seen


def main() -> int:
    if not CHROMIUM:
        print("No Chromium on this machine.", file=sys.stderr)
        return 2
    with (
        tempfile.TemporaryDirectory() as folder,
        sync_playwright() as playwright,
        serving(Path(folder) / "runs", Path(folder) / "server.log") as dashboard,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGS))
        try:
            alone, seen = measure(dashboard.store, browser, dashboard.page)
        finally:
            end_trainings(dashboard.store)
            browser.close()
    print("Images per second     minimum    median   maximum")
    for name, figures in (("nobody watches", alone), ("a browser watches", seen)):
        print(f"{name:<18} {min(figures):>10,.0f} {statistics.median(figures):>9,.0f} {max(figures):>9,.0f}")
    print(f"ratio of the medians {statistics.median(seen) / statistics.median(alone):.3f}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
