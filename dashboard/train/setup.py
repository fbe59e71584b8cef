"""What to train: preset cards, every setting, what it will take, and the button that starts it."""

import math
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from typing import Any

import streamlit as st

from core.digits import data
from core.runs import lifecycle
from core.training.config import CHOICES, EXCLUSIVE, GROUPS, PRESETS, RANGES, TYPES, TrainConfig, preset, unchanged
from dashboard import estimate, readers, session, settings
from dashboard.formats import duration
from dashboard.outside import as_text
from dashboard.train import view
from dashboard.words import say

_MEASURING_SECONDS = 0.5


def show(busy: bool) -> None:
    """The whole section; `busy`: another run trains or waits, so that a new one joins the queue."""
    name = _cards()
    _follow_cell(name)
    _settings(name)
    config = None
    with session.held_place(), session.noticed():
        config = _config()
    card = data.describe()
    with st.container(gap="xsmall"):
        if config:
            _changes(config)
            _forecast(config, card.train_images, busy, name)
        _data_line(card)
        if config and config.hardest and card.source != "full":
            few, full = (f"{_steps(config, images):,}" for images in (card.train_images, data.TRAIN_IMAGES))
            st.caption(say("train.few_steps", steps=few, full=full))
    st.button(
        say("train.enqueue" if busy else "train.start"),
        key="start",
        type="primary",
        icon=":material/queue:" if busy else ":material/play_arrow:",
        help=say("train.enqueue_help" if busy else "train.start_help"),
        disabled=config is None,
        **session.click(_start, busy),
    )


def _steps(config: TrainConfig, images: int) -> int:
    return math.ceil(config.epochs * math.ceil((images - config.validation_images) / config.batch_size))


def _follow_cell(name: str) -> None:
    """Where another cell has been chosen: what the preset takes with it, in place of what it took before."""
    state, kept = st.session_state, settings.form_key(name, settings.CELL_BEFORE)
    before, now = preset(name, cell=state.get(kept)), _usual(name)
    for setting in settings.NAMES:
        field = settings.form_key(name, setting)
        if state.get(field) == getattr(before, setting) != getattr(now, setting):
            state[field] = getattr(now, setting)
    state[kept] = now.cell


def _usual(name: str) -> TrainConfig:
    """The preset as it is for the cell that is chosen."""
    return preset(name, cell=_value(name, "cell"))


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
    return preset(name, **{setting: _value(name, setting) for setting in settings.NAMES})


def _value(preset: str, setting: str) -> Any:
    """Of the widget, else as it was last; None: the preset's."""
    kept = st.session_state.get(settings.form_key(preset, setting))
    return st.session_state.get(settings.choice_key(preset, setting), kept)


def _changes(config: TrainConfig) -> None:
    """What differs from the preset, for the drawer may be closed; and how it is for this cell."""
    names = [name for name in settings.NAMES if name != "devices"]
    start, general = unchanged(config), PRESETS[config.preset]
    changed = [name for name in names if getattr(config, name) != getattr(start, name)]
    if changed:
        st.caption(say("train.changed", settings=_told(config, changed)))
    own = [name for name in names if name not in changed and getattr(start, name) != getattr(general, name)]
    if own:
        st.caption(say("train.of_cell", cell=config.cell.upper(), settings=_told(config, own)))


def _told(config: TrainConfig, names: Iterable[str]) -> str:
    return " · ".join(f"{settings.label(name)} {settings.spoken(name, getattr(config, name))}" for name in names)


def _start(busy: bool) -> str | None:
    """Reads the widgets again: a number typed just before the click is newer than the page that held the button."""
    run_id = lifecycle.enqueue(session.store(), _config())
    if not busy:
        return run_id
    session.leave_toast("train.enqueued")
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
    figures = {
        "epochs": f"{config.epochs:g}",
        "optimizer": settings.spoken("optimizer", config.optimizer),
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
    label, explained, key = say(f"train.set_{name}"), say(f"train.help_{name}"), settings.form_key(preset, name)
    if name in CHOICES:
        _choice(name, preset, label, explained, CHOICES[name], lambda value: settings.spoken(name, value))
        return
    if name == "start_from":
        _start_from(preset, label, explained)
        return
    usual = getattr(_usual(preset), name)
    value = st.session_state.setdefault(key, usual)
    kept: dict[str, Any] = {"key": key, "persist_state": "session"}
    if TYPES[name] is bool:
        st.toggle(label, help=explained, **kept)
        return
    low, high = RANGES[name]
    limits = "train.range_above" if name in EXCLUSIVE else "train.range"
    explained = f"{explained} {say(limits, low=f'{low:g}', high=f'{high:g}')}"
    kind, form = (int, "%d") if TYPES[name] is int else (float, "%g")
    step = kind(_nudge(name, usual))
    if value is not None and not isinstance(value, kind):  # what is set goes to the browser, over what is being typed
        st.session_state[key] = kind(value)
    st.number_input(label, value=None, step=step, format=form, help=explained, **kept)


def _start_from(preset: str, label: str, explained: str) -> None:
    """The readers that there are, and what a link or another run's settings name beside them."""
    known = readers.choices()
    kept = st.session_state.get(settings.form_key(preset, "start_from")) or ""
    options = list(dict.fromkeys(["", *known, kept]))

    def shown(name: str) -> str:
        return readers.title(name, known[name]) if name in known else settings.spoken("start_from", name)

    _choice("start_from", preset, label, explained, options, shown)


def _choice(
    name: str, preset: str, label: str, explained: str, options: Sequence[str], shown: Callable[[str], str]
) -> None:
    """Shows people's words and keeps the value itself: in another language the words are others."""
    key, kept = settings.choice_key(preset, name), settings.form_key(preset, name)
    before = st.session_state.get(kept) or getattr(PRESETS[preset], name)
    chosen = st.selectbox(
        label,
        options,
        options.index(before),
        format_func=shown,
        help=explained,
        key=key,
        persist_state="session",
    )
    st.session_state[kept] = chosen


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
    key = settings.form_key(preset, "devices")
    st.number_input(label, 1, devices, help=explained, key=key, persist_state="session", width=240)


def _await(coming: Future) -> None:
    st.markdown(f":material/timer: {say('train.estimating')}")
    if coming.done():
        st.rerun()


def _data_line(card: data.DataCard) -> None:
    figures = {"train": f"{card.train_images:,}", "test": f"{card.test_images:,}"}
    size = f"{card.size_mib:.0f}"
    st.caption(say(f"train.data_{card.source}", **figures, size=size, path=as_text(str(card.path))))
