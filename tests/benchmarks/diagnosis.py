"""False alarms on healthy runs, and what runs that go wrong are told: `python -m tests.benchmarks.diagnosis`.

    --presets A,B   some of: fast, article, accurate
    --cell CELL     lstm, gru or rnn
    --seeds N       0 to N - 1
    --steps N       only so many steps of each training, whose schedule stays that of the whole one
    --wrong         in their place, trainings that go wrong

Trains on the full MNIST and asks for a diagnosis at every step, after every epoch and at the end: the right number of
alarms of a preset is 0 at every one of these points.
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator

from core.digits import data
from core.runs.diagnosis import diagnose
from core.training.config import CHOICES, TrainConfig, preset
from tests.histories import histories

WRONG = {
    "learning rate 1, no clip": preset("article", lr=1.0),
    "learning rate 0.05": preset("article", lr=0.05),
    "learning rate 1e-6": preset("article", lr=1e-6),
    "RNN, learning rate 0.02": preset("article", cell="rnn", lr=0.02),
    "four layers that forget": preset("article", layers=4, forget_bias=-5.0, input_scale=0.1),
}


def alarms(config: TrainConfig, mnist: data.Mnist, most_steps: int | None) -> Iterator[tuple[int, list[str]]]:
    """(step, rules that speak) at each point of a training."""
    for history in histories(config, mnist, most_steps):
        yield history.run.facts.step, [finding.rule for finding in diagnose(history)]


def line(name: str, config: TrainConfig, mnist: data.Mnist, most_steps: int | None) -> int:
    """Trains, prints what was said, and returns at how many points anything was."""
    counts: Counter[str] = Counter()
    first: dict[str, int] = {}
    points = alarmed = step = 0
    begun = time.perf_counter()
    for step, rules in alarms(config, mnist, most_steps):
        points, alarmed = points + 1, alarmed + bool(rules)
        counts.update(rules)
        for rule in rules:
            first.setdefault(rule, step)
    told = ", ".join(f"{rule} at {count} points from step {first[rule]:,} on" for rule, count in counts.items())
    seconds = time.perf_counter() - begun
    print(f"{name:>26} {config.seed:>5} {step:>7,} {points:>7,} {alarmed:>7,}  {told or 'nothing'} ({seconds:.0f} s)")
    sys.stdout.flush()
    return alarmed


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--presets", default="fast,article,accurate")
    parser.add_argument("--cell", choices=CHOICES["cell"], default="lstm")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--steps", type=int)
    parser.add_argument("--wrong", action="store_true")
    options = parser.parse_args()
    mnist = data.load()
    print(mnist.note)
    print(f"{'training':>26} {'seed':>5} {'steps':>7} {'points':>7} {'alarms':>7}  what was said")
    names = WRONG if options.wrong else {name: preset(name, cell=options.cell) for name in options.presets.split(",")}
    seeds = range(options.seeds)
    found = [
        line(name, config.with_(seed=seed), mnist, options.steps) for name, config in names.items() for seed in seeds
    ]
    print(f"{sum(found):,} alarms")


if __name__ == "__main__":
    main()
