"""Slow figures, worked out beside the page: a spinner until they are there, and the page never waits.

torch takes seconds to import, 1,000 digits take one to read; in a thread neither holds back a click.
"""

from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import streamlit as st

from dashboard import session

_POLL_SECONDS = 0.4
_MOST_KEPT = 200


@st.cache_resource(show_spinner=False)
def _office() -> tuple[ThreadPoolExecutor, dict[Hashable, Future]]:
    return ThreadPoolExecutor(max_workers=2, thread_name_prefix="learn"), {}


def job(key: Hashable, function: Callable, *values: Any) -> Future:
    """The one computation of `key`, for all sessions: begun at the first call, kept for the later ones."""
    pool, jobs = _office()
    if key not in jobs:
        while len(jobs) >= _MOST_KEPT:
            jobs.pop(next(iter(jobs)))
        jobs[key] = pool.submit(function, *values)
    return jobs[key]


def one_thread() -> None:
    """For a job with torch: the matrices of one digit are so small that further threads only wait for one another."""
    import torch

    torch.set_num_threads(1)


def eventually(work: Future, words: str, show: Callable[[Any], None]) -> None:
    """Shows the result of `work`; until it is there `words` beside a spinner. A person's mistake becomes a notice."""
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
