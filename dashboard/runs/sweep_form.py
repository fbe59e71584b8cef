"""The form of a new sweep: which settings take which values; how many runs that makes and how long they take."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any

import streamlit as st

from core.digits import data
from core.errors import RowByRowError
from core.runs import estimate as core_estimate
from core.runs import forecast, sweeps, values
from core.runs.estimate import Estimate, kind_of
from core.runs.store import Store
from core.runs.sweeps import Plan
from core.training.config import CELLS, CHOICES, PRESETS, TYPES, TrainConfig, preset
from dashboard import estimate, session, settings
from dashboard.formats import duration
from dashboard.outside import as_text
from dashboard.words import language, say
from dashboard.words.core import translated

_OPEN = "sweep_open"
_FIRST = {"setting_0": "lr", "values_0": "1e-3, 3e-3, 1e-2", "preset": "fast"}
"""What the form begins with."""
_MEASURING_SECONDS = 0.5
_MOST_TOLD = 6


def button() -> None:
    """Opens the form, or closes it."""
    opened = st.session_state.get(_OPEN, False)
    st.button(
        say("sweeps.close" if opened else "sweeps.new"),
        key="sweep_new",
        icon=":material/close:" if opened else ":material/grid_on:",
        help=say("sweeps.close_help" if opened else "sweeps.new_help"),
        type="tertiary",
        on_click=st.session_state.update,
        args=({_OPEN: not opened},),
    )


def show(store: Store, busy: bool) -> None:
    """The form, where it is open. busy: a run trains or waits, so that speeds cannot be measured now."""
    if not st.session_state.get(_OPEN, False):
        return
    with st.container(border=True, gap="small", key="sweep_form"):
        st.markdown(f"**{say('sweeps.new')}** · {say('sweeps.lead')}")
        said = [_row(place) for place in range(sweeps.MOST_SETTINGS)]
        with st.container(horizontal=True, gap="small", key="sweep_rest"):
            _rest()
        planned, why = _planned() if all(said) else (None, say("sweeps.refused"))
        with st.container(horizontal=True, vertical_alignment="center", gap="medium", key="sweep_start_row"):
            st.button(
                say("sweeps.start"),
                key="sweep_start",
                type="primary",
                icon=":material/play_arrow:",
                help=say("sweeps.start_help"),
                disabled=planned is None,
                **session.click(_start, store),
            )
            with st.container(width="stretch"), session.noticed():
                if planned:
                    _forecast(store, planned, busy)
                else:
                    st.markdown(why)


def _planned() -> tuple[Plan | None, str]:
    """The sweep as the form has it, else why there is none, as Markdown."""
    try:
        return _plan(), say("sweeps.nothing")
    except RowByRowError as error:
        return None, f":material/error: {as_text(translated(error.message))}"


def _row(place: int) -> bool:
    """A setting, its values, and beside them what they are or why they are refused. Returns whether they are good."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"sweep_row_{place}"):
        name = _choice(f"setting_{place}", say("sweeps.setting"), values.SWEPT, settings.label, 230, optional=True)
        text = st.text_input(
            say("sweeps.values"),
            **_kept(f"values_{place}"),
            placeholder=_example(name) if name else say("sweeps.values_none"),
            label_visibility="collapsed",
            max_chars=values.LONGEST,
            disabled=name is None,
            width=300,
        )
        try:
            told, good = _told(name, text or ""), True
        except RowByRowError as error:
            told, good = f":material/error: {as_text(translated(error.message))}", False
        with st.container(width="stretch", key=f"sweep_said_{place}"):
            st.markdown(told)
    return good


def _told(name: str | None, text: str) -> str:
    """What a row means, as Markdown. Raises ConfigError."""
    if name is None:
        return ""
    if not text.strip():
        return say("sweeps.write_values")
    found = values.parsed(name, text)
    shown = [settings.spoken(name, value) for value in found[:_MOST_TOLD]]
    listed = as_text(say("sweeps.comma").join([*shown, *(["…"] if len(found) > _MOST_TOLD else [])]))
    return say("sweeps.one_value" if len(found) == 1 else "sweeps.listed", count=len(found), values=listed)


def _example(name: str) -> str:
    """Values that this setting may have."""
    if name in CHOICES:
        return ", ".join(CHOICES[name])
    if TYPES[name] is bool:
        return "on, off"
    value = getattr(PRESETS[_preset()], name)
    if TYPES[name] is int:
        return f"{max(1, value // 2)}, {value}, {2 * value}" if value else "0, 1000"
    return f"{value / 2:g}, {value:g}" if value else "0, 0.1"


def _rest() -> None:
    """What holds for all runs."""
    _choice("preset", say("sweeps.preset"), tuple(PRESETS), lambda name: settings.spoken("preset", name), 160)
    usual = " · ".join(_usual_epochs(_preset()))
    _number("epochs", None, {"min_value": None}, placeholder=usual, format="%g", step=1.0)
    _number("seeds", 1, {"min_value": 1, "max_value": sweeps.MOST_SEEDS})
    if sweeps.most_at_once() > 1:
        _number("at_once", 1, {"min_value": 1, "max_value": sweeps.most_at_once()})


def _usual_epochs(name: str) -> list[str]:
    """The preset's, and those of a cell with which it has its own: 0.4, RNN 0.75."""
    of_cells = {cell: preset(name, cell=cell).epochs for cell in CELLS}
    own = [f"{cell.upper()} {epochs:g}" for cell, epochs in of_cells.items() if epochs != PRESETS[name].epochs]
    return [f"{PRESETS[name].epochs:g}", *own]


def _number(name: str, default: int | None, limits: dict[str, Any], **options: Any) -> None:
    st.session_state.setdefault(f"sweep_{name}", default)
    label, explained = say(f"sweeps.{name}"), say(f"sweeps.{name}_help")
    st.number_input(label, value=None, help=explained, width=160, **limits, **_kept(name), **options)


def _kept(name: str) -> dict[str, Any]:
    """A widget that keeps what was set while the form is closed or another page is shown."""
    st.session_state.setdefault(f"sweep_{name}", _FIRST.get(name))
    return {"key": f"sweep_{name}", "persist_state": "session"}


def _choice(
    name: str, label: str, options: Sequence[str], spoken: Callable[[str], str], width: int, optional: bool = False
) -> str | None:
    """Keeps the value itself: in another language the words that the widget sends back are others."""
    kept = f"sweep_{name}"
    before = st.session_state.setdefault(kept, _FIRST.get(name))
    st.session_state[kept] = st.selectbox(
        label,
        options,
        index=options.index(before) if before in options else None,
        format_func=spoken,
        placeholder=say("sweeps.setting_none") if optional else "",
        key=f"{kept}_{language()}",
        persist_state="session",
        label_visibility="collapsed" if optional else "visible",
        help=None if optional else say(f"sweeps.{name}_help"),
        width=width,
    )
    return st.session_state[kept]


def _preset() -> str:
    return (
        st.session_state.get(f"sweep_preset_{language()}") or st.session_state.get("sweep_preset") or _FIRST["preset"]
    )


def _plan() -> Plan | None:
    """Of the widgets as they are now; None where no setting has values yet. Raises ConfigError."""
    state = st.session_state
    rows = [
        (state.get(f"sweep_setting_{place}_{language()}"), state.get(f"sweep_values_{place}") or "")
        for place in range(sweeps.MOST_SETTINGS)
    ]
    wanted = [f"{name}={text}" for name, text in rows if name and text.strip()]
    seeds, at_once = state.get("sweep_seeds") or 1, state.get("sweep_at_once") or 1
    if not wanted and seeds == 1:
        return None
    if not wanted:  # the preset again and again
        wanted = [f"seed=0 .. {seeds - 1} x {seeds}"]
        seeds = 1
    return sweeps.plan(_preset(), wanted, seeds, at_once, epochs=state.get("sweep_epochs"))


def _start(store: Store) -> None:
    """Reads the widgets again: what was typed just before the click is newer than the page that held the button."""
    planned = _plan()
    if planned:
        st.session_state[_OPEN] = False
        sweeps.begin(store, planned)
        session.leave_toast("sweeps.started", runs=len(planned.configs))


def _forecast(store: Store, planned: Plan, busy: bool) -> None:
    """How many runs and how long, from steps of each kind of network that were timed on this machine."""
    card, runs = data.describe(), len(planned.configs)
    kinds = forecast.kinds(planned.configs, planned.at_once)
    speeds, coming = _speeds(store, kinds, card.train_images, planned.at_once, busy)
    if len(speeds) == len(kinds):
        told = {kind_of(config, planned.at_once): speed for config, speed in speeds.items()}
        each = [forecast.seconds_of(one, told[kind_of(one, planned.at_once)], card) for one in planned.configs]
        time = duration(forecast.together(each, planned.at_once))
        how = "one_by_one" if planned.at_once == 1 else "several"
        st.markdown(say(f"sweeps.{how}", runs=runs, time=time, at_once=planned.at_once))
    elif coming is None:
        st.markdown(say("sweeps.unknown", runs=runs))
    else:
        said = say("sweeps.measuring", runs=runs, done=len(speeds), kinds=len(kinds))
        st.fragment(_await, run_every=_MEASURING_SECONDS)(coming, said)


def _speeds(
    store: Store, kinds: Sequence[TrainConfig], images: int, at_once: int, busy: bool
) -> tuple[dict[TrainConfig, Estimate], Future | None]:
    """What is known by now, and the measurement that is waited for, None where none may begin."""
    found = core_estimate.known(store, kinds, images, at_once)
    for config in kinds:
        if config not in found:
            coming = estimate.measured(config, images, begin=not busy, at_once=at_once)
            if coming is None or not coming.done() or coming.cancelled():
                return found, coming
            found[config] = coming.result()
    return found, None


def _await(coming: Future, said: str) -> None:
    st.markdown(f":material/timer: {said}")
    if coming.done():
        st.rerun()
