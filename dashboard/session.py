"""What pages share: the store, notices of mistakes, clicks that happen once, and the run that the URL names."""

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import streamlit as st

from core.errors import RowByRowError
from core.runs.run import ACTIVE, Run
from core.runs.store import Store, folder_of
from dashboard.outside import as_text, parameter
from dashboard.words import say
from dashboard.words.core import translated

SHIPPED = "shipped"
"""In place of a run's id, in the URL too: the history of the reader that comes with the program."""
_drawn = itertools.count()
_NOTICES, _TOASTS, _ARRIVED, _DONE, _READER = "notices", "toasts", "arrived", "done", "wanted_reader"
_WATCHED, _FORM = "watched_run", "wanted_form"


def store() -> Store:
    """The store of the runs folder. Raises StoreError."""
    return store_of(str(folder_of()))


@st.cache_resource(show_spinner=False)
def store_of(folder: str) -> Store:
    return Store(folder)


def unseen_title(text: str) -> None:
    """The page's heading for screen readers: its place is needed for what the page is about."""
    with st.container(key="unseen_title"):
        st.html(f'<h1 class="page-title">{text}</h1>')


@contextmanager
def noticed() -> Iterator[None]:
    """A person's mistake inside becomes a notice on the page in place of a traceback."""
    try:
        yield
    except RowByRowError as error:
        st.error(as_text(translated(error.message)), icon=":material/error:")


@contextmanager
def leaving_notice() -> Iterator[None]:
    """In a callback: a person's mistake inside becomes a notice on the coming page."""
    try:
        yield
    except RowByRowError as error:
        leave_notice(translated(error.message))


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
        run_id = attempt(action, *values)
        st.session_state[_DONE] = (drawn, run_id)
    if run_id:
        choose_run(run_id)


def attempt(action: Callable[..., str | None], *values) -> str | None:
    """Does it in a callback; a person's mistake leaves a notice for the coming page."""
    with leaving_notice():
        return action(*values)
    return None


def leave_notice(text: str) -> None:
    st.session_state.setdefault(_NOTICES, []).append(text)


def leave_toast(text: str) -> None:
    st.session_state.setdefault(_TOASTS, []).append(text)


def show_notices() -> None:
    """What callbacks have left: what they could not do, and what they did unseen."""
    for text in st.session_state.pop(_NOTICES, []):
        st.error(as_text(text), icon=":material/error:")
    for text in st.session_state.pop(_TOASTS, []):
        st.toast(text, icon=":material/check:")


def go_to(page: str, **query: str) -> None:
    """Shows another page, by its file's name."""
    st.switch_page(f"../pages/{page}.py", query_params=query)


def want_reader(name: str) -> None:
    """The reader that the next page which has one begins with: a run's id."""
    st.session_state[_READER] = name


def wanted_reader() -> str | None:
    """Once, the reader that another page has asked for."""
    return st.session_state.pop(_READER, None)


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


def want_form() -> None:
    """Train shows its form, which has just been filled."""
    st.session_state[_FORM] = True


def show_form() -> None:
    """After the form: scrolls to it where it was asked for."""
    if st.session_state.pop(_FORM, False):
        st.html(
            "<script>document.getElementById('new-run')?.scrollIntoView({behavior: 'smooth'})</script>",
            unsafe_allow_javascript=True,
        )


def chosen_run(known: list[Run]) -> Run | None:
    """The run of the URL, else the one that was shown before, else the one that trains, else the newest.

    None: the shipped reader's history.
    """
    named = parameter("run")
    wanted = named or st.session_state.get(_WATCHED)
    if wanted == SHIPPED or not known:
        return None
    found = next((run for run in known if run.id == wanted), None)
    if named and not found:
        st.warning(say("train.unknown_run", run=as_text(named)))
    training = (run for run in known if run.state in ACTIVE)
    shown = found or next(training, known[0])
    st.session_state[_WATCHED] = shown.id
    return shown
