"""Starts the processes that train together on this machine. Where one fails the others are ended.

Each is told its place in the environment, as torchrun does; they meet at a port of this machine. torchrun itself would
load torch once more to do this, and its rendezvous and signals do not work everywhere but on Linux.
"""

import os
import socket
import subprocess
import time

from core import system

_POLL_SECONDS = 0.1


def run(command: list[str], processes: int) -> int:
    """Runs the command so many times at once; returns 0, or the status of the first that failed."""
    environment = os.environ | {
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(_free_port()),
        "WORLD_SIZE": str(processes),
        "LOCAL_WORLD_SIZE": str(processes),
        "USE_LIBUV": "0",  # PyTorch for Windows is built without it
    }
    started: list[subprocess.Popen] = []
    try:
        for rank in range(processes):
            place = {"RANK": str(rank), "LOCAL_RANK": str(rank)}
            started.append(subprocess.Popen(command, env=environment | place))
        return _first_failure(started)
    except KeyboardInterrupt:  # they have heard it too: the first stops them all at the same step
        return _first_failure(started)
    finally:
        for child in started:
            if child.poll() is None:
                child.terminate()
                child.wait()


def _first_failure(started: list[subprocess.Popen]) -> int:
    with system.handling(lambda number, frame: started[0].terminate()):
        while True:
            statuses = [child.poll() for child in started]
            failed = [status for status in statuses if status]
            if failed:
                return failed[0]
            if None not in statuses:
                return 0
            time.sleep(_POLL_SECONDS)


def _free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return asked.getsockname()[1]
