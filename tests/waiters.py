"""What tests wait for, and how they leave nothing running: conditions, worker processes, the end of all trainings."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Literal, TypeVar

import pytest

from core.runs.run import ACTIVE
from core.runs.store import Store

ROOT = Path(__file__).parent.parent
T = TypeVar("T")


def wait_until(condition: Callable[[], T | Literal[False] | None], what: str, seconds: float = 120) -> T:
    """The condition's first true value; asks again and again, and fails with `what` was awaited."""
    end, pause = time.monotonic() + seconds, threading.Event()
    while time.monotonic() < end:
        if value := condition():
            return value
        pause.wait(0.02)
    return pytest.fail(f"Waited {seconds:g} s in vain for {what}.")


def awaited(started: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """What the coroutine returns, run in a thread of its own: that of the tests has Playwright's event loop."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(started())).result()


def leave_network(patch: pytest.MonkeyPatch) -> None:
    """From here on only this machine is there: everything else is asked for at a closed port."""
    for name in ("http_proxy", "https_proxy"):
        patch.setenv(name, "http://127.0.0.1:9")
    patch.setenv("no_proxy", "localhost,127.0.0.1")


class Processes:
    """Programs of the test tree and of core, each ended and its pipe closed when the test is over."""

    def __init__(self):
        self.started: list[subprocess.Popen] = []

    def start(self, *arguments: object, module: str = "core") -> subprocess.Popen:
        """`python -m MODULE ARGUMENTS`; what it says on stderr can be read from it."""
        command = [sys.executable, "-m", module, *map(str, arguments)]
        streams = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "text": True}
        self.started.append(subprocess.Popen(command, cwd=ROOT, **streams))
        return self.started[-1]

    def end(self) -> None:
        for process in self.started:
            with process:  # closes the pipe and waits
                process.kill()


@contextmanager
def processes_of_a_test() -> Iterator[Processes]:
    processes = Processes()
    try:
        yield processes
    finally:
        processes.end()


def end_trainings(store: Store) -> None:
    """Empties the queue and kills what trains; nothing where the test has taken the folder away."""
    for run in store.runs() if store.path.exists() else []:
        if run.state == "queued":
            store.set_state(run.id, "stopped")
        elif run.state in ACTIVE and run.pid and run.pid != os.getpid():
            with suppress(ProcessLookupError):
                os.kill(run.pid, signal.SIGKILL)
