"""What differs between Linux, macOS and Windows: here and nowhere else in the product.

Needs nothing but Python and psutil, and asks for what is there when it is called: a test takes it away.
"""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil

_REPLACE_SECONDS = 5.0
_WATCH_SECONDS = 0.5
_CPUS = Path("/sys/devices/system/cpu")


def replace(source: Path | str, target: Path | str) -> None:
    """Renames over `target`. Windows refuses while another process reads it, and is asked again for a while."""
    end = time.monotonic() + _REPLACE_SECONDS
    while True:
        try:
            os.replace(source, target)
            return
        except PermissionError:
            if not is_windows() or time.monotonic() > end:
                raise
            time.sleep(0.02)


def is_windows() -> bool:
    return os.name == "nt"


def open_flags() -> int:
    """For reading a file's bytes without waiting for the writer of a pipe, which only POSIX has as files."""
    return os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def make_readable(path: Path | str) -> None:
    """For everybody, where a file has such rights."""
    with suppress(OSError):
        os.chmod(path, 0o644)


def end_with_parent() -> None:
    """Ends this process once the one that started it is gone: nobody is left who would hear what it says."""
    if (parent := psutil.Process().parent()) is None:
        return

    def watch() -> None:
        with suppress(psutil.NoSuchProcess):
            while parent.is_running() and parent.status() != psutil.STATUS_ZOMBIE:
                time.sleep(_WATCH_SECONDS)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def be_nice() -> None:
    """Lets others go first."""
    with suppress(OSError, psutil.Error):
        if hasattr(os, "nice"):
            os.nice(10)
        else:
            psutil.Process().nice(getattr(psutil, "BELOW_NORMAL_PRIORITY_CLASS"))  # noqa: B009 - Windows alone has it


def allowed_cpus() -> list[int] | None:
    """The processors that this process may use; None where the system does not say."""
    ask = getattr(os, "sched_getaffinity", None)
    return sorted(ask(0)) if ask else None


def siblings(cpu: int) -> str:
    """The threads of this processor's core, as Linux lists them; the processor itself elsewhere."""
    try:
        return (_CPUS / f"cpu{cpu}/topology/thread_siblings_list").read_text().strip()
    except OSError:
        return str(cpu)


def polite_signals() -> tuple[signal.Signals, ...]:
    """Those by which a person or the system asks a program to end: Ctrl-C, a polite kill, Windows' Ctrl-Break."""
    names = ("SIGINT", "SIGTERM", "SIGBREAK")
    return tuple(number for name in names if (number := getattr(signal, name, None)) is not None)


@contextmanager
def handling(handler: Callable | signal.Handlers) -> Iterator[None]:
    """Handles the polite signals so; afterwards as before. Of the main thread only."""
    before = {number: signal.signal(number, handler) for number in polite_signals()}
    try:
        yield
    finally:
        for number, known in before.items():
            signal.signal(number, known)


def detached() -> dict[str, Any]:
    """Options of subprocess.Popen for a process that outlives this one and hears no Ctrl-C of its terminal."""
    if is_windows():
        flags = ("CREATE_NEW_PROCESS_GROUP", "DETACHED_PROCESS")  # which Python has on Windows alone
        return {"creationflags": sum(getattr(subprocess, flag) for flag in flags)}
    return {"start_new_session": True}
