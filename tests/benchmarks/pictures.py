"""How the shipped reader reads pictures of kinds that strangers have: `python -m tests.benchmarks.pictures`.

Then what is said of pictures without a digit, and how long a large photo takes.

--count N     MNIST test images of each kind, default 200
--weights F   another reader
"""

import argparse
import time

import numpy as np

from core.digits import data
from core.digits.pictures import all_from_picture
from core.errors import DrawingError
from core.reading import readers
from core.reading.doubt import doubt
from core.reading.readers import Reader
from core.reading.tracing import read
from tests.non_digits import NON_DIGITS
from tests.picture_kinds import KINDS, enlarged, png

_SEED = 4


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--weights")
    parser.add_argument("--first", type=int, default=0, help="the first of these images")
    parser.add_argument("--kinds", default="", help="only those whose name has this in it")
    options = parser.parse_args()
    mnist, reader = data.load(), readers.load(options.weights)
    chosen = slice(options.first, options.first + options.count)
    images, labels = mnist.test.images[chosen], mnist.test.labels[chosen]
    print(f"{mnist.note}\n{'kind':30}{'right, %':>9}{'refused':>9}{'several':>9}{'ms each':>9}")
    for name, kind in KINDS.items():
        if options.kinds not in name:
            continue
        draw = np.random.default_rng(_SEED)
        files = [kind(image, draw) for image in images]
        frames, refused, several, begun = [], 0, 0, time.perf_counter()
        for content in files:
            try:
                found = all_from_picture(content)
                frames.append(found[0].pixels)
                several += len(found) > 1
            except DrawingError:
                refused += 1
                frames.append(np.zeros((28, 28), np.float32))
        seconds = time.perf_counter() - begun
        right = read(reader, np.stack(frames)).argmax(1) == labels
        figures = f"{100 * right.mean():9.1f}{refused:9}{several:9}{1000 * seconds / len(files):9.1f}"
        print(f"{name:30}{figures}  wrong: {' '.join(map(str, np.flatnonzero(~right)[:8]))}", flush=True)
    if not options.kinds:
        _no_digits(options.count, reader)
        _large(images[0])


def _no_digits(count: int, reader: Reader) -> None:
    """How many pictures of each kind without a digit are refused, or answered with a warning, as Draw's page does."""
    print(f"\n{'no digit':30}{'refused':>9}{'doubted':>9}{'of':>9}")
    for name, kind in NON_DIGITS.items():
        draw, refused, doubted = np.random.default_rng(_SEED), 0, 0
        for _ in range(count):
            try:
                frames = all_from_picture(kind(draw))
                answers = read(reader, np.stack([frame.pixels for frame in frames]))
                doubted += all(doubt(frame, answer) for frame, answer in zip(frames, answers, strict=True))
            except DrawingError:
                refused += 1
        print(f"{name:30}{refused:9}{doubted:9}{count:9}", flush=True)


def _large(image: np.ndarray) -> None:
    """Photos of 4,000 x 3,000 pixels: the time of each."""
    ink = np.zeros((3000, 4000))
    ink[800:2000, 1500:2700] = enlarged(image, 1200)
    levels = 0.8 - 0.5 * ink + np.random.default_rng(_SEED).normal(0, 0.03, ink.shape)
    for name, content in (("JPEG", png(levels, "JPEG", quality=88)), ("PNG, even", png(0.8 - 0.5 * ink))):
        begun = time.perf_counter()
        all_from_picture(content)
        print(f"12 megapixels, {name}: {time.perf_counter() - begun:.2f} s", flush=True)


if __name__ == "__main__":
    main()
