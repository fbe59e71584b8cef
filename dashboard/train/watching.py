"""How often a page that watches a run asks for its figures: every second for a few, less often for a class.

All sessions share one server, and one processor of it at a time. Between ticks it is to leave the machine to the run.
"""

import math
import time
from threading import Lock
from uuid import uuid4

import streamlit as st

SECONDS = 1.0
_SLOWEST = 8.0
_COST = 0.03
"""Seconds of one processor that a tick takes; `python -m tests.benchmarks.watching_sessions` measures it."""
_SHARE = 0.4
"""Of one processor: so much may all ticks take together."""
_LATE = 0.35
"""Of an interval: what is needed must be less before it comes down."""
_GONE = 3
"""Intervals after which a session that has not ticked is no longer counted."""


class Watchers:
    """Who ticks now, for all sessions of the server."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[float, float]] = {}
        self._lock = Lock()

    def count(self, who: str, now: float, interval: float) -> int:
        """How many tick, with this one, which does so at this interval, seconds."""
        with self._lock:
            self._seen[who] = now, interval
            self._seen = {other: (at, every) for other, (at, every) in self._seen.items() if now - at <= _GONE * every}
            return len(self._seen)


def interval(watchers: int, before: float = SECONDS) -> float:
    """1, 2, 4 or 8 seconds for so many; it comes down from `before` late, so that it does not go up and down."""
    needed = watchers * _COST / _SHARE
    if _LATE * before <= needed <= before:
        return before
    return min(_SLOWEST, 2.0 ** math.ceil(math.log2(max(SECONDS, needed))))


@st.cache_resource(show_spinner=False)
def _watchers() -> Watchers:
    return Watchers()


def seconds(before: float = SECONDS) -> float:
    """From now on, for this session, which has ticked at `before`."""
    who = st.session_state.setdefault("watcher", uuid4().hex)
    return interval(_watchers().count(who, time.monotonic(), before), before)
