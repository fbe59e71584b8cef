"""How well a reader reads habits that MNIST's writers seldom have: slashed zeros, ones with a base line, and so on.

    python -m tests.benchmarks.habits [--weights FILE] [--count N] [--zeros FILE.jsonl.gz]

The digits are composed as core.training.habits does, with other random numbers than training has. The zeros that are
slashed are ovals; --zeros also slashes those of a file of pen digits.
"""

import argparse
from pathlib import Path

import numpy as np

from core.digits.drawing import from_strokes
from core.reading import readers
from core.reading.tracing import read
from core.training import habits
from tests.benchmarks.pen_digits import pen_digits

_SEED = 20


def oval(draw: np.random.Generator) -> list[np.ndarray]:
    """A zero in one stroke: an egg, narrow or wide, whose ends overlap or stay apart."""
    turn = np.radians(np.linspace(-100, 260, 40) + draw.uniform(-25, 25)) * draw.uniform(0.93, 1.05)
    egg, wide = draw.uniform(-0.15, 0.15), draw.uniform(0.25, 0.5)
    return [np.stack([wide * np.cos(turn) * (1 + egg * np.sin(turn)), 0.5 * np.sin(turn)], 1)]


def frames_of(digits: list[list[np.ndarray]]) -> np.ndarray:
    return np.stack([from_strokes([path * 200 for path in strokes]).pixels for strokes in digits])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--weights")
    parser.add_argument("--count", type=int, default=500, help="of each kind")
    parser.add_argument("--zeros", type=Path)
    options = parser.parse_args()
    reader, draw = readers.load(options.weights), np.random.default_rng(_SEED)
    ovals = [oval(draw) for _ in range(options.count)]
    labels, composed = habits.compose(11 * options.count, ovals, draw)
    kinds = {"zeros, plain": (0, ovals), "zeros, slashed": (0, [habits.slashed(zero, draw) for zero in ovals])}
    names = {1: "ones", 3: "threes", 4: "fours", 5: "fives", 7: "sevens", 8: "eights", 9: "nines"}
    for digit, name in names.items():
        kinds[name] = digit, [strokes for label, strokes in zip(labels, composed, strict=True) if label == digit]
    for count in (1, 2, 3):
        kinds[f"ones of {count} strokes"] = 1, [strokes for strokes in kinds["ones"][1] if len(strokes) == count]
    if options.zeros:
        zeros = [[np.array(s) for s in item["strokes"]] for item in pen_digits(options.zeros) if item["digit"] == 0]
        kinds["zeros of the file, slashed"] = 0, [habits.slashed(zero, draw) for zero in zeros]
    for name, (digit, digits) in kinds.items():
        answers = read(reader, frames_of(digits)).argmax(1)
        wrong = np.bincount(answers[answers != digit], minlength=10)
        taken = ", ".join(f"{count} as {other}" for other, count in enumerate(wrong) if count)
        print(f"{name:28} {100 * (answers == digit).mean():6.2f} % of {len(digits):5}  {taken}")


if __name__ == "__main__":
    main()
