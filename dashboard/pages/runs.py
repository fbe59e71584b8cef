"""Runs: all that were trained, told apart, compared, and done with."""

from collections.abc import Sequence

import streamlit as st

from core.runs import lifecycle, queue, upkeep
from core.runs.run import UNFINISHED, Run
from core.runs.store import Store
from dashboard import run_marks, session
from dashboard.components.live_plot import live_plot
from dashboard.components.run_table import run_table, run_ticks
from dashboard.outside import as_text
from dashboard.runs import actions, address, landscape, one, overlay, side_by_side, sweep_form, sweeps, table, waiting
from dashboard.words import language, say

_TABLE = "runs_table"
_LIVE_SECONDS, _IDLE_SECONDS = 1.0, 3.0
_STATES = ("running", "paused", "queued", "finished", "stopped", "failed", "lost")
_WORDS = ("test", "label", "over_step", "over_epoch", "over_seconds")


def page() -> None:
    if wanted := session.wanted_run():
        address.ask(wanted)
    address.restore()
    session.unseen_title(say("runs.title"))
    session.show_notices()
    with session.noticed():
        store = session.store()
        lifecycle.refresh(store)
        upkeep.purge(store)
        known = store.runs()
        if not known and not upkeep.deleted(store):
            _nothing_yet(store)
        else:
            _some(store, known)
    address.publish()


def _nothing_yet(store: Store) -> None:
    st.markdown(say("runs.none_yet"))
    with st.container(horizontal=True, key="runs_filters"):
        if st.button(say("runs.to_train"), key="runs_to_train", icon=":material/show_chart:"):
            session.go_to("train")
        sweep_form.button()
    sweep_form.show(store, busy=False)
    st.fragment(_watch, run_every=_IDLE_SECONDS)(store)


def _watch(store: Store) -> None:
    """Notices the first run that another session or the command line starts."""
    with session.noticed():
        if store.runs():
            st.rerun()


def _some(store: Store, known: list[Run]) -> None:
    shown = _choice_of_runs(store, known)
    sweep_form.show(store, busy=any(run.state in UNFINISHED for run in known))
    places = sweeps.show(store, known, address.value("chosen"))
    columns = table.columns_of(shown, address.value("hide"))
    run_table(
        table.message(shown, columns, address.value("sort")),
        _TABLE,
        on_choose=lambda ids: address.put(chosen=ids),
        on_sort=lambda column: address.put(sort=column),
    )
    chosen = _chosen(known)
    if chosen:
        with st.container(gap="xsmall"):
            _heading(chosen)
            actions.show(store, chosen)
    else:
        st.caption(say("runs.hint"))
    live = any(run.state in UNFINISHED for run in known) or bool(upkeep.deleted(store))
    tick = _ticking(store, known, columns, [run.id for run in chosen], places)
    st.fragment(tick, run_every=_LIVE_SECONDS if live else _IDLE_SECONDS)()
    if len(chosen) > 1:
        st.toggle(say("runs.every"), **address.kept("every"), help=say("runs.every_help"))
        side_by_side.all_settings(chosen, address.value("every"))
    elif chosen:
        one.show(chosen[0])


def _choice_of_runs(store: Store, known: list[Run]) -> list[Run]:
    """The row of filters, at its end what can be undone; returns the runs that are left."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="runs_filters"):
        st.text_input(
            say("runs.find"),
            **address.kept("find"),
            type="search",
            live=True,
            placeholder=say("runs.find"),
            label_visibility="collapsed",
            width=240,
        )
        there = [state for state in _STATES if any(run.state == state for run in known)]
        with st.popover(_states_label(), icon=":material/filter_list:"):
            for state in there:
                st.checkbox(
                    say(f"train.{state}"),
                    state in address.value("state"),
                    key=f"runs_is_{state}_{language()}",
                    on_change=_take_state,
                    args=(state,),
                )
        with st.popover(say("runs.columns"), icon=":material/view_column:"):
            st.caption(say("runs.columns_help"))
            for column in table.columns_of(known, ()):
                if column != "name":
                    st.checkbox(
                        table.label(column),
                        column not in address.value("hide"),
                        key=f"runs_shows_{column}",
                        on_change=_take_column,
                        args=(column,),
                    )
        if any(run.archived for run in known):
            st.toggle(
                say("runs.archived"),
                **address.kept("archived"),
                help=say("runs.archived_help"),
            )
        found = table.matching(known, address.value("find") or "", address.value("state"), address.value("archived"))
        st.caption(say("runs.count", shown=f"{len(found):,}", all=f"{len(known):,}"), width="content")
        waiting.show(store, known)
        sweep_form.button()
        actions.undoing(store)  # in this row, so that nothing below it moves
    return found


def _states_label() -> str:
    wanted = address.value("state")
    return (
        say("runs.any_state")
        if not wanted
        else say("runs.comma").join(say(f"train.{state}") for state in wanted if state in _STATES)
    )


def _take_state(state: str) -> None:
    wanted = [other for other in address.value("state") if other != state]
    address.put(state=[*wanted, state] if st.session_state[f"runs_is_{state}_{language()}"] else wanted)


def _take_column(column: str) -> None:
    hidden = [other for other in address.value("hide") if other != column]
    address.put(hide=hidden if st.session_state[f"runs_shows_{column}"] else [*hidden, column])


def _chosen(known: Sequence[Run]) -> list[Run]:
    """The chosen runs, in the order in which they were; those that are gone are no longer chosen."""
    by_id = {run.id: run for run in known}
    wanted = list(dict.fromkeys(address.value("chosen")))
    address.put(chosen=[run_id for run_id in wanted if run_id in by_id])
    return [by_id[run_id] for run_id in wanted if run_id in by_id]


def _heading(chosen: Sequence[Run]) -> None:
    """What was chosen, and along which axes it is drawn."""
    title = as_text(chosen[0].name) if len(chosen) == 1 else say("runs.compared", runs=len(chosen))
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.subheader(title, anchor=False, width="content")
        with st.container(horizontal=True, vertical_alignment="center", gap="medium", width="content"):
            st.segmented_control(
                say("runs.over"),
                overlay.AXES,
                format_func=lambda axis: say(f"runs.over_{axis}"),
                **address.kept("over"),
                label_visibility="collapsed",
                help=say("runs.over"),
                required=True,
            )
            st.toggle(
                say("train.log_scale"),
                **address.kept("log"),
                help=say("train.log_scale_help"),
            )


def _ticking(store: Store, known: list[Run], columns: list[str], chosen: list[str], places: sweeps.Places):
    """What is drawn anew each second: texts of live rows, sweeps, curves and figures of the chosen runs. No widget."""
    shape, over, logarithmic = _shape(store, known), address.value("over"), address.value("log")

    def tick() -> None:
        with session.noticed():
            upkeep.purge(store)
            found = store.runs()
            lifecycle.refresh(store, found)
            if _shape(store, found) != shape:
                st.rerun()  # the table and the buttons stand outside of this fragment
            live = {run.id: table.shown(run, columns) for run in found if run.state in UNFINISHED}
            colours = {run_id: overlay.colour(place) for place, run_id in enumerate(chosen)}
            sweeps.tick(store, found, places)
            run_ticks(_TABLE, colours, live, "runs_ticks")
            by_id = {run.id: run for run in found}
            _curves(store, [by_id[run_id] for run_id in chosen], over, logarithmic)

    return tick


def _shape(store: Store, runs: Sequence[Run]) -> tuple:
    """What stands outside of the fragment depends on this."""
    told = [
        (run.id, run.state, run.name, run.note, run.archived, run.weights is not None if run.state in UNFINISHED else 0)
        for run in runs
    ]
    waits = any(run.state == "queued" for run in runs)
    return told, list(upkeep.deleted(store)), (queue.order(store), queue.held(store)) if waits else ()


def _curves(store: Store, chosen: Sequence[Run], over: str, logarithmic: bool) -> None:
    if not chosen:
        return
    with st.container(key="live"):  # the element's style sheet keeps what is in it from fading at each tick
        drawn = chosen[: overlay.MOST]
        if len(chosen) > 1:
            st.html(side_by_side.legend(drawn))
        if len(chosen) > len(drawn):
            st.caption(say("runs.most", most=overlay.MOST))
        moments = tuple(overlay.moment(run) for run in drawn)
        figures = overlay.messages(str(store.folder), moments, over, logarithmic, _words())
        with st.grid(2, min_column_width=420, gap="medium"):
            for number, message in enumerate(figures):
                live_plot(message, f"runs_curves_{number}")
        if landscape.worth_showing(chosen):
            _landscape(chosen)
        if len(chosen) > 1:
            side_by_side.figures(chosen)


def _landscape(chosen: Sequence[Run]) -> None:
    words = {name: say(f"runs.landscape_{name}") for name in ("accuracy", "parallel", "heat")}
    with st.grid(2, min_column_width=420, gap="medium"):
        for number, message in enumerate(landscape.messages(chosen, words)):
            live_plot(message, f"runs_landscape_{number}")
    st.caption(say("runs.landscape_notice"))


def _words() -> dict[str, str]:
    quantities = {name: say(f"runs.curve_{name}") for pair in overlay.PAIRS for name in pair}
    return {name: say(f"runs.{name}") for name in _WORDS} | run_marks.words() | quantities


page()
