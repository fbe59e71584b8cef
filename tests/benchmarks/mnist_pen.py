"""MNIST's pen, measured: stroke thickness, ink, edges, box and centre of its training images, and of pen digits.

python -m tests.benchmarks.mnist_pen [--data DIR] [--pen FILE.jsonl.gz]
"""

import argparse

import numpy as np

from core.digits.data import load
from core.digits.drawing import from_strokes
from tests.benchmarks.pen_digits import pen_digits

PERCENTILES = (1, 5, 50, 95, 99)


def statistics(images: np.ndarray) -> dict[str, np.ndarray]:
    """images (N, 28, 28), 0 to 1 -> name -> (N,)."""
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1)))
    right, down = padded[:, 1:-1, 2:] - padded[:, 1:-1, :-2], padded[:, 2:, 1:-1] - padded[:, :-2, 1:-1]
    edge = np.hypot(right, down).sum((1, 2)) / 2  # total variation: the length of the outline
    ink, half, place = images.sum((1, 2)), images > 0.5, np.arange(28)
    return {
        "stroke thickness, pixels": 2 * ink / edge,
        "ink, pixels": ink,
        "grey pixels to a pixel of edge": ((images > 0.02) & (images < 0.95)).sum((1, 2)) / edge,
        "longer side, pixels": np.maximum(half.any(2).sum(1), half.any(1).sum(1)),
        "centre of mass, x": images.sum(1) @ place / ink,
        "centre of mass, y": images.sum(2) @ place / ink,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data")
    parser.add_argument("--pen", help="also the same of these pen digits, inked by core.digits.drawing")
    options = parser.parse_args()
    images = load(options.data).train.images.astype(np.float32) / 255
    tables = {"MNIST": statistics(images)}
    if options.pen:
        frames = np.stack([from_strokes(item["strokes"]).pixels for item in pen_digits(options.pen)])
        tables["pen digits"] = statistics(frames)
    for source, table in tables.items():
        print(f"{source:32}" + "".join(f"{percentile:>8} %" for percentile in PERCENTILES))
        for name, values in table.items():
            print(f"{name:32}" + "".join(f"{value:10.2f}" for value in np.percentile(values, PERCENTILES)))


if __name__ == "__main__":
    main()
