"""From the command to the stored result: the article's script against `core train --preset fast`, on the full MNIST.

    python -m tests.benchmarks.race [--rounds 3]
    python -m tests.benchmarks.race --busy    the longest step, alone and beside two processes that never rest

Each run is a process of its own, by turns (script, fast, script, fast); its seed is the round's number. All of it is
counted: loading Python and MNIST, training, the tests, and for `fast` the store.
"""

import argparse
import itertools
import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack

import numpy as np

from core.digits import data
from core.training.config import preset
from tests.benchmarks.table import machine

SCRIPT = [sys.executable, "-m", "tests.benchmarks.classic_script"]
BUSY = [sys.executable, "-c", "while True: pass"]


def timed(command: list[str]) -> tuple[float, str]:
    """Wall seconds of the whole process, and what it printed."""
    environment = dict(os.environ)
    if command is SCRIPT:  # our own setting, which it would not have
        environment.pop("GOMP_SPINCOUNT", None)
    start = time.perf_counter()
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    return time.perf_counter() - start, done.stdout


def race(seed: int) -> tuple[float, float, float]:
    """Seconds of the script, seconds of `fast`, and the test accuracy of `fast`."""
    script, _ = timed(SCRIPT)
    with tempfile.TemporaryDirectory() as runs:
        options = ["--preset", "fast", "--seed", str(seed), "--runs", runs, "--json"]
        fast, told = timed([sys.executable, "-m", "core", "train", *options])
    accuracy = json.loads(told.splitlines()[-1])["test_accuracy"]
    return script, fast, accuracy


def step_milliseconds(busy: int) -> np.ndarray:
    """Of each step of `fast`, beside so many processes that never rest."""
    from core.training.events import Step
    from core.training.trainer import Trainer

    with ExitStack() as ends:
        for _ in range(busy):
            process = ends.enter_context(subprocess.Popen(BUSY))
            ends.callback(process.kill)
        trainer = Trainer(preset("fast"), data.load())
        moments = [time.perf_counter() for event in trainer.events() if isinstance(event, Step)]
    return 1000 * np.array([later - before for before, later in itertools.pairwise(moments)])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--busy", action="store_true")
    options = parser.parse_args()
    print(machine(), data.describe().source)
    if options.busy:
        for busy in (0, 2, 0, 2):
            steps = step_milliseconds(busy)
            print(f"beside {busy}: median {np.median(steps):6.1f} ms, longest {steps.max():7.1f} ms", flush=True)
        return
    ratios = []
    for seed in range(options.rounds):
        script, fast, accuracy = race(seed)
        ratios.append(script / fast)
        print(
            f"seed {seed}: script {script:6.1f} s, fast {fast:5.1f} s, {ratios[-1]:4.1f} times, {accuracy:.2%}",
            flush=True,
        )
    print(f"median {np.median(ratios):.1f} times")


if __name__ == "__main__":
    main()
