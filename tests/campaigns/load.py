"""Many sessions watch one live run, and more come and go: none is lost, none stands still, the server says nothing.

    python -m tests.campaigns.load [--sessions 50] [--seconds 60] [--visits 200]

A session holds where it ticks from its first to its last second and no two ticks are further apart than ten seconds; a
visit, where the page is drawn before it leaves. Prints what did not hold, then tries, held and failed, and how long a
tick took and how much the server's memory grew, which are measured and not judged.
"""

import argparse
import asyncio
import itertools
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import psutil

from core.runs import lifecycle
from core.training.config import TrainConfig
from tests.benchmarks.watching_sessions import Eye, memory_mib
from tests.browser.conftest import Dashboard, serving, wait_for
from tests.campaigns.outcome import Outcome, report
from tests.waiters import awaited

_CONFIG = TrainConfig(hidden=32, layers=1, epochs=1000, test_each_epoch=False, device="cpu", precision="fp32")
_STANDSTILL_SECONDS = 10.0
_PATIENCE_SECONDS = 60.0
_AT_ONCE = 5
_FOREIGN = ("Traceback", "Error:", "fragment with id")


class Campaign:
    def __init__(self, dashboard: Dashboard, log: Path):
        self.dashboard, self.log = dashboard, log
        self.figures: list[str] = []

    def run(self, sessions: int, seconds: float, visits: int) -> dict[str, Outcome]:
        store = self.dashboard.store
        run_id = lifecycle.enqueue(store, _CONFIG)
        wait_for(lambda: store.run(run_id).facts.step > 5, "the run to be under way", 180)
        try:
            found = {"sessions": awaited(lambda: self._watched(run_id, sessions, seconds))}
            before = memory_mib(self.dashboard.pid)
            found["visits"] = awaited(lambda: self._visited(run_id, visits))
            self.figures.append(
                f"server {before:.0f} MiB before the visits, {memory_mib(self.dashboard.pid):.0f} after"
            )
        finally:
            worker = psutil.Process(store.run(run_id).pid)
            lifecycle.stop(store, run_id)
            wait_for(lambda: store.run(run_id).state == "stopped", "the run to stop", 180)
            worker.wait(_PATIENCE_SECONDS)
            lifecycle.refresh(store)  # which asks after the child
        said = [line for line in self.log.read_text(errors="replace").splitlines() if any(w in line for w in _FOREIGN)]
        return found | {"log": Outcome(1, said[:1])}

    async def _watched(self, run_id: str, sessions: int, seconds: float) -> Outcome:
        eyes = [Eye() for _ in range(sessions)]
        tasks = [asyncio.create_task(eye.watch(self.dashboard.url, run_id)) for eye in eyes]
        await _until(lambda: all(eye.done for eye in eyes) or any(task.done() for task in tasks))
        begun = time.monotonic()
        await asyncio.sleep(seconds)
        ended = time.monotonic()
        lost = [task.done() for task in tasks]
        await _cancelled(tasks)
        for eye in eyes:  # what came while the others were still opening the page is no tick of a quiet class
            eye.seconds = eye.seconds[sum(moment < begun for moment in eye.done) :]
        took = [second for eye in eyes for second in eye.seconds]
        if took:
            self.figures.append(f"a tick took {np.median(took):.2f} s, p95 {np.quantile(took, 0.95):.2f} s")
        failures = []
        for number, (eye, gone) in enumerate(zip(eyes, lost, strict=True)):
            gaps = [b - a for a, b in itertools.pairwise([begun, *(m for m in eye.done if m > begun), ended])]
            if gone or max(gaps) > _STANDSTILL_SECONDS:
                failures.append(f"session {number}: {'lost' if gone else f'stood still for {max(gaps):.1f} s'}")
        return Outcome(sessions, failures)

    async def _visited(self, run_id: str, visits: int) -> Outcome:
        outcome = Outcome()
        for first in range(0, visits, _AT_ONCE):
            eyes = [Eye() for _ in range(min(_AT_ONCE, visits - first))]
            tasks = [asyncio.create_task(eye.watch(self.dashboard.url, run_id)) for eye in eyes]
            await _until(lambda eyes=eyes, tasks=tasks: all(eye.done for eye in eyes) or any(t.done() for t in tasks))
            await _cancelled(tasks)
            outcome.tries += len(eyes)
            outcome.failures += [f"visit {first + place}: no page" for place, eye in enumerate(eyes) if not eye.done]
        return outcome


async def _until(holds) -> None:
    end = time.monotonic() + _PATIENCE_SECONDS
    while not holds() and time.monotonic() < end:
        await asyncio.sleep(0.05)


async def _cancelled(tasks: list[asyncio.Task]) -> None:
    for task in tasks:
        task.cancel()
    for task in tasks:
        with suppress(asyncio.CancelledError, Exception):
            await task


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.campaigns.load", description=__doc__.splitlines()[0])
    parser.add_argument("--sessions", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--visits", type=int, default=200)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        log = Path(name) / "server.log"
        with serving(Path(name) / "runs", log) as dashboard:
            campaign = Campaign(dashboard, log)
            outcomes = campaign.run(options.sessions, options.seconds, options.visits)
    status = report("load", outcomes)
    print("\n".join(campaign.figures))
    return status


if __name__ == "__main__":
    raise SystemExit(main())
