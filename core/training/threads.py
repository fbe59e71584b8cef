"""Threads that each compute one part of a batch by themselves, in the place of all computing each operation together.

A step has thousands of operations, and at the end of each all threads of an operation wait for the slowest. Threads
with a part each wait once: a step of 100 images in fp32 takes 42 ms on two cores in the place of 47, and beside other
work, where a thread that is awaited may not run for a while, a small part of the time.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from threading import Barrier
from typing import TypeVar

import torch

_FEWEST = 25  # images in a part: products of fewer rows do not keep a core busy
Part = TypeVar("Part")
Result = TypeVar("Result")


_cores = 0


def configure(cores: int) -> None:
    """So many cores for what is computed in parts; all else that torch computes in this process takes one of them."""
    global _cores
    _cores = cores
    torch.set_num_threads(1)


def cores() -> int:
    return _cores or torch.get_num_threads()


def parts_of(count: int) -> list[slice]:
    """Slices of so many images, one for each thread; a single one where there are too few images or cores."""
    parts = max(1, min(cores(), count // _FEWEST))
    return [slice(count * part // parts, count * (part + 1) // parts) for part in range(parts)]


def each(function: Callable[[Part], Result], parts: Sequence[Part]) -> list[Result]:
    """The function of each part, all at the same time; of a single part in the thread that asks, with all cores.

    What torch keeps for a thread, such as no_grad, is to be set in the function.
    """
    share = max(1, cores() // len(parts))
    with _threads_an_operation(share):
        if len(parts) == 1:
            return [function(parts[0])]
        return list(_pool(len(parts), share).map(function, parts))


@contextmanager
def _threads_an_operation(count: int) -> Iterator[None]:
    """Of this thread; OpenMP has a number for each thread, MKL one for all."""
    before = torch.get_num_threads()
    if count == before:
        yield
        return
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@cache
def _pool(threads: int, share: int) -> ThreadPoolExecutor:
    """So many threads, each with its share of the cores."""
    all_there = Barrier(threads)

    def begin(_: int) -> None:
        torch.get_num_threads()  # a thread that first asks later takes the number that was last set anywhere
        torch.set_num_threads(share)
        all_there.wait()

    pool = ThreadPoolExecutor(threads, thread_name_prefix="part")
    list(pool.map(begin, range(threads)))
    return pool
