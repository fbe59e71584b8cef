"""How fast we train, against the article's script: `python -m tests.benchmarks.training` (full MNIST, CPU or CUDA).

    --rounds N   each competitor runs N times, by turns (A B C A B C); the seed is the round's number
    --steps N    only so many steps of each: images per second, and nothing that needs a whole training
    --only A,B   some of: script, article fp32, article bf16, fast; the script is always among them

Each competitor runs in a process of its own; loading Python and MNIST is not counted, testing after an epoch is.
"""

import argparse
import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator

import torch  # first: `core` sets what torch reads when it is loaded, and the script is to run without

from core.digits import data
from core.training import devices, process, speed
from core.training.config import TrainConfig, preset
from core.training.events import Epoch, Finished, Step
from core.training.trainer import Trainer
from tests.benchmarks import classic_script
from tests.benchmarks.table import HEADER, machine, row

TARGET = 0.9817
"""The script's own test accuracy after five epochs."""
COMPETITORS = ("script", "article fp32", "article bf16", "fast")
_WARM_STEPS = 5
FIGURES = {
    "images_per_second": 0,
    "seconds_an_epoch": 1,
    "seconds_in_all": 1,
    "seconds_to_target": 1,
    "test_accuracy": 4,
}
"""With the digits that each is printed with; a target that was not reached is nan."""


def config_of(competitor: str, seed: int) -> TrainConfig:
    name, _, precision = competitor.partition(" ")
    return preset(name, seed=seed, precision=precision or None)


def progress_of(competitor: str, seed: int) -> Iterator[tuple[int, float | None]]:
    """(images seen, test accuracy where it was just measured): once with MNIST in memory, then at each step."""
    if competitor == "script":
        with contextlib.redirect_stdout(sys.stderr):
            yield from classic_script.train(seed)
        return
    config, mnist = config_of(competitor, seed), data.load()
    yield 0, None
    choice = devices.choose(config)
    print(f"{choice.device}: {choice.device_reason}; {choice.precision}: {choice.precision_reason}", file=sys.stderr)
    seen = 0
    for event in Trainer(config, mnist, choice).events():
        match event:
            case Step():
                seen += config.batch_size
                yield seen, None
            case Epoch() if event.test_accuracy is not None:
                yield seen, event.test_accuracy
            case Finished() if not config.test_each_epoch:
                yield seen, event.test_accuracy


def compete(competitor: str, seed: int, steps: int | None) -> dict[str, float]:
    """Trains in this process. Whole trainings are timed from MNIST in memory on: the probe counts, and so do tests."""
    progress = progress_of(competitor, seed)
    next(progress)
    begun = before = time.perf_counter()
    last, images, in_steps, readings = 0, 0, 0.0, []
    for number, (seen, accuracy) in enumerate(progress, 1):
        now = time.perf_counter()
        if accuracy is not None:
            readings.append((now - begun, accuracy))
        elif number > _WARM_STEPS:
            images, in_steps = images + seen - last, in_steps + now - before
        before, last = now, seen
        if steps and number == steps + _WARM_STEPS:
            return {"images_per_second": images / in_steps}
    reached = [at for at, accuracy in readings if accuracy >= TARGET]
    return {
        "images_per_second": images / in_steps,
        "seconds_an_epoch": 60_000 * in_steps / images,
        "seconds_in_all": readings[-1][0],
        "seconds_to_target": reached[0] if reached else float("nan"),
        "test_accuracy": readings[-1][1],
    }


def in_process(competitor: str, seed: int = 0, steps: int | None = None) -> dict[str, float]:
    command = [sys.executable, "-m", "tests.benchmarks.training", "--competitor", competitor, "--seed", str(seed)]
    command += ["--steps", str(steps)] if steps else []
    # the script as people run it: without what `core` sets for its own threads
    environment = {k: v for k, v in os.environ.items() if (competitor, k) != ("script", "GOMP_SPINCOUNT")}
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=environment)
    return json.loads(done.stdout.splitlines()[-1])


def products_seconds(dtype: torch.dtype, device: str, batch: int = 100, repeats: int = 20) -> float:
    """The best time for one step's matrix products alone, 2 x 128 LSTM: three of each, forward and the two backward."""
    rows, hidden, gates = 28, 128, 512
    layers = []
    for width in (28, 128):
        x, d = torch.randn(rows * batch, width), torch.randn(rows * batch, gates)
        h, dh = torch.randn(batch, hidden), torch.randn(batch, gates)
        u, w = torch.randn(gates, width), torch.randn(gates, hidden)
        layers.append([tensor.to(device, dtype) for tensor in (x, d, h, dh, u, w, torch.randn(rows * batch, hidden))])

    def step() -> None:
        for x, d, h, dh, u, w, states in layers:
            _ = x @ u.T  # rows into gates, all rows at once
            for _ in range(rows):
                _ = h @ w.T  # one row after the other
            for _ in range(rows):
                _ = dh @ w
            _ = d.T @ x
            _ = d.T @ states
            if x.shape[1] == hidden:
                _ = d @ u  # nothing below the first layer learns
        if device == "cuda":
            torch.cuda.synchronize()

    step()
    best = float("inf")
    for _ in range(repeats):
        start = time.perf_counter()
        step()
        best = min(best, time.perf_counter() - start)
    return best


def bound() -> dict[str, float]:
    """Milliseconds of the article preset's step and of its matrix products alone, in each precision, by turns."""
    process.configure_process()
    device, milliseconds = devices.choose_device("auto")[0], {}
    for precision, dtype in (("fp32", torch.float32), ("bf16", torch.bfloat16)):
        if images := speed.measure(preset("article"), device, precision):
            milliseconds[f"{precision} products"] = 1000 * products_seconds(dtype, device)
            milliseconds[f"{precision} step"] = 100_000 / images
    return milliseconds


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int)
    parser.add_argument("--only", default=",".join(COMPETITORS))
    parser.add_argument("--competitor", help=argparse.SUPPRESS)
    parser.add_argument("--seed", type=int, default=0, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.competitor == "bound":
        print(json.dumps(bound()))
        return
    if options.competitor:
        print(json.dumps(compete(options.competitor, options.seed, options.steps)))
        return
    if data.describe().source != "full":
        sys.exit("This benchmark needs the full MNIST: set MNIST_ROOT, or run 'python -m core download'.")
    print(machine("torch"))
    names = list(dict.fromkeys(["script", *options.only.split(",")]))
    results: dict[str, list[dict[str, float]]] = {name: [] for name in names}
    for seed in range(options.rounds):
        for name in names:
            results[name].append(in_process(name, seed, options.steps))
            print(f"  round {seed + 1}, {name}: {results[name][-1]}", file=sys.stderr)
    for figure, digits in FIGURES.items():
        if figure in results["script"][0]:
            print(f"\n{figure.replace('_', ' ')}\n{HEADER}")
            reference = [result[figure] for result in results["script"]]
            for name in names:
                print(row(name, [result[figure] for result in results[name]], reference, digits))
    rounds = [in_process("bound") for _ in range(options.rounds)]
    print(f"\nmilliseconds of a step of 100 images, and of its matrix products alone\n{HEADER}")
    for name in rounds[0]:
        products = [milliseconds[f"{name.split()[0]} products"] for milliseconds in rounds]
        print(row(name, [milliseconds[name] for milliseconds in rounds], products, 2))


if __name__ == "__main__":
    main()
