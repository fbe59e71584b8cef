"""A reader over the whole test set: its index, opened at once where it was built before, else built beside the page."""

import time
from collections.abc import Hashable
from concurrent.futures import Future, wait
from pathlib import Path

import streamlit as st

from core.digits.data import Mnist
from core.examining.index import Index, index_of
from core.examining.states import ROWS
from core.reading.readers import Reader
from core.runs.store import folder_of
from dashboard import readers, test_set
from dashboard.background import Jobs
from dashboard.formats import duration
from dashboard.words import say

_PATIENCE_SECONDS = 0.5  # so long an index may take to be opened before progress is shown
_POLL_SECONDS = 0.3
_LONG_SECONDS = 3.0
_KEPT = 8  # indexes that stay open: of each 2 MiB, the rest is mapped


class Examinations:
    """Indexes by reader, for all sessions, one built at a time: it takes all cores."""

    def __init__(self):
        self._jobs = Jobs("examine", workers=1, most_kept=_KEPT)
        self._rows: dict[Hashable, tuple[int, float]] = {}  # rows done, seconds they took

    def ask(self, path: Path, reader: Reader, mnist: Mnist, folder: Path) -> Future:
        """The coming index; after a mistake it is tried again when it is next asked for."""
        key = (str(path), readers.stamp(path), mnist.source, folder)
        known = self._jobs.known(key)
        if known is not None and known.done() and known.exception():
            self._jobs.forget(key)
        future = self._jobs.ask(key, lambda: self._build(key, reader, mnist, folder))
        wait([future], _PATIENCE_SECONDS)
        return future

    def progress(self, path: Path, source: str, folder: Path) -> tuple[float, float | None]:
        """The fraction that is done, and seconds left where that can be told."""
        done, seconds = self._rows.get((str(path), readers.stamp(path), source, folder), (0, 0.0))
        return done / ROWS, seconds / done * (ROWS - done) if done > 1 else None

    def _build(self, key: Hashable, reader: Reader, mnist: Mnist, folder: Path) -> Index:
        begun = time.perf_counter()

        def note(done: int, _: int) -> None:
            self._rows[key] = done, time.perf_counter() - begun

        try:
            return index_of(reader, mnist, folder, note)
        finally:
            self._rows.pop(key, None)


@st.cache_resource(show_spinner=False)
def _examinations() -> Examinations:
    return Examinations()


def ask(path: Path) -> Future:
    """The coming `Index` of a weights file. Raises WeightsError, DataError."""
    with st.spinner(say("examine.loading"), show_time=True):
        mnist = test_set.mnist()
    return _examinations().ask(path, readers.load(path), mnist, _folder())


def show_progress(path: Path, title: str, work: Future) -> None:
    """In place of the figures; the page is drawn anew when they can be."""

    @st.fragment(run_every=_POLL_SECONDS)
    def tick() -> None:
        if work.done():
            st.rerun()  # of the page: a fragment that is still timed would go on asking
        fraction, left = _examinations().progress(path, test_set.mnist().source, _folder())
        words = say("examine.examining", reader=title, images=f"{len(test_set.mnist().test):,}")
        if left is not None and left > _LONG_SECONDS:
            words = say("examine.time_left", words=words, time=duration(left))
        st.progress(fraction, words)

    tick()


def _folder() -> Path:
    return folder_of() / "examined"
