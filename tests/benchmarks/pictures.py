"""How the shipped reader reads pictures of kinds that strangers have: `python -m tests.benchmarks.pictures`.

--count N     MNIST test images of each kind, default 200
--weights F   another reader
"""

import argparse
import time

import numpy as np

from core.digits import data
from core.digits.pictures import from_picture
from core.errors import DrawingError
from core.reading import readers
from core.reading.tracing import read
from tests.picture_kinds import KINDS

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
    print(f"{mnist.note}\n{'kind':30}{'right, %':>9}{'refused':>9}{'ms each':>9}")
    for name, kind in KINDS.items():
        if options.kinds not in name:
            continue
        draw = np.random.default_rng(_SEED)
        files = [kind(image, draw) for image in images]
        frames, refused, begun = [], 0, time.perf_counter()
        for content in files:
            try:
                frames.append(from_picture(content).pixels)
            except DrawingError:
                refused += 1
                frames.append(np.zeros((28, 28), np.float32))
        seconds = time.perf_counter() - begun
        right = read(reader, np.stack(frames)).argmax(1) == labels
        seen = " ".join(map(str, np.flatnonzero(~right)[:8]))
        print(
            f"{name:30}{100 * right.mean():9.1f}{refused:9}{1000 * seconds / len(files):9.1f}  wrong: {seen}",
            flush=True,
        )


if __name__ == "__main__":
    main()
