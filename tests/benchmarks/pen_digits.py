"""How well a reader reads pen digits (UCI Pen-Based Recognition), drawn on the canvas big and small, here and there.

    python -m tests.benchmarks.pen_digits --pen FILE.jsonl.gz [--weights FILE] [--every N] [--pictures] [--once]

Sizes are fractions of the canvas's 280 pixels that the digit takes; places its middle or two corners; pen widths 8, 20
and 32 pixels. --pictures reads the same drawings as pictures (core.digits.pictures), where the pen's width matters.
--once draws each digit in one size, place and width alone: as drawings they differ by little.
"""

import argparse
import gzip
import io
import json
from collections.abc import Iterator
from itertools import product

import numpy as np
from PIL import Image

from core.digits import ood
from core.digits.drawing import from_strokes, ink
from core.digits.pictures import from_picture
from core.errors import DrawingError
from core.reading import readers
from core.reading.doubt import UNSURE, show_no_digit
from core.reading.tracing import read

CANVAS = 280
SIZES, PLACES, WIDTHS = (0.95, 0.6, 0.3), ("middle", "top left", "bottom right"), (8, 20, 32)


def pen_digits(path: str) -> list[dict]:
    """Each with digit, writer and strokes in a box of 500."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def on_canvas(strokes: list, size: float, place: str, width: float) -> list[np.ndarray]:
    """The strokes as they would lie on the canvas: scaled so that the ink, too, takes `size` of it."""
    paths = [np.array(stroke, float) for stroke in strokes]
    low, high = np.concatenate(paths).min(0), np.concatenate(paths).max(0)
    scale = max(size * CANVAS - width, 1) / max((high - low).max(), 1)
    room = CANVAS - ((high - low) * scale + width)
    corner = {"middle": room / 2, "top left": 0 * room, "bottom right": room}[place]
    return [(path - low) * scale + corner + width / 2 for path in paths]


def lists(paths: list[np.ndarray]) -> list:
    return [path.tolist() for path in paths]


def as_picture(paths: list[np.ndarray], width: float) -> bytes:
    """A PNG of the canvas, dark on light."""
    image = Image.fromarray(np.rint(255 * (1 - ink(paths, width / 2, CANVAS))).astype(np.uint8))
    content = io.BytesIO()
    image.save(content, "PNG")
    return content.getvalue()


def frames_of(digits: list[dict], size: float, place: str, width: float, pictures: bool) -> Iterator[np.ndarray]:
    for item in digits:
        paths = on_canvas(item["strokes"], size, place, width)
        try:
            yield (
                from_picture(as_picture(paths, width)) if pictures else from_strokes(lists(paths), width, CANVAS)
            ).pixels
        except DrawingError:
            yield np.zeros((28, 28), np.float32)  # read wrong, as a picture that is refused would be


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--pen", required=True)
    parser.add_argument("--weights")
    parser.add_argument("--every", type=int, default=1, help="only every N-th digit")
    parser.add_argument("--pictures", action="store_true")
    parser.add_argument("--once", action="store_true", help="large, in the middle, 20 pixels wide")
    options = parser.parse_args()
    reader, digits = readers.load(options.weights), pen_digits(options.pen)[:: options.every]
    wanted, writers = np.array([item["digit"] for item in digits]), np.array([item["writer"] for item in digits])
    sizes, places, widths = (SIZES[:1], PLACES[:1], WIDTHS[1:2]) if options.once else (SIZES, PLACES, WIDTHS)
    right, doubted = {}, {}
    print(f"{len(digits)} digits of {len(set(writers))} writers; right, %\n{'size  place':20}"
          + "".join(f"{width:>6} px" for width in widths))  # fmt: skip
    for size, place in product(sizes, places):
        for width in widths:
            frames = np.stack(list(frames_of(digits, size, place, width, options.pictures)))
            answers = read(reader, frames)
            right[size, place, width] = answers.argmax(1) == wanted
            doubted[size, place, width] = show_no_digit(frames) | ood.are_ood(frames) | (answers.max(1) < UNSURE)
        print(f"{size:4.0%}  {place:14}" + "".join(f"{100 * right[size, place, w].mean():9.2f}" for w in widths))
    told = doubted[SIZES[0], PLACES[0], 20]
    full, accuracy = right[SIZES[0], PLACES[0], 20], {key: values.mean() for key, values in right.items()}
    worst = min(accuracy, key=accuracy.__getitem__)
    print(f"fills the canvas, 20 px: {full.mean():.2%}; worst: {accuracy[worst]:.2%} {worst}")
    print(
        f"doubted, for any reason: {told[~full].mean():.1%} of what is wrong, {told[full].mean():.2%} of what is right"
    )
    print("by digit:  " + "  ".join(f"{digit}: {full[wanted == digit].mean():.1%}" for digit in range(10)))
    by_writer = sorted((full[writers == writer].mean(), str(writer)) for writer in set(writers))
    print("worst writers: " + "  ".join(f"{writer}: {right:.0%}" for right, writer in by_writer[:10]))


if __name__ == "__main__":
    main()
