"""Work beside the page, done once for all sessions: a spinner stands in for its result, and no page waits.

torch takes seconds to import, 1,000 digits take one second to read; in a thread neither holds back a click.
"""

from collections.abc import Callable, Hashable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Any

import streamlit as st

from dashboard import session

_POLL_SECONDS = 0.4
_MOST_KEPT = 200
_TORCH = Lock()


class Jobs:
    """Computations by key: each is begun when it is first asked for, and its result kept for later."""

    def __init__(self, name: str, workers: int, newest_only: bool = False, most_kept: int = _MOST_KEPT):
        """newest_only: a job that waits is dropped when another one is asked for; asked for again, it is begun anew.

        most_kept: results; the oldest goes first.
        """
        self._newest_only, self._most_kept = newest_only, most_kept
        self._newest: Hashable = None
        self._futures: dict[Hashable, Future] = {}
        self._lock = Lock()
        self._waiting: SimpleQueue[tuple[Hashable, Future, Callable[[], Any]]] = SimpleQueue()
        for number in range(workers):
            # daemons: a dashboard that ends does not wait for them
            Thread(target=self._work, daemon=True, name=f"{name}-{number}").start()

    def known(self, key: Hashable) -> Future | None:
        return self._futures.get(key)

    def ask(self, key: Hashable, function: Callable[[], Any]) -> Future:
        """The one computation of `key`, for all sessions."""
        with self._lock:
            self._newest = key
            if key not in self._futures:
                while len(self._futures) >= self._most_kept:
                    self._futures.pop(next(iter(self._futures)))
                self._futures[key] = Future()
                self._waiting.put((key, self._futures[key], function))
            return self._futures[key]

    def forget(self, key: Hashable) -> None:
        """Its result is no longer wanted, such as a mistake that the person may have mended: it is begun anew."""
        with self._lock:
            self._futures.pop(key, None)

    def _work(self) -> None:
        while True:
            key, future, function = self._waiting.get()
            if self._drop(key, future):
                continue
            try:
                future.set_result(function())
            except Exception as error:  # raised again on the page that asks
                future.set_exception(error)

    def _drop(self, key: Hashable, future: Future) -> bool:
        """Whether the job is no longer needed; a page that still waits for it sees it cancelled, and asks anew."""
        with self._lock:
            if not self._newest_only or key == self._newest:
                return False
            self._futures.pop(key, None)
        return future.cancel()


@st.cache_resource(show_spinner=False)
def _jobs() -> Jobs:
    return Jobs("background", workers=2)


def job(key: Hashable, function: Callable, *values: Any) -> Future:
    """`function(*values)` for a figure of a page: begun at the first call with `key`, kept for later ones."""
    return _jobs().ask(key, lambda: function(*values))


@contextmanager
def torch_alone() -> Iterator[None]:
    """For a job with torch, one such job at a time, on one thread.

    Weights are drawn from torch's one random generator: two jobs at once would draw each other's. The matrices of one
    digit are so small that further threads only wait for one another.
    """
    import torch

    with _TORCH:
        torch.set_num_threads(1)
        yield


def eventually(work: Future, words: str, show: Callable[[Any], None]) -> None:
    """Shows the result of `work`; until it is there, `words` beside a spinner. A person's mistake becomes a notice."""
    # A container of its own: what stands below keeps its place when a spinner gives way to several elements.
    with st.container():
        if not work.done():
            _wait(work, words)
            return
        with session.noticed():
            show(work.result())


def _wait(work: Future, words: str) -> None:
    @st.fragment(run_every=_POLL_SECONDS)
    def wait() -> None:
        if work.done():
            st.rerun()  # of the page: a fragment that is still timed would go on asking
        st.info(words, icon="spinner")

    wait()
