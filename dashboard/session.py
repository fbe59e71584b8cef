"""What pages share: the store, notices, what a click leaves to the coming page, and the run that the URL names."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.errors import RowByRowError
from core.runs.run import ACTIVE, Run
from core.runs.store import Store, folder_of
from dashboard.outside import as_text, parameter
from dashboard.words import say
from dashboard.words.core import translated

SHIPPED = "shipped"
"""In place of a run's id, in the URL too: the history of the reader that comes with the program."""
_LEFT, _ARRIVED, _READER = "left", "arrived", "wanted_reader"
_WATCHED, _FORM, _RUN = "watched_run", "wanted_form", "wanted_run"


@dataclass
class _Left:
    """What callbacks leave to the coming page: what it is to say, and the run that it is to show."""

    notices: list[Callable[[], str]] = field(default_factory=list)
    toasts: list[Callable[[], str]] = field(default_factory=list)
    run: str | None = None


_acting: ContextVar[_Left | None] = ContextVar("acting", default=None)


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
        leave_mistake(error)


def click(action: Callable[..., str | None], *values) -> dict:
    """Arguments for a button: a click does `action(*values)` and then shows the run whose id that returns, if any.

    The action reads the session before it changes anything, and no more after: see `act`.
    """
    return {"on_click": act, "args": (action, *values)}


def act(action: Callable[..., str | None], *values) -> None:
    """Does it, and leaves a notice for the coming page where it cannot be done.

    Streamlit interrupts a callback, wherever it touches the session's state, for another rerun. So nothing here touches
    that state after the deed: what it leads to would be lost.
    """
    left = _left()
    token = _acting.set(left)
    try:
        left.run = attempt(action, *values) or left.run
    finally:
        _acting.reset(token)


def attempt(action: Callable[..., str | None], *values) -> str | None:
    """Does it in a callback; a person's mistake leaves a notice for the coming page."""
    with leaving_notice():
        return action(*values)
    return None


def _left() -> _Left:
    return _acting.get() or st.session_state.setdefault(_LEFT, _Left())


def leave_mistake(error: RowByRowError) -> None:
    _left().notices.append(lambda: translated(error.message))


def leave_notice(key: str, **values) -> None:
    _left().notices.append(lambda: say(key, **values))


def leave_toast(key: str, **values) -> None:
    _left().toasts.append(lambda: say(key, **values))


def show_notices() -> None:
    """What callbacks have left: what they could not do, what they did unseen, and the run that they lead to."""
    left = _left()
    if left.run:
        choose_run(left.run)
        left.run = None
    with held_place():
        for text in left.notices:
            st.error(as_text(text()), icon=":material/error:")
    for text in left.toasts:
        st.toast(text(), icon=":material/check:")
    left.notices.clear()
    left.toasts.clear()


def held_place() -> DeltaGenerator:
    """A place for what one rerun shows and the next does not.

    Streamlit knows an element by its place: without this one, what stands below would move by one, and what was
    there before would stay beside it for a moment, each button twice.
    """
    return st.container()


def go_to(page: str, **query: str) -> None:
    """Shows another page, by its file's name."""
    st.switch_page(f"../pages/{page}.py", query_params=query)


def want_reader(name: str) -> None:
    """The reader that the next page which has one begins with: a run's id."""
    st.session_state[_READER] = name


def wanted_reader() -> str | None:
    """Once, the reader that another page has asked for."""
    return st.session_state.pop(_READER, None)


def want_run(run_id: str) -> None:
    """The run that the Runs page begins with."""
    st.session_state[_RUN] = run_id


def wanted_run() -> str | None:
    """Once, the run that another page has asked for."""
    return st.session_state.pop(_RUN, None)


def choose_run(run_id: str) -> None:
    """Shows this run from now on, after a reload too, from its top."""
    st.session_state[_ARRIVED] = True
    st.query_params["run"] = run_id


def show_top() -> None:
    """Scrolls up to the run that has just been chosen or started: its set-up may lie far below."""
    with held_place():
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
    with held_place():
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
    with held_place():
        if named and not found:
            st.warning(say("train.unknown_run", run=as_text(named)))
    training = (run for run in known if run.state in ACTIVE)
    shown = found or next(training, known[0])
    st.session_state[_WATCHED] = shown.id
    return shown
