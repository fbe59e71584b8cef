"""The Learn page's settings, kept in the session while other pages are shown, and in the URL.

Each setting is a widget's key and, where it differs from its default, `?NAME=` in the URL.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import streamlit as st

from dashboard import samples
from dashboard.outside import parameter

_MADE = "learn_made"  # setting -> how often the page itself has changed it
_KEPT = "learn_kept"  # the settings while another page is shown: Streamlit drops the state of widgets that are not
ORDERS = ("drawn", "upwards", "shuffled", "blank", "waiting")
_UNITS = re.compile(r"[\d:,\s-]*")


@dataclass(frozen=True)
class Setting:
    default: Any
    read: Callable[[str], Any]
    """The value that a URL's text means. Raises ValueError."""
    write: Callable[[Any], str] = str


def one_of(*choices: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in choices:
            raise ValueError(text)
        return text

    return read


def whole(low: int, high: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not low <= int(text) <= high:
            raise ValueError(text)
        return int(text)

    return read


def rows(text: str) -> tuple[int, int]:
    first, last = (int(part) for part in text.split("-"))
    if not 1 <= first <= last <= 28:
        raise ValueError(text)
    return first, last


def units(text: str) -> str:
    if len(text) > 400 or not _UNITS.fullmatch(text):
        raise ValueError(text)
    return text


def a_name(text: str) -> str:
    if not re.fullmatch(r"[\w-]{1,40}", text):
        raise ValueError(text)
    return text


_FLAG = Setting(None, one_of("0", "1"))
_ROWS = Setting((1, 28), rows, lambda value: f"{value[0]}-{value[1]}")
SETTINGS = {
    "digit": Setting("7", samples.read, samples.write),
    "reader": Setting("lstm", a_name),
    "row": Setting(14, whole(1, 28)),
    "layer": Setting(1, whole(1, 4)),
    "unit": Setting(1, whole(1, 1024)),
    "start": Setting("run", one_of("run", "default")),
    "place1": Setting("rnn", a_name),
    "place2": Setting("gru", a_name),
    "place3": Setting("lstm", a_name),
    **dict.fromkeys("fiorz", _FLAG),
    "in": Setting(0, whole(0, 4)),
    "units": Setting("", units),
    "rows": _ROWS,
    "silent": Setting("", units),
    "order": Setting("drawn", one_of(*ORDERS)),
    "blank": Setting((15, 28), rows, _ROWS.write),
}
SURGERY = (*"fiorz", "in", "units", "rows", "silent", "order", "blank")
"""The settings of the surgery section."""


def key(name: str) -> str:
    """The key of the setting's widget, as it is now."""
    made = st.session_state.get(_MADE, {}).get(name, 0)
    return f"learn_{name}_{made}" if made else f"learn_{name}"


def value(name: str) -> Any:
    return st.session_state[key(name)]


def put(**values: Any) -> None:
    """Sets settings; from a callback or before their widgets are shown. `in_` stands for `in`.

    One that changes gets a new widget: with a click elsewhere the browser may just be sending the old one's value,
    and would undo the change.
    """
    made = st.session_state.setdefault(_MADE, {})
    for name, new in ((name.rstrip("_"), new) for name, new in values.items()):
        if key(name) in st.session_state and value(name) == new:
            continue
        st.session_state.pop(key(name), None)
        made[name] = made.get(name, 0) + 1
        st.session_state[key(name)] = new


def clear(names: tuple[str, ...]) -> None:
    """Puts settings back to their defaults."""
    put(**{name: SETTINGS[name].default for name in names})


def restore() -> None:
    """Before the first widget: each setting from the session, else from the URL, else its default."""
    kept = st.session_state.get(_KEPT)
    for name, setting in SETTINGS.items():
        if key(name) not in st.session_state:
            st.session_state[key(name)] = kept[name] if kept else _from_url(name, setting)
        else:
            st.session_state[key(name)] = st.session_state[key(name)]  # a key that is set outlives its widget


def _from_url(name: str, setting: Setting) -> Any:
    text = parameter(name)
    if not text:
        return setting.default
    try:
        return setting.read(text)
    except ValueError:
        return setting.default


def publish() -> None:
    """After the last widget of a page or fragment: the settings into the URL and the session's memory."""
    kept = {name: value(name) for name in SETTINGS}
    st.session_state[_KEPT] = kept
    wanted = {
        name: SETTINGS[name].write(set_to)
        for name, set_to in kept.items()
        if set_to not in (SETTINGS[name].default, None)
    }
    others = {name: text for name, text in st.query_params.to_dict().items() if name not in SETTINGS}
    if others | wanted != st.query_params.to_dict():
        st.query_params.from_dict(others | wanted)
