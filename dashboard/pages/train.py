"""Train: start a run, watch it learn, steer it, keep what it learned."""

import streamlit as st

from core.runs import lifecycle, queue
from core.runs.run import ACTIVE, ENDED, UNFINISHED, Run
from core.runs.store import Store
from dashboard import session
from dashboard.formats import percent
from dashboard.outside import as_text
from dashboard.page_settings import set_to
from dashboard.train import curves, setup, view
from dashboard.words import say
from dashboard.words.core import translated

_SEEN = "seen_states"
_IDLE_SECONDS = 3.0
_MOST_WAITING = 8  # that are listed: a sweep may have two hundred


def page() -> None:
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.title(say("train.title"), anchor=False, width="content")
        choice = st.container(width=430)
    session.show_notices()
    session.show_top()
    with session.noticed():
        store = session.store()
        lifecycle.refresh(store)
        known = store.runs()
        run = session.chosen_run(known)
        if known:
            with choice:
                _choose(known, run)
        _announce(known)
        with session.held_place():
            if run:
                _run(store, run, known)
        _set_up(known, run)
        session.show_form()
        if not any(other.state in UNFINISHED for other in known):
            st.fragment(_watch, run_every=_IDLE_SECONDS)(store, known)


def _run(store: Store, run: Run, known: list[Run]) -> None:
    with session.held_place():
        if run.unreadable:
            st.error(as_text(translated(run.message)), icon=":material/error:")
        else:
            view.show(store, run, known)
    with session.held_place():
        _queue(store, known)
    st.header(say("train.new_run"), anchor="new-run")


def _watch(store: Store, known: list[Run]) -> None:
    """Notices, while nothing here ticks, a run that another session or the command line has started."""
    with session.noticed():
        if view.states_of(store.runs()) != view.states_of(known):
            st.rerun()


def _set_up(known: list[Run], run: Run | None) -> None:
    """The set-up; without a run it stands first, and the shipped reader's history below it."""
    with session.held_place():
        if not known:
            st.markdown(say("train.lead"))
    setup.show(busy=any(other.state in UNFINISHED for other in known))
    if not run:
        note = _shipped_note("train.shipped_again" if known else "train.shipped_note")
        view.show_shipped(curves.shipped_history(), note)


def _shipped_note(key: str) -> str:
    """How the shipped reader learned, and what it learned after that."""
    note = say(key, accuracy=percent(curves.shipped_history().run.facts.test_accuracy))
    if not (then := curves.shipped_continued()):
        return note
    epochs = " + ".join(f"{run.config.epochs:g}" for run in then)
    share = " + ".join(dict.fromkeys(f"{run.config.pen_digits:.0%}" for run in then))
    accuracy = percent(then[-1].facts.test_accuracy)
    return note + say("train.shipped_then", epochs=epochs, share=share, accuracy=accuracy)


def _choose(known: list[Run], run: Run | None) -> None:
    names = {other.id: other.name for other in known if not other.archived or other is run}
    names[session.SHIPPED] = say("train.shipped")
    set_to("run_choice", run.id if run else session.SHIPPED)
    st.selectbox(
        say("train.run"),
        names,
        format_func=names.__getitem__,
        key="run_choice",
        help=say("train.run_help"),
        label_visibility="collapsed",
        on_change=_take_choice,
        args=(names,),
    )


def _take_choice(names: dict[str, str]) -> None:
    """The choice, unless it is a name that is gone: in another language the names are others."""
    if st.session_state["run_choice"] in names:
        session.choose_run(st.session_state["run_choice"])


def _announce(known: list[Run]) -> None:
    """A toast for each run that has ended since this session last looked."""
    before = st.session_state.get(_SEEN, {})
    for run in known:
        if before.get(run.id) in ACTIVE and run.state in ENDED:
            icon = ":material/check_circle:" if run.state == "finished" else ":material/info:"
            accuracy, message = percent(run.facts.test_accuracy), as_text(translated(run.message))
            text = say(f"train.toast_{run.state}", accuracy=accuracy, message=message)
            st.toast(text, icon=icon, duration="long")
    st.session_state[_SEEN] = {run.id: run.state for run in known}


def _queue(store: Store, known: list[Run]) -> None:
    if all(run.state != "queued" for run in known):
        return
    st.markdown(f"**{say('train.queue')}**")
    runs = queue.waiting(store, known)
    for run in runs[:_MOST_WAITING]:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(as_text(run.name), width="content")
            st.button(
                say("train.queue_remove"),
                key=f"remove_{run.id}",
                type="tertiary",
                icon=":material/close:",
                help=say("train.queue_remove_help"),
                **session.click(queue.leave, store, run.id),
            )
    if len(runs) > _MOST_WAITING:
        st.caption(say("train.queue_more", more=len(runs) - _MOST_WAITING))


page()
