"""Sweeps as wholes: how far each is and how long it still takes; paused, taken up, stopped; its best run drawn with."""

from collections.abc import Sequence
from html import escape
from typing import Literal

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.digits import data
from core.runs import forecast, sweeps
from core.runs.run import ACTIVE, UNFINISHED, Run
from core.runs.store import Store
from core.runs.sweeps import Standing, figure_of
from dashboard import session, settings
from dashboard.formats import duration, percent
from dashboard.outside import as_text
from dashboard.runs import address
from dashboard.words import say

_MOST = 3
"""Sweeps that are shown: what is below them is to be seen, too."""
Places = dict[str, DeltaGenerator]
"""Sweep -> where its line stands."""


def show(store: Store, known: Sequence[Run], chosen: Sequence[str]) -> Places:
    """A line and buttons for each sweep in hand."""
    places = {}
    for sweep in in_hand(sweeps.standing(store, known), known, chosen):
        with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"sweep_of_{sweep.sweep}"):
            with st.container(width="stretch", key=f"sweep_line_{sweep.sweep}"):
                places[sweep.sweep] = st.empty()
            _buttons(store, sweep)
    tick(store, known, places)
    return places


def in_hand(found: Sequence[Standing], known: Sequence[Run], chosen: Sequence[str]) -> list[Standing]:
    """Those that are still to train, the last one until something else is started, and the one of the chosen runs."""
    latest = known[0].sweep if known and not known[0].archived else ""
    of_chosen = {run.sweep for run in known if run.id in set(chosen)}
    wanted = {latest} | (of_chosen if len(of_chosen) == 1 else set())
    return sorted((one for one in found if one.live or one.sweep in wanted), key=lambda one: not one.live)[:_MOST]


def tick(store: Store, known: Sequence[Run], places: Places) -> None:
    """Writes the lines anew; no widget in them."""
    if places:
        for sweep in sweeps.standing(store, known):
            if sweep.sweep in places:
                places[sweep.sweep].html(line(store, sweep, known))


def line(store: Store, sweep: Standing, known: Sequence[Run]) -> str:
    """What is swept, how far it is, how long it still takes and what came of it, as HTML."""
    done = sum(1.0 if run.state not in UNFINISHED else _share(run) for run in sweep.runs) / len(sweep.runs)
    others = {state: count for state, count in sweep.counts.items() if state != "finished"}
    best, how = sweep.best, "best" if sweep.live else "best_of_all"
    parts = [
        say("sweeps.of", done=sweep.counts.get("finished", 0), runs=len(sweep.runs)),
        *(say(f"sweeps.count_{state}", count=count) for state, count in others.items()),
        *_time(store, sweep, known),
        *([say(f"sweeps.{how}", name=best.name, accuracy=percent(figure_of(best)))] if best else []),
    ]
    bar = (
        f'<i class="bar" role="progressbar" aria-label="{escape(say("sweeps.progress"))}" aria-valuemin="0" '
        f'aria-valuemax="100" aria-valuenow="{100 * done:.0f}"><i style="width: {100 * done:.1f}%"></i></i>'
    )
    rest = "".join(f"<span>{escape(part)}</span>" for part in parts)
    return f'<div class="sweep-line"><b>{escape(title(sweep))}</b>{bar}{rest}</div>'


def title(sweep: Standing) -> str:
    """The settings that it varies, and how many seeds."""
    names = [settings.label(name) for name in sweeps.settings_of(sweep.runs)]
    seeds = len({run.config.seed for run in sweep.runs})
    varied = [*names, *([say("sweeps.seeds_of", seeds=seeds)] if seeds > 1 else [])]
    return say("sweeps.title", varied=" × ".join(varied)) if varied else say("sweeps.title_alone")


def _share(run: Run) -> float:
    return run.facts.step / run.facts.steps if run.facts.steps else 0.0


def _time(store: Store, sweep: Standing, known: Sequence[Run]) -> list[str]:
    if sweep.held:
        return [say("sweeps.held")]
    if not sweep.live:
        return []
    left = forecast.remaining(store, sweep.runs, data.describe(sweep.runs[0].data), sweep.at_once, known)
    return [] if left is None else [say("sweeps.left", time=duration(left))]


def _buttons(store: Store, sweep: Standing) -> None:
    states, best = sweep.counts, sweep.best
    if best:
        explained = say("sweeps.draw_help", name=as_text(best.name), accuracy=percent(figure_of(best)))
        if _button(sweep, "draw", "draw", explained):
            session.want_reader(best.id)
            session.go_to("draw")
    _button(sweep, "compare", "stacked_line_chart", say("sweeps.compare_help"), _compare, sweep)
    if sweep.held or any(states.get(state) for state in ("paused", "stopped", "lost")):
        _button(sweep, "go_on", "play_arrow", say("sweeps.go_on_help"), sweeps.take_up, store, sweep.sweep)
    if sweep.live and not sweep.held:
        _button(sweep, "pause", "pause", say("sweeps.pause_help"), sweeps.pause, store, sweep.sweep)
    if sweep.live:
        with st.popover(say("sweeps.stop"), icon=":material/stop:", type="tertiary", key=f"sweep_stop_{sweep.sweep}"):
            active = sum(states.get(state, 0) for state in ACTIVE)
            st.markdown(say("sweeps.stop_ask", active=active, waiting=states.get("queued", 0)))
            _button(sweep, "stop_now", "stop", None, sweeps.stop, store, sweep.sweep, kind="primary")


def _button(
    sweep: Standing,
    name: str,
    icon: str,
    explained: str | None,
    *action,
    kind: Literal["primary", "tertiary"] = "tertiary",
) -> bool:
    return st.button(
        say(f"sweeps.{name}"),
        key=f"sweep_{name}_{sweep.sweep}",
        icon=f":material/{icon}:",
        help=explained,
        type=kind,
        **(session.click(*action) if action else {}),
    )


def _compare(sweep: Standing) -> None:
    """Chooses all of its runs, the best first in the table: that is where its pictures stand."""
    best_first = [run.id for run in sweeps.ranked(sweep.runs) if not run.archived]
    address.put(chosen=best_first, sort="-test_accuracy")
