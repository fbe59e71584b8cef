"""A run's settings for people: their names and values in words, and the form of the Train page that holds them."""

import math
from typing import Any

import streamlit as st

from core.training.config import GROUPS, TEXTS, TYPES, TrainConfig
from dashboard.words import LANGUAGES, language, say, texts

NAMES = tuple(name for group in GROUPS.values() for name in group)
OFF_AT_ZERO = (
    "weight_decay",
    "clip",
    "hardest",
    "pen_digits",
    "own_digits",
    "averaging",
    "label_smoothing",
    "validation_images",
    "target_accuracy",
)
CELL_BEFORE = "cell_before"
"""Beside the settings in the form: the cell for which its fields were filled."""
_PIXEL_DEVIATION = 0.3081
"""Of MNIST: an input scale is often its inverse."""


def label(name: str) -> str:
    if name == "preset":
        return say("train.preset")
    return say("settings.devices") if name == "devices" else say(f"train.set_{name}")


def spoken(name: str, value: Any) -> str:
    """The value in people's words: `one cycle`, `AdamW`, `1/0.3081`, `off`."""
    if isinstance(value, bool):
        return say("settings.on" if value else "settings.off")
    if name == "preset":
        return say(f"train.preset_{value}")
    if name in TEXTS:
        return value or say("settings.none")
    if isinstance(value, str):
        return say(f"settings.{name}_{value}") if f"settings.{name}_{value}" in texts() else value
    if name == "input_scale" and math.isclose(value, 1 / _PIXEL_DEVIATION):
        return f"1/{_PIXEL_DEVIATION}"
    if name in OFF_AT_ZERO and value == 0:
        return say("settings.off")
    return f"{value:,}" if TYPES[name] is int and name != "seed" else f"{value:g}"


def form_key(preset: str, name: str) -> str:
    """Holds the preset's name: choosing a preset sets all of its values."""
    return f"set_{preset}_{name}"


def choice_key(preset: str, name: str) -> str:
    """Of a widget that sends back the word that was chosen: in another language it is another one."""
    return f"{form_key(preset, name)}_{language()}"


def fill_form(config: TrainConfig) -> None:
    """The Train page's form with these settings, to be changed; in a callback, or on another page."""
    st.session_state["preset"] = config.preset
    for name in NAMES:
        key = form_key(config.preset, name)
        for other in LANGUAGES:
            st.session_state.pop(f"{key}_{other}", None)
        st.session_state[key] = getattr(config, name)
    st.session_state[form_key(config.preset, CELL_BEFORE)] = config.cell
