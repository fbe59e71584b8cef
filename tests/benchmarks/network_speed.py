"""Times the browser's own frame and traces, in Node and in Chromium: `python -m tests.benchmarks.network_speed`.

200 calls each, as one follows the other while the pen is down: half a stroke more or less, and another digit.
"""

import json
import re
import subprocess
from pathlib import Path

import playwright
from playwright.sync_api import sync_playwright

from tests.browser.conftest import ARGS, CHROMIUM

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "dashboard" / "components" / "network"
NODE = Path(playwright.__file__).parent / "driver" / "node"
REPEATS = 200
NETWORKS = [("lstm", 128, 2), ("gru", 128, 2), ("rnn", 128, 2), ("lstm", 512, 2)]
_MEASURE = """
const strokes = (k) => [[...Array(60 + (k % 40))].map((_, t) => [140 + 80 * Math.sin(t / 9), 40 + 2 * t + (k % 7)])];
const made = (cell, hidden, layers) => {
  const shapes = shapesOf(cell, hidden, layers);
  const filled = (shape) => new Float32Array(shape.reduce((a, b) => a * b)).map(() => (Math.random() - 0.5) * 0.2);
  const arrays = Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, filled(shape)]));
  return networkOfArrays(arrays, shapes);
};
const timed = (act, repeats) => {
  const times = [];
  for (let k = 0; k < repeats; k++) {
    const start = performance.now();
    act(k);
    times.push(performance.now() - start);
  }
  return times.sort((one, other) => one - other);
};
const found = { frame: timed((k) => frameOf(strokes(k)), REPEATS) };
for (const [cell, hidden, layers] of NETWORKS) {
  const network = made(cell, hidden, layers);
  const both = (k) => traceOf(network, frameOf(strokes(k)).pixels, 28);
  const name = `frame + ${cell} ${layers} x ${hidden}`;
  found[name] = timed(both, REPEATS);
  network.addProduct = plainProduct;
  found[`${name}, no SIMD`] = timed(both, REPEATS);
}
"""


def script() -> str:
    """The network's files as one script, as they are served, and what is measured; it leaves `found`."""
    files = "\n".join(path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.js")))
    joined = re.sub(r"^export ", "", re.sub(r"^import .*$", "", files, flags=re.M), flags=re.M)
    return f"{joined}\nconst REPEATS = {REPEATS}, NETWORKS = {json.dumps(NETWORKS)};\n{_MEASURE}"


def in_node() -> dict[str, list[float]]:
    code = f"{script()}\nconsole.log(JSON.stringify(found));"
    return json.loads(subprocess.run([NODE, "-"], input=code, capture_output=True, text=True, check=True).stdout)


def in_chromium() -> dict[str, list[float]]:
    with sync_playwright() as started:
        page = started.chromium.launch(executable_path=CHROMIUM, args=list(ARGS)).new_page()
        return page.evaluate(f"() => {{ {script()}\nreturn found; }}")


def main() -> None:
    for name, measure in [("Node", in_node), *([("Chromium", in_chromium)] if CHROMIUM else [])]:
        print(f"{name}, {REPEATS} calls: milliseconds, least / median / most")
        for what, times in measure().items():
            print(f"  {what:30} {times[0]:8.2f} {times[len(times) // 2]:8.2f} {times[-1]:8.2f}")


if __name__ == "__main__":
    main()
