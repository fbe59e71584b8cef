"""Times the index of a reader, its neighbours and selections, and measures what quantisation costs.

    python -m tests.benchmarks.examining [--weights FILE] [--data DIR]

Also prints what the test set says of the reader. CPU seconds tell a busy machine from a slow program.
"""

import argparse
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import perf_counter, process_time

import numpy as np

from core.digits import data
from core.digits.data import Mnist
from core.examining import figures, projection
from core.examining.index import Index, index_of, opened
from core.examining.neighbours import METRICS, distances, nearest
from core.examining.saliency import gradient_times_input, occlusion
from core.examining.selection import matching
from core.examining.states import LETTERS, read_rows
from core.reading import readers
from tests.benchmarks.table import HEADER, machine, row

QUERIES = 40
ROWS = (3, 7, 13, 20, 27)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", help="default the shipped reader")
    parser.add_argument("--data", help="a torchvision root")
    options = parser.parse_args()
    reader, mnist = readers.load(options.weights), data.load(options.data)
    print(machine("numpy"))
    print(mnist.note)
    with tempfile.TemporaryDirectory() as folder:
        index = build(reader, mnist, folder)
        times(index, mnist, folder)
        memory()
        recalls(index)
    learned(index, mnist.source)


def build(reader: readers.Reader, mnist: Mnist, folder: str) -> Index:
    begin, begin_cpu = perf_counter(), process_time()
    index = index_of(reader, mnist, folder)
    seconds, cpu = perf_counter() - begin, process_time() - begin_cpu
    kind = f"{reader.cell} {reader.layers} x {reader.hidden}"
    print(f"index of {len(index):,} digits, {kind}: {seconds:.2f} s ({cpu:.2f} s of CPU), ", end="")
    print(f"{index.path.stat().st_size / 2**20:.1f} MiB")
    return index


def times(index: Index, mnist: Mnist, folder: str) -> None:
    """One row a query, as the row cursor would ask."""
    print(f"{HEADER}{'CPU, median':>14}")
    top = index.reader.layers - 1
    tries = {
        "open, ms": lambda _: opened(index.reader, mnist, folder),
        **{f"nearest, {metric}, ms": partial(_nearest, index, metric=metric) for metric in METRICS},
        "matching, 3 units, 28 rows, ms": lambda query: matching(index, [30 + query, 20, 7], (0, 27), 0.2),
        "matching, all units, 28 rows, ms": lambda _: matching(index, [*range(index.reader.hidden)], (0, 27), 0.2),
        "map, 28 rows, ms": lambda _: projection.positions(index, projection.pca(index, "h", top)),
        "occlusion, ms": lambda query: occlusion(index.reader, index.images[query]),
        "gradient x input, ms": lambda query: gradient_times_input(index.reader, index.images[query], 3),
    }
    for name, act in tries.items():
        wall, cpu = _milliseconds(act)
        print(f"{row(name, wall, digits=1):76}{np.median(cpu):14.1f}")


def _nearest(index: Index, query: int, metric: str) -> dict:
    return nearest(index, index.images[query] / 255, query % 28, metric=metric)


def _milliseconds(act: Callable[[int], object]) -> tuple[list[float], list[float]]:
    """Wall and CPU milliseconds of each call but the first."""
    act(0)
    wall, cpu = [], []
    for query in range(1, QUERIES):
        begin, begin_cpu = perf_counter(), process_time()
        act(query)
        wall.append(1000 * (perf_counter() - begin))
        cpu.append(1000 * (process_time() - begin_cpu))
    return wall, cpu


def memory() -> None:
    status = Path("/proc/self/status")
    if status.exists():
        fields = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
        own, mapped = (int(fields[name].split()[0]) >> 10 for name in ("RssAnon", "RssFile"))
        print(f"memory: {own} MiB of its own, {mapped} MiB mapped (indexes and libraries, which the system may drop)")


def recalls(index: Index) -> None:
    """Of the 24 nearest by float32: how many the codes alone find, and how many do with candidates read again."""
    queries = np.random.default_rng(0).choice(len(index), QUERIES, replace=False)
    print(f"{'recall of the 24 nearest':38}{'codes':>10}{'twice 24':>10}   (the second is what `nearest` finds)")
    for found in read_rows(index.reader, index.images[index.chosen]):
        if found.row in ROWS:
            for letter in LETTERS[index.reader.cell]:
                for layer, exact in enumerate(found.states[letter]):
                    coded = index.states(letter, layer, found.row)
                    values = np.mean(
                        [_recall(exact, coded, query, metric) for query in queries for metric in METRICS], 0
                    )
                    name = f"  {letter} of layer {layer + 1} after row {found.row + 1}"
                    print(f"{name:38}{values[0]:10.4f}{values[1]:10.4f}")


def _recall(exact: np.ndarray, coded: np.ndarray, query: int, metric: str) -> tuple[float, float]:
    true, rough = distances(exact[query], exact, metric), distances(exact[query], coded, metric)
    limit = np.partition(true, 23)[23] * (1 + 1e-5) + 1e-6  # whoever is as near as the 24th counts
    first, candidates = np.argpartition(rough, 24)[:24], np.argpartition(rough, 48)[:48]
    return float((true[first] <= limit).mean()), float((np.sort(true[candidates])[:24] <= limit).mean())


def learned(index: Index, source: str) -> None:
    found = figures.summary(index.answers, source)
    low, high = found["accuracy_interval"]
    print(f"\naccuracy {found['accuracy']:.2%} (95 %: {low:.2%} to {high:.2%}), loss {found['loss']:.4f}, ", end="")
    calibration = found["calibration"]
    print(f"mean confidence {calibration['confidence']:.2%}, ECE {calibration['expected_calibration_error']:.4f}")
    print(
        "confusions:",
        ", ".join(f"{c['truth']} as {c['answer']}: {c['images']}" for c in figures.confusions(index.answers)),
    )
    settled = figures.settled_by_row(index.answers)
    for after in (4, 8, 12, 16, 20, 24, 28):
        print(f"after row {after:2}: accuracy {found['by_row'][after - 1]:7.2%}, settled {settled[after - 1]:7.2%}")
    rows = [int(np.median(index.answers.settled[index.answers.labels == digit])) + 1 for digit in range(10)]
    print("row where half of a digit's images are settled:", ", ".join(f"{d}: {r}" for d, r in enumerate(rows)))
    recalls_of = ", ".join(f"{r['digit']}: {r['precision']:.2%} {r['recall']:.2%}" for r in found["per_digit"])
    print("precision and recall:", recalls_of)


if __name__ == "__main__":
    main()
