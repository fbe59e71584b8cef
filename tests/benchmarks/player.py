"""Sizes and times of the row player: `python -m tests.benchmarks.player`.

A step is timed in Chromium: from the key to a page whose styles and layout are settled (script), and the frames
that 56 steps at one a frame take to reach the screen (frame).
"""

import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from dashboard.components.row_player.message import encode, loudest_units, shown_units
from tests.benchmarks.tracing import median_milliseconds
from tests.browser.conftest import ARGS, CHROMIUM, serving
from tests.browser.player_app import scene

READERS = [("lstm", 8, 1), ("lstm", 128, 2), ("lstm", 512, 1), ("lstm", 1024, 4), ("gru", 128, 2), ("rnn", 128, 2)]
START: dict[str, int | None] = {"row": None, "layer": None, "unit": None}
STEPS = """async () => {
  const host = document.querySelector("[data-testid=stBidiComponentIsolated]");
  const root = host.shadowRoot.querySelector(".player-root");
  const script = [], frame = [];
  const next = () => new Promise(requestAnimationFrame);
  let last = await next();
  for (let k = 0; k < 56; k++) {
    const start = performance.now();
    root.dispatchEvent(new KeyboardEvent("keydown", { key: k === 28 ? "End" : "ArrowUp" }));
    root.getBoundingClientRect();
    script.push(performance.now() - start);
    const now = await next();
    frame.push(now - last);
    last = now;
  }
  const sorted = (values) => values.sort((one, other) => one - other);
  const quantile = (values, q) => sorted(values)[Math.floor(q * (values.length - 1))];
  return [script, frame].flatMap((times) => [quantile(times, 0.5), quantile(times, 0.95)]);
}"""


def sizes() -> None:
    print("message         KiB  units shown   encoding")
    for cell, hidden, layers in READERS:
        reader, traced = scene(cell, hidden, layers)

        def act(reader=reader, traced=traced) -> bytes:
            return encode(traced, reader, start=START, compare=None, options={})

        units = len(shown_units(traced, loudest_units(traced, reader)))
        kib, milliseconds = len(act()) / 1024, median_milliseconds(act, 5)
        print(f"{cell:4} {layers} x {hidden:<4} {kib:6.1f} {units:12} {milliseconds:8.1f} ms")


def steps() -> None:
    print("step            script p50, p95    frame p50, p95  (ms)")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        log = Path(folder) / "server.log"
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGS))
        with serving(Path(folder), log, script="tests/browser/player_app.py") as served:
            for cell, hidden, layers in READERS:
                page = browser.new_page(viewport={"width": 1280, "height": 900})
                page.goto(f"{served.url}/?cell={cell}&hidden={hidden}&layers={layers}")
                page.wait_for_selector(".headline")
                found = page.evaluate(STEPS)
                print(f"{cell:4} {layers} x {hidden:<4}" + "".join(f"{value:9.2f}" for value in found))
                page.close()
        browser.close()


if __name__ == "__main__":
    sizes()
    steps()
