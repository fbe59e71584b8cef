"""Pen to strips, over 50 drawings in a browser: `python -m tests.benchmarks.stroke_latency`.

The pen moves by itself, 60 times a second, whether or not the page keeps up, as a hand does. While it is down the
browser's own User Timing has an entry for each answer, "pen-to-strips": from the pointer event to the frame in which
the strips are painted. After the release it is the server's turn: until the answer of its trace stands, of which 200 ms
are the canvas's own debounce.
"""

import argparse
import itertools
import json
import tempfile
import time
import urllib.request
from pathlib import Path

import numpy as np
from playwright.sync_api import Page, expect, sync_playwright
from websockets.sync.client import ClientConnection, connect

from tests.browser.conftest import ARGS, CHROMIUM, free_port, serving
from tests.browser.drawing_hand import clear, paths_on, people, read, ready

DEBOUNCE_MS = 200
MOVES_A_SECOND = 60
POINTS_A_PIECE = 4  # the paths of the drawings have a point every 6 pixels or more
_READY = "() => performance.getEntriesByName('network-ready').length"
_IDLE = "() => !document.querySelector('[data-test-script-state=running]')"
_ENTRIES = "() => performance.getEntriesByName('pen-to-strips').map((one) => [one.startTime, one.duration])"
_PAINTED = "() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))"
_WATCH = """() => {
  window.addEventListener("mouseup", () => { window.released = performance.now(); window.answered = null; }, true);
  const hosts = [...document.querySelectorAll("[data-testid=stBidiComponentIsolated]")];
  const root = hosts.map((host) => host.shadowRoot?.querySelector(".player-root")).find(Boolean);
  new MutationObserver(() => (window.answered ??= performance.now()))
    .observe(root, { attributes: true, attributeFilter: ["data-heard"] });
}"""


class Pen:
    """A mouse whose moves are sent on time and not waited for: Playwright's own waits until the page has taken each."""

    def __init__(self, browser: ClientConnection):
        self._browser = browser
        self._numbers = itertools.count(1)

    def draw(self, path: np.ndarray) -> None:
        """One stroke (N, 2) of the page's pixels; the mouse is down already, and stays so."""
        pieces = [np.linspace(one, other, POINTS_A_PIECE + 1)[1:] for one, other in itertools.pairwise(path)]
        begun, sent = time.perf_counter(), {}
        for number, (x, y) in enumerate(np.concatenate(pieces), 1):
            move = {"type": "mouseMoved", "x": float(x), "y": float(y), "button": "left", "buttons": 1}
            sent = {"id": next(self._numbers), "method": "Input.dispatchMouseEvent", "params": move}
            self._browser.send(json.dumps(sent))
            time.sleep(max(0, begun + number / MOVES_A_SECOND - time.perf_counter()))
        while json.loads(self._browser.recv()).get("id") != sent["id"]:  # the page has taken the last one
            pass


def pen_of(debugging_port: int, url: str) -> ClientConnection:
    """A line to the page at this address, for a pen."""
    with urllib.request.urlopen(f"http://localhost:{debugging_port}/json") as answer:
        [address] = [tab["webSocketDebuggerUrl"] for tab in json.load(answer) if tab["url"].startswith(url)]
    return connect(address, max_queue=None, ping_interval=None)


def measure(page: Page, pen: Pen, drawings: list[dict]) -> dict[str, np.ndarray]:
    """Milliseconds of every answer while the pen moves and of every release; updates a second of each drawing."""
    live, released, updates = [], [], []
    page.evaluate(_WATCH)
    for number, item in enumerate(drawings):
        [path] = paths_on(page, item["strokes"], (0.8, 0.5, 0.3)[number % 3], 0.1, 0.1)
        page.evaluate("() => performance.clearMeasures('pen-to-strips')")
        page.mouse.move(*path[0])
        page.mouse.down()
        pen.draw(path)
        page.evaluate(_PAINTED)
        entries = np.array(page.evaluate(_ENTRIES))
        page.mouse.up()
        read(page, 1)
        released.append(page.evaluate("() => window.answered - window.released"))
        live.append(entries[:, 1])
        ends = entries.sum(1)
        updates.append(1000 * (len(ends) - 1) / np.ptp(ends))
        page.wait_for_function(_IDLE)
        clear(page)
        page.wait_for_function(_IDLE)
    return {
        "pen to strips": np.concatenate(live),
        "release to server": np.array(released),
        "updates": np.array(updates),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--drawings", type=int, default=50)
    options = parser.parse_args()
    known = [item for item in people() if len(item["strokes"]) == 1]
    drawings = [known[number % len(known)] for number in range(options.drawings)]
    expect.set_options(timeout=60_000)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        port = free_port()
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*ARGS, f"--remote-debugging-port={port}"])
        with serving(Path(folder) / "runs", Path(folder) / "server.log") as served:
            page = browser.new_page(viewport={"width": 1280, "height": 640})
            page.goto(served.url)
            ready(page)
            page.wait_for_function(_READY)
            page.wait_for_function(_IDLE)
            with pen_of(port, served.url) as line:
                found = measure(page, Pen(line), drawings)
        browser.close()
    _print(found)


def _print(found: dict[str, np.ndarray]) -> None:
    answers, released = found["pen to strips"], found["release to server"]
    table = {"pen to strips": answers, "release to server": released, "less the debounce": released - DEBOUNCE_MS}
    for name, values in table.items():
        least, p50, p95, most = np.percentile(values, [0, 50, 95, 100])
        print(f"{name:18} min {least:5.0f}   p50 {p50:5.0f}   p95 {p95:5.0f}   max {most:5.0f} ms   ({len(values)})")
    least, p50 = np.percentile(found["updates"], [0, 50])
    print(f"updates a second   min {least:5.0f}   p50 {p50:5.0f}   ({len(found['updates'])} drawings)")


if __name__ == "__main__":
    main()
