"""What a page shares with its other runs, sessions and the URL: the store, cached messages, notices."""

import itertools
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from threading import Lock, Thread

import streamlit as st
from core.runs.estimate import estimate
from core.runs.run import ACTIVE, Run

from core.errors import RowByRowError
from core.runs import shipped
from core.runs.store import History, Store, folder_of
from core.training.config import TrainConfig
from dashboard.components.live_plot import message_of
from dashboard.train.figures import learning_curves
from dashboard.words import say
from dashboard.words.core import translated

SHIPPED = "shipped"
"""In place of a run's id, in the URL too: the history of the reader that comes with the program."""
_drawn = itertools.count()
_NOTICES, _TOASTS, _ARRIVED, _DONE = "notices", "toasts", "arrived", "done"


def store() -> Store:
    """The store of the runs folder. Raises StoreError."""
    return _store(str(folder_of()))


@st.cache_resource(show_spinner=False)
def _store(folder: str) -> Store:
    return Store(folder)


@contextmanager
def noticed() -> Iterator[None]:
    """A person's mistake inside becomes a notice on the page in place of a traceback."""
    try:
        yield
    except RowByRowError as error:
        st.error(translated(error.message), icon=":material/error:")


def click(action: Callable[..., str | None], *values) -> dict:
    """Arguments for a button: a click does `action(*values)` and then shows the run whose id that returns, if any."""
    return {"on_click": act, "args": (next(_drawn), action, *values)}


def act(drawn: int, action: Callable[..., str | None], *values) -> None:
    """Does it once for a button as `drawn`, and leaves a notice for the coming page where it cannot be done.

    Streamlit delivers a click anew where another rerun interrupts its callback: a run would be started twice.
    """
    before = st.session_state.get(_DONE)
    if before and before[0] == drawn:
        run_id = before[1]
    else:
        run_id = _attempt(action, *values)
        st.session_state[_DONE] = (drawn, run_id)
    if run_id:
        choose_run(run_id)


def _attempt(action: Callable[..., str | None], *values) -> str | None:
    try:
        return action(*values)
    except RowByRowError as error:
        leave_notice(translated(error.message))
        return None


def leave_notice(text: str) -> None:
    st.session_state.setdefault(_NOTICES, []).append(text)


def leave_toast(text: str) -> None:
    st.session_state.setdefault(_TOASTS, []).append(text)


def show_notices() -> None:
    """What callbacks have left: what they could not do, and what they did unseen."""
    for text in st.session_state.pop(_NOTICES, []):
        st.error(text, icon=":material/error:")
    for text in st.session_state.pop(_TOASTS, []):
        st.toast(text, icon=":material/schedule:")


def choose_run(run_id: str) -> None:
    """Shows this run from now on, after a reload too, from its top."""
    st.session_state[_ARRIVED] = True
    st.query_params["run"] = run_id


def show_top() -> None:
    """Scrolls up to the run that has just been chosen or started: its set-up may lie far below."""
    if st.session_state.pop(_ARRIVED, False):
        st.html(
            "<script>document.querySelector('[data-testid=stMain]')?.scrollTo({top: 0})</script>",
            unsafe_allow_javascript=True,
        )


def chosen_run(known: list[Run]) -> Run | None:
    """The run of the URL; without one the run that trains, else the newest; None: the shipped reader's history."""
    wanted = st.query_params.get("run")
    if wanted == SHIPPED or not known:
        return None
    found = next((run for run in known if run.id == wanted), None)
    if wanted and not found:
        st.warning(say("train.unknown_run", run=wanted))
    training = (run for run in known if run.state in ACTIVE)
    return found or next(training, known[0])


@st.cache_data(max_entries=4, show_spinner=False)
def shipped_history() -> History:
    return shipped.shipped()


@st.cache_data(max_entries=32, show_spinner=False)
def curves_message(folder: str, run_id: str, step: int, tested: int, logarithmic: bool, words: dict) -> bytes:
    """The live plot's message: made once for all sessions that watch this run at this step, in these words.

    `tested`, how many epochs have been tested, is there for the cache: a test adds points to the last step.
    """
    shown = shipped_history() if run_id == SHIPPED else _store(folder).history(run_id)
    return message_of(learning_curves(shown, words, logarithmic))


class _Measurements:
    """Speeds that are being measured, or were: one at a time, each only if it is still the last one asked for."""

    def __init__(self):
        self.known: dict[tuple, Future] = {}
        self.last: tuple | None = None
        self.one_at_a_time = Lock()

    def ask(self, key: tuple) -> Future:
        self.last = key
        if key not in self.known:
            self.known[key] = Future()
            # a daemon: a dashboard that ends does not wait for a measurement
            Thread(target=self._measure, args=(key,), name="estimate", daemon=True).start()
        return self.known[key]

    def _measure(self, key: tuple) -> None:
        with self.one_at_a_time:
            if key != self.last:
                del self.known[key]
                return
            folder, config, images = key
            try:
                self.known[key].set_result(estimate(_store(folder), config, images))
            except Exception as error:  # raised again on the page that asks
                self.known[key].set_exception(error)


@st.cache_resource(show_spinner=False)
def _measurements() -> _Measurements:
    return _Measurements()


def measurement(config: TrainConfig, images: int, begin: bool) -> Future | None:
    """The coming or known `estimate` of this run; None where it is not known and must not `begin` now."""
    measurements, key = _measurements(), (str(folder_of()), config, images)
    return measurements.ask(key) if begin else measurements.known.get(key)
