"""From the command to the first painted page, and what takes the time: `python -m tests.benchmarks.start_up`.

    --rounds N   start N times (the first warms the file cache and is left out where N > 1)
    --imports N  list the N packages whose import takes longest in the server

A browser is running already, as a person's is; at its first visit it fetches Streamlit's own frontend, which it keeps
for the later ones. The page counts as painted when the player's strips, or on the Train
page the chart's curves, are in the document and a frame has been drawn after that.
"""

import argparse
import re
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Page, sync_playwright

from tests.benchmarks.table import HEADER, machine, row
from tests.browser.conftest import ARGS, CHROMIUM, free_port, serving

PAINTED = {"Draw": ".player-root .strip", "Train": ".live-plot .main-svg", "Learn": "h1"}
_FRAME = "() => new Promise(done => requestAnimationFrame(() => setTimeout(() => done(performance.now()))))"


def wait_until_painted(page: Page, name: str) -> None:
    page.locator(PAINTED[name]).first.wait_for()
    page.evaluate(_FRAME)


def one_round(browser, folder: Path) -> dict[str, float]:
    """Two starts of the server, on the same port, for a new browser and for one that has been here."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    port = free_port()
    first = one_start(context.new_page(), folder, port)["command to first painted page"]
    later = one_start(context.new_page(), folder, port)
    context.close()
    return {"command to first page, first visit": first} | later


def one_start(page: Page, folder: Path, port: int) -> dict[str, float]:
    """Seconds of each part; a part's time is its own, `first painted page` is the whole."""
    start = time.perf_counter()
    with serving(folder / "runs", folder / "server.log", port) as dashboard:
        up = time.perf_counter()
        page.goto(dashboard.url, wait_until="commit")
        page.locator("h1").first.wait_for()
        titled = time.perf_counter()
        wait_until_painted(page, "Draw")
        painted = time.perf_counter()
        parts = {
            "the server answers": up - start,
            "the page's title stands": titled - up,
            "its strips are painted": painted - titled,
            "command to first painted page": painted - start,
        }
        page.reload(wait_until="commit")
        again = time.perf_counter()
        wait_until_painted(page, "Draw")
        parts["the same page, loaded again"] = time.perf_counter() - again
        for visit in ("first", "second"):
            for name in ("Train", "Draw"):
                clicked = time.perf_counter()
                page.get_by_test_id("stTopNavLink").filter(has_text=name).first.click()
                wait_until_painted(page, name)
                parts[f"switch to {name}, {visit} time"] = time.perf_counter() - clicked
        page.close()
    return parts


def import_seconds(module: str) -> float:
    code = f"import time; start = time.perf_counter(); import {module}; print(time.perf_counter() - start)"
    return float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)


def longest_imports(code: str, count: int) -> list[tuple[float, str]]:
    """Milliseconds of packages and their first parts, with what each imports, as Python's own import timer has them."""
    command = [sys.executable, "-X", "importtime", "-c", code]
    timed = subprocess.run(command, capture_output=True, text=True).stderr
    lines = re.findall(r"import time:\s+\d+ \|\s+(\d+) \| +([\w.]+)$", timed, re.MULTILINE)
    packages = [(int(microseconds) / 1000, name) for microseconds, name in lines if name.count(".") < 2]
    return sorted(packages, reverse=True)[:count]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--imports", type=int, default=20)
    options = parser.parse_args()
    print(machine("streamlit", "plotly"))
    print(f"\nmilliseconds to import, in a process of its own\n{HEADER}")
    for module in ("core", "streamlit", "streamlit.web.bootstrap"):
        print(row(module, [1000 * import_seconds(module) for _ in range(max(2, options.rounds))], digits=1))
    print("\nlongest imports of the server and the Draw page, milliseconds with all that each imports")
    pages = "import streamlit.web.bootstrap, streamlit.web.server.starlette, dashboard.draw.answer, dashboard.draw.pen"
    for milliseconds, name in longest_imports(pages, options.imports):
        print(f"{name:38}{milliseconds:10.0f}")

    with sync_playwright() as playwright, TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGS))
        rounds = [one_round(browser, Path(folder)) for _ in range(options.rounds)]
        browser.close()
    print(f"\nseconds\n{HEADER}")
    counted = rounds[1:] or rounds
    for part in counted[0]:
        print(row(part, [parts[part] for parts in counted], digits=2))


if __name__ == "__main__":
    main()
