"""Kills real workers, resumes them, and compares weights bit for bit and rows with an uninterrupted run.

    python -m tests.campaigns.kills [--random 100] [--aimed 30] [--seed 0]

A random kill falls anywhere in a run; an aimed one within half a second after a checkpoint, when rows used to be behind
it. Prints a line for each run that did not hold, then tries, held and failed; exit status 1 where one failed.
"""

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from core.digits import data
from core.reading import readers
from core.runs.run import ENDED, Run
from core.runs.store import Store
from core.training.config import TrainConfig
from tests.campaigns.outcome import Outcome, report
from tests.waiters import ROOT, wait_until

CONFIG = TrainConfig(hidden=8, layers=1, epochs=3, seed=5, device="cpu", precision="fp32")
_STEPS_PER_EPOCH = 600
"""Of the full MNIST or the subset: about a second, so that there are checkpoints between epochs."""
_AIMED_SECONDS = 0.5
_KILLS_EACH = 3
"""At most, of one run: it is then left to end."""
_MISSES = 10


class Campaign:
    """Runs of one config in one store, all of which must end as the first does, which nobody interrupts."""

    def __init__(self, folder: Path, seed: int, config: TrainConfig = CONFIG):
        self.store, self.random = Store(folder), random.Random(seed)
        self.config = config.with_(batch_size=data.describe().train_images // _STEPS_PER_EPOCH)
        self.whole, self.seconds = self._whole()

    def _whole(self) -> tuple[Run, float]:
        run_id = self.store.add(self.config, None)
        worker = self._start("train", "--run", run_id)
        wait_until(lambda: self.store.run(run_id).facts.step or worker.poll() is not None, "the first step")
        begun = time.monotonic()
        _, said = worker.communicate(timeout=600)
        assert worker.returncode == 0, said
        return self.store.run(run_id), time.monotonic() - begun

    def _start(self, *arguments: str) -> subprocess.Popen:
        command = [sys.executable, "-m", "core", *arguments, "--runs", str(self.store.folder)]
        return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    def random_kills(self, kills: int) -> Outcome:
        """Each at a moment anywhere in the time that the whole run takes."""
        return self._kills(kills, lambda run_id, worker: self.random.uniform(0, self.seconds))

    def aimed_kills(self, kills: int) -> Outcome:
        """Each within half a second after a checkpoint."""

        def aim(run_id: str, worker: subprocess.Popen) -> float:
            path = self.store.run(run_id).folder.checkpoint_path
            before = _changed(path)
            wait_until(lambda: _changed(path) != before or worker.poll() is not None, "a checkpoint")
            return self.random.uniform(0, _AIMED_SECONDS)

        return self._kills(kills, aim)

    def _kills(self, kills: int, aim) -> Outcome:
        done, failures = 0, []
        for _ in range(_MISSES * kills):  # a worker may end before its kill
            run_id = self.store.add(self.config, None)
            met = self._killed(run_id, min(_KILLS_EACH, kills - done), aim)
            done += met
            if differences := self._differences(run_id):
                failures.append(f"{run_id}, killed {met} times: {', '.join(differences)}")
            if done >= kills:
                break
        return Outcome(done, failures)

    def _killed(self, run_id: str, kills: int, aim) -> int:
        """Trains the run to its end over so many kills; returns how many met it alive."""
        done, command = 0, ("train", "--run", run_id)
        for _ in range(kills):
            worker = self._start(*command)
            before = self.store.run(run_id).facts.step
            wait_until(
                lambda worker=worker, before=before: (
                    self.store.run(run_id).facts.step != before or worker.poll() is not None
                ),
                "a step",
            )
            with worker:
                pause = aim(run_id, worker)
                try:
                    worker.wait(pause)
                except subprocess.TimeoutExpired:
                    worker.kill()
                    done += 1
            if self.store.run(run_id).state == "finished":
                return done
            command = ("resume", run_id)
        with self._start(*command) as last:
            last.communicate(timeout=600)
        return done

    def _differences(self, run_id: str) -> list[str]:
        """What is not as in the uninterrupted run."""
        run, whole = self.store.run(run_id), self.whole
        if run.state != "finished":
            return [f"ended {run.state if run.state in ENDED else 'never'}: {run.message}"]
        one, two = (readers.load(found.weights).arrays for found in (run, whole))
        same = {
            "weights": all((one[name] == two[name]).all() for name in one | two),
            "rows": _rows(self.store, run_id) == _rows(self.store, whole.id),
            "epochs": self.store.epochs(run_id) == self.store.epochs(whole.id),
            "log": self.store.log(run_id) == self.store.log(whole.id),
            "curve": self._curve(run_id) == self._curve(whole.id),
            "no files left over": not list(run.folder.path.rglob(".*")),
        }
        return [name for name, holds in same.items() if not holds]

    def _curve(self, run_id: str) -> list[list[float]]:
        curve = self.store.curve(run_id, points=100)
        return [curve.step.tolist(), curve.loss_max.tolist(), curve.loss.tolist(), curve.accuracy.tolist()]


def _changed(path: Path) -> float:
    try:
        return os.stat(path).st_mtime_ns
    except FileNotFoundError:
        return 0


def _rows(store: Store, run_id: str) -> list[str]:
    """Every step's figures but its speed."""
    return [line.rsplit(",", 1)[0] for line in "".join(store.metrics_csv(run_id)).splitlines()]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.campaigns.kills", description=__doc__.splitlines()[0])
    parser.add_argument("--random", type=int, default=100)
    parser.add_argument("--aimed", type=int, default=30)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        campaign = Campaign(Path(folder) / "runs", options.seed)
        outcomes = {
            "random": campaign.random_kills(options.random),
            "aimed": campaign.aimed_kills(options.aimed),
        }
    return report("kills", outcomes)


if __name__ == "__main__":
    raise SystemExit(main())
