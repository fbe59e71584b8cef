"""What to train: preset cards, every setting, what it will take, and the button that starts it."""

from concurrent.futures import Future
from typing import Any

import streamlit as st

from core.digits import data
from core.errors import RowByRowError
from core.runs import lifecycle
from core.training.config import CHOICES, EXCLUSIVE, GROUPS, PRESETS, RANGES, TYPES, TrainConfig
from dashboard import session
from dashboard.formats import duration
from dashboard.outside import as_text
from dashboard.train import estimate, view
from dashboard.words import say
from dashboard.words.core import translated

_MEASURING_SECONDS = 0.5


def show(busy: bool) -> None:
    """The whole section; `busy`: another run trains or waits, so that a new one joins the queue."""
    name = _cards()
    _settings(name)
    try:
        config = _config()
    except RowByRowError as error:
        st.error(as_text(translated(error.message)), icon=":material/error:")
        config = None
    card = data.describe()
    with st.container(gap="xsmall"):
        if config:
            _changes(config, PRESETS[name])
            _forecast(config, card.train_images, busy, name)
        _data_line(card)
    st.button(
        say("train.enqueue" if busy else "train.start"),
        key="start",
        type="primary",
        icon=":material/queue:" if busy else ":material/play_arrow:",
        help=say("train.enqueue_help" if busy else "train.start_help"),
        disabled=config is None,
        **session.click(_start, busy),
    )


def _settings(preset: str) -> None:
    """A drawer with everything, filled when it is opened: its widgets would double the page's time."""
    drawer = st.expander(say("train.all_settings"), icon=":material/tune:", key="all_settings", on_change="rerun")
    if drawer.open:
        with drawer:
            for group in GROUPS:
                _group(group, preset)


def _config() -> TrainConfig:
    """The widgets' values, or their last ones. Raises ConfigError. An emptied field means the preset's value."""
    name = st.session_state["preset"]
    settings = {setting: st.session_state.get(_key(name, setting)) for group in GROUPS.values() for setting in group}
    return PRESETS[name].with_(**settings)


def _changes(config: TrainConfig, preset: TrainConfig) -> None:
    """What differs from the preset, for the drawer may be closed."""
    names = [name for group in GROUPS.values() for name in group if name != "devices"]
    pairs = ((name, getattr(config, name), getattr(preset, name)) for name in names)
    changed = [f"{say(f'train.set_{name}')} {_short(value)}" for name, value, before in pairs if value != before]
    if changed:
        st.caption(say("train.changed", settings=" · ".join(changed)))


def _short(value: str | float) -> str:
    if isinstance(value, bool):
        return "✓" if value else "✗"
    return value if isinstance(value, str) else f"{value:g}"


def _key(preset: str, setting: str) -> str:
    """Holds the preset's name: choosing a preset sets all of its values."""
    return f"set_{preset}_{setting}"


def _start(busy: bool) -> str | None:
    """Reads the widgets again: a number typed just before the click is newer than the page that held the button."""
    run_id = lifecycle.enqueue(session.store(), _config())
    if not busy:
        return run_id
    session.leave_toast(say("train.enqueued"))
    return None


def _cards() -> str:
    """The presets side by side; returns the chosen one's name."""
    chosen = st.session_state.setdefault("preset", next(iter(PRESETS)))
    for column, (name, config) in zip(st.columns(len(PRESETS)), PRESETS.items(), strict=True):
        with column.container(border=True, height="stretch", gap="small"):
            st.markdown(f"**{say(f'train.preset_{name}')}**")
            with st.container(height="stretch"):
                st.markdown(say(f"train.preset_{name}_note"))
            st.caption(_line(config))
            st.button(
                say("train.chosen" if name == chosen else "train.choose"),
                key=f"preset_{name}",
                icon=":material/check:" if name == chosen else None,
                disabled=name == chosen,
                width="stretch",
                on_click=st.session_state.update,
                args=({"preset": name},),
            )
    return chosen


def _line(config: TrainConfig) -> str:
    optimizer = {"adam": "Adam", "adamw": "AdamW"}[config.optimizer]
    figures = {
        "epochs": f"{config.epochs:g}",
        "optimizer": optimizer,
        "lr": f"{config.lr:g}",
        "batch": config.batch_size,
    }
    return say("train.preset_line", **figures)


def _group(group: str, preset: str) -> None:
    st.markdown(f"**{say(f'train.group_{group}')}**")
    names = [setting for setting in GROUPS[group] if setting != "devices"]  # offered where there are several
    switches = [setting for setting in names if TYPES[setting] is bool]
    with st.grid(4, min_column_width=150):
        for setting in names:
            if setting not in switches:
                _setting(setting, preset)
    for setting in switches:  # whose labels a column of a phone would cut
        _setting(setting, preset)


def _setting(name: str, preset: str) -> None:
    """A widget for the setting.

    Ranges are checked by TrainConfig alone, so that the page refuses what the command line refuses, in its words.
    """
    value, label, explained = getattr(PRESETS[preset], name), say(f"train.set_{name}"), say(f"train.help_{name}")
    kept: dict[str, Any] = {"key": _key(preset, name), "persist_state": "session"}
    if name in CHOICES:
        st.selectbox(label, CHOICES[name], CHOICES[name].index(value), help=explained, **kept)
    elif TYPES[name] is bool:
        st.toggle(label, value, help=explained, **kept)
    else:
        low, high = RANGES[name]
        limits = "train.range_above" if name in EXCLUSIVE else "train.range"
        explained = f"{explained} {say(limits, low=f'{low:g}', high=f'{high:g}')}"
        kind, form = (int, "%d") if TYPES[name] is int else (float, "%g")
        step = kind(_nudge(name, value))
        st.number_input(label, value=kind(value), step=step, format=form, help=explained, **kept)


def _nudge(name: str, value: float) -> float:
    """What one press of plus or minus changes."""
    if TYPES[name] is int or name == "epochs":
        return 1
    return value / 10 if value else 0.01


def _forecast(config: TrainConfig, images: int, busy: bool, preset: str) -> None:
    """Time, device and precision: measured in the background, on this machine, with these settings."""
    coming = estimate.measured(config, images, begin=not busy)
    if coming is None:
        st.caption(say("train.estimate_busy"))
    elif not coming.done():
        st.fragment(_await, run_every=_MEASURING_SECONDS)(coming)
    else:
        with session.noticed():
            known = coming.result()
            speed = f"{known.images_per_second:,.0f}"
            st.markdown(say("train.estimate", time=duration(known.seconds), speed=speed))
            st.caption(view.machine(known))
            if known.devices > 1:
                _offer_devices(known.devices, preset)


def _offer_devices(devices: int, preset: str) -> None:
    """Offers to train on several devices, where this machine has them."""
    label, explained = say("train.set_devices", devices=devices), say("train.help_devices")
    key = _key(preset, "devices")
    st.number_input(label, 1, devices, help=explained, key=key, persist_state="session", width=240)


def _await(coming: Future) -> None:
    st.markdown(f":material/timer: {say('train.estimating')}")
    if coming.done():
        st.rerun()


def _data_line(card: data.DataCard) -> None:
    figures = {"train": f"{card.train_images:,}", "test": f"{card.test_images:,}"}
    size = f"{card.size_mib:.0f}"
    st.caption(say(f"train.data_{card.source}", **figures, size=size, path=as_text(str(card.path))))
