"""A page's settings: kept in the session while other pages are shown, and in the URL.

Each setting is a widget's key and, where it differs from its default, `?NAME=` in the URL.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from dashboard.outside import parameter
from dashboard.words import language

_SPOKEN = "spoken"  # key -> the language and word of what its widget was set to


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


def a_name(text: str) -> str:
    """A reader's: `NAME` or `NAME@STEP`."""
    if not re.fullmatch(r"[\w-]{1,40}(@\d{1,12})?", text):
        raise ValueError(text)
    return text


def set_to(key: str, value: Any, word: str = "") -> None:
    """Before a widget is shown: what it shows; and the word that it has for it, where that may change.

    What is set goes to the browser, over what a person may be choosing there meanwhile; so nothing is set that is
    already so, unless its word is another one, as in another language: the browser sends the word that was chosen.
    """
    spoken, words = st.session_state.setdefault(_SPOKEN, {}), (language(), word)
    if key not in st.session_state or st.session_state[key] != value or spoken.get(key) != words:
        st.session_state[key] = value
    spoken[key] = words


class Settings:
    """The settings of one page, whose name begins their keys in the session."""

    def __init__(self, page: str, settings: Mapping[str, Setting]):
        self._page, self._settings = page, settings
        self._made = f"{page}_made"  # setting -> how often the page itself has changed it

    def key(self, name: str) -> str:
        """The key of the setting's widget, as it is now."""
        return self._key(name, st.session_state.get(self._made, {}).get(name, 0))

    def kept(self, name: str) -> dict[str, Any]:
        """Arguments of the setting's widget: its key, and that it keeps its value while it is not shown."""
        return {"key": self.key(name), "persist_state": "session"}

    def _key(self, name: str, made: int) -> str:
        return f"{self._page}_{name}_{made}" if made else f"{self._page}_{name}"

    def value(self, name: str) -> Any:
        return st.session_state[self.key(name)]

    def put(self, **values: Any) -> None:
        """Sets settings; from a callback or before their widgets are shown. `in_` stands for `in`.

        One that changes gets a new widget: with a click elsewhere the browser may just be sending the old one's
        value, and would undo the change.
        """
        made = st.session_state.setdefault(self._made, {})
        for name, new in ((name.rstrip("_"), new) for name, new in values.items()):
            before = self.key(name)
            if before in st.session_state and st.session_state[before] == new:
                continue
            times = made.get(name, 0) + 1
            st.session_state[self._key(name, times)] = new  # Streamlit may interrupt here, and nothing is changed
            made[name] = times
            st.session_state.pop(before, None)

    def clear(self, names: tuple[str, ...]) -> None:
        """Puts settings back to their defaults."""
        self.put(**{name: self._settings[name].default for name in names})

    def restore(self) -> None:
        """Before the first widget: each setting from the session, else from the URL, else its default."""
        for name, setting in self._settings.items():
            key = self.key(name)
            set_to(key, st.session_state[key] if key in st.session_state else _from_url(name, setting))

    def publish(self) -> None:
        """After the last widget of a page or fragment: the settings into the URL."""
        now = {name: self.value(name) for name in self._settings}
        asked = st.query_params.to_dict()
        written = {name: self._settings[name].write(value) for name, value in now.items() if value is not None}
        # A link may say a default: to take that out would add a step to the browser's history.
        wanted = {
            name: text
            for name, text in written.items()
            if now[name] != self._settings[name].default or asked.get(name) == text
        }
        others = {name: text for name, text in asked.items() if name not in self._settings}
        if others | wanted != asked:
            st.query_params.from_dict(others | wanted)


def _from_url(name: str, setting: Setting) -> Any:
    text = parameter(name)
    if not text:
        return setting.default
    try:
        return setting.read(text)
    except ValueError:
        return setting.default
