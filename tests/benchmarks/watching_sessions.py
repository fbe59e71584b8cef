"""Twenty sessions watch one live run.

    python -m tests.benchmarks.watching_sessions [--sessions 20] [--seconds 60] [--hurry]


A session here is what the server sees of a browser: a websocket that asks for the Train page and then for each tick
of its live part, as the page's timer would. Drawing the charts is left out, for twenty people bring twenty screens.
With --hurry a session asks for the next tick as soon as it has the last: an hour's ticks in some minutes, for the
server's memory. Prints how long ticks take, the longest gap between two, training's speed beside that of the unwatched
run before and after (A B A), and the server's memory.
"""

import argparse
import asyncio
import itertools
import os
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean
from tempfile import TemporaryDirectory

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.typing import Subprotocol

from core.runs import lifecycle
from core.runs.store import Store
from core.training.config import preset
from tests.benchmarks.table import HEADER, machine, row
from tests.browser.conftest import Dashboard, serving, wait_for

_SETTLED_TICKS = 3
_TICK_DONE = ForwardMsg.ScriptFinishedStatus.FINISHED_FRAGMENT_RUN_SUCCESSFULLY


@dataclass
class Eye:
    """One session: when each tick was asked for, and how long it took."""

    asked: float = 0.0
    done: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    bytes_received: int = 0
    hurry: bool = False
    answered: asyncio.Event = field(default_factory=asyncio.Event)

    async def watch(self, url: str, run_id: str) -> None:
        """Until cancelled."""
        address = url.replace("http", "ws", 1) + "/_stcore/stream"
        async with websockets.connect(address, subprotocols=[Subprotocol("streamlit")], max_size=None) as socket:
            request, timer = BackMsg(), None
            request.rerun_script.page_name, request.rerun_script.query_string = "train", f"run={run_id}"
            await socket.send(request.SerializeToString())
            async for content in socket:
                assert isinstance(content, bytes)
                self.bytes_received += len(content)
                message = ForwardMsg.FromString(content)
                kind = message.WhichOneof("type")
                if kind == "navigation":  # which page this is, as every later request must say
                    request.rerun_script.page_script_hash = message.navigation.page_script_hash
                elif kind == "auto_rerun":
                    if timer:
                        timer.cancel()
                    request.rerun_script.fragment_id = message.auto_rerun.fragment_id
                    request.rerun_script.is_auto_rerun = True
                    timer = asyncio.create_task(self._tick(socket, request, message.auto_rerun.interval))
                elif kind == "script_finished" and message.script_finished == _TICK_DONE:
                    now = time.monotonic()
                    self.done.append(now)
                    self.seconds.append(now - self.asked)
                    self.answered.set()

    async def _tick(self, socket, request: BackMsg, interval: float) -> None:
        with suppress(websockets.ConnectionClosed):
            while True:
                await (self.answered.wait() if self.hurry and self.done else asyncio.sleep(interval))
                self.answered.clear()
                self.asked = time.monotonic()
                await socket.send(request.SerializeToString())


def memory_mib(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def speed_over(store: Store, run_id: str, seconds: float) -> float:
    """Images per second that the run makes in this time, by the clock on the wall."""
    start, before = time.monotonic(), store.run(run_id).facts.step
    time.sleep(seconds)
    return (store.run(run_id).facts.step - before) * store.run(run_id).config.batch_size / (time.monotonic() - start)


async def measure(dashboard: Dashboard, sessions: int, seconds: float, hurry: bool) -> None:
    store = dashboard.store
    run_id = lifecycle.enqueue(store, preset("article", epochs=1000, test_each_epoch=False))
    wait_for(lambda: store.run(run_id).facts.step > 50, "the run to be under way", 120)
    try:
        before = await asyncio.to_thread(speed_over, store, run_id, seconds / 3)
        eyes, begun = [Eye(hurry=hurry) for _ in range(sessions)], time.monotonic()
        tasks = [asyncio.create_task(eye.watch(dashboard.url, run_id)) for eye in eyes]
        while min(len(eye.done) for eye in eyes) < _SETTLED_TICKS:
            await asyncio.sleep(0.1)
        opened = time.monotonic() - begun
        memory: list[float] = []
        sampler = asyncio.create_task(sample(memory, dashboard.pid))
        during = await asyncio.to_thread(speed_over, store, run_id, seconds)
        await end([sampler, *tasks])
        after = await asyncio.to_thread(speed_over, store, run_id, seconds / 3)
    finally:
        lifecycle.stop(store, run_id)
        wait_for(lambda: store.run(run_id).state == "stopped", "the run to stop", 120)
    print(f"{sessions} sessions opened at once tick after {opened:.1f} s; watched for {seconds:g} s from then on")
    report(eyes, memory, [before, after], during)


async def sample(memory: list[float], pid: int) -> None:
    """Takes a process's memory once a second, until cancelled."""
    while True:
        memory.append(memory_mib(pid))
        await asyncio.sleep(1)


async def end(tasks: list[asyncio.Task]) -> None:
    for task in tasks:
        task.cancel()
    for ended in await asyncio.gather(*tasks, return_exceptions=True):
        if not isinstance(ended, asyncio.CancelledError):
            raise RuntimeError("A session lost its connection.") from ended


def report(eyes: list[Eye], memory: list[float], alone: list[float], watched: float) -> None:
    for eye in eyes:  # opening a page is not a tick
        del eye.done[:_SETTLED_TICKS], eye.seconds[:_SETTLED_TICKS]
    gaps = [b - a for eye in eyes for a, b in itertools.pairwise(eye.done)]
    ticks = sum(len(eye.done) for eye in eyes)
    print(f"{len(eyes)} sessions, {ticks} ticks, fewest of a session {min(len(eye.done) for eye in eyes)}")
    print(f"{mean(eye.bytes_received for eye in eyes) / 1024:.0f} KiB sent to a session on average\n{HEADER}")
    print(row("seconds from asked to done, a tick", [s for eye in eyes for s in eye.seconds], digits=2))
    print(row("seconds between a session's ticks", gaps, digits=2))
    print(row("images per second, unwatched", alone))
    print(row("images per second, watched", [watched], alone))
    quarter = max(1, len(memory) // 4)
    print(row("server MiB, second quarter of the time", memory[quarter : 2 * quarter] or memory))
    print(row("server MiB, last quarter", memory[-quarter:], memory[quarter : 2 * quarter] or memory))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--sessions", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--hurry", action="store_true")
    options = parser.parse_args()
    print(machine("torch", "streamlit"))
    with TemporaryDirectory() as name, serving(Path(name) / "runs", Path(name) / "server.log") as dashboard:
        asyncio.run(measure(dashboard, options.sessions, options.seconds, options.hurry))


if __name__ == "__main__":
    main()
