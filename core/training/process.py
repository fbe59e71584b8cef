"""A process that trains: its share of the machine's cores, and its memory."""

import ctypes
import os
import platform
from pathlib import Path

_M_TRIM_THRESHOLD, _M_MMAP_MAX = -1, -4  # malloc.h


def physical_cores() -> int:
    """Physical cores that this process may use; twice the threads would halve the speed."""
    allowed = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else range(os.cpu_count() or 1)
    siblings = set()
    for cpu in allowed:
        path = Path(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list")
        siblings.add(path.read_text().strip() if path.exists() else str(cpu))
    return max(1, len(siblings))


def configure_process(processes: int = 1) -> None:
    """Makes this a process that trains: its part of the machine's cores, of so many such processes, and its memory."""
    import torch

    torch.set_num_threads(max(1, physical_cores() // processes))
    _keep_freed_memory()


def _keep_freed_memory() -> None:
    """Asks glibc to hand the next step the memory that the last one freed; elsewhere nothing is to be asked.

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
    statm = Path("/proc/self/statm")
    if statm.exists():
        return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
    import resource
    import sys

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)
