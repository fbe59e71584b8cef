"""This and other processes: their cores, their memory, and whether one still lives."""

import ctypes
import os
import platform
from importlib import metadata

import psutil

from core import system

_M_TRIM_THRESHOLD, _M_MMAP_MAX = -1, -4  # malloc.h
_SAME_START_SECONDS = 2.0  # the system gives a start to 0.01 s, and shifts it when the clock is set


def physical_cores() -> int:
    """Physical cores that this process may use; twice the threads would halve the speed."""
    physical = psutil.cpu_count(logical=False) or os.cpu_count() or 1
    allowed = system.allowed_cpus()
    return physical if allowed is None else max(1, len({system.siblings(cpu) for cpu in allowed}))


def configure_process(processes: int = 1) -> None:
    """Makes this one of so many processes that train on this machine: its part of the cores, and its memory."""
    from core.training import threads

    threads.configure(max(1, physical_cores() // processes))
    _keep_freed_memory()


def _keep_freed_memory() -> None:
    """Asks glibc to hand the next step the memory that the last one freed; other systems have no such setting.

    By default it returns each large tensor to the system and meets a page fault for every 4 KiB of the next one:
    6,000 to 9,000 a step of 100 images, which took a third of the time.
    """
    if platform.libc_ver()[0] != "glibc":
        return
    libc = ctypes.CDLL(None)
    libc.mallopt(_M_MMAP_MAX, 0)
    libc.mallopt(_M_TRIM_THRESHOLD, 2**31 - 1)


def memory_mib(device: str) -> float:
    """Memory that training holds now: the device's own on CUDA, else the process's resident memory."""
    if device == "cuda":
        import torch

        return torch.cuda.memory_allocated() / 2**20
    return psutil.Process().memory_info().rss / 2**20


def start_time(pid: int) -> float | None:
    """When this process was started, seconds since 1970; None where there is none."""
    try:
        return psutil.Process(pid).create_time()
    except psutil.Error:
        return None


def is_running(pid: int, started: float | None = None) -> bool:
    """Whether the process is there, is not a zombie, and is the one that was started then: numbers are used again."""
    try:
        found = psutil.Process(pid)
        same = started is None or abs(found.create_time() - started) < _SAME_START_SECONDS
        return same and found.status() != psutil.STATUS_ZOMBIE
    except psutil.AccessDenied:  # another person's process is one
        return True
    except psutil.Error:
        return False


def versions() -> str:
    """`Python 3.11.2, PyTorch 2.15.0`"""
    return f"Python {platform.python_version()}, PyTorch {metadata.version('torch')}"


def machine() -> str:
    """`Linux x86_64, 8 cores`"""
    cores = physical_cores()
    return f"{platform.system()} {platform.machine()}, {cores} core{'' if cores == 1 else 's'}"
