"""What a person has set on the Runs page, in the session while other pages are shown, and in the URL."""

from typing import Any

import streamlit as st

from dashboard.outside import parameter

DEFAULTS: dict[str, Any] = {
    "find": "",
    "state": [],
    "hide": [],
    "archived": False,
    "sort": "-created",
    "chosen": [],
    "over": "step",
    "log": False,
    "every": False,
}
"""find, state, archived: which runs; hide: columns; sort: a column, a minus in front: the greatest first; chosen: ids;
over, log: the charts' axes; every: all settings, also those that are the same."""
_KEPT = "runs_kept"
_TYPED = ("find",)  # what is set is also sent to the browser, over what is being typed there meanwhile


def key(name: str) -> str:
    """Of the widget, and of the session's state."""
    return f"runs_{name}"


def value(name: str) -> Any:
    return st.session_state[key(name)]


def put(name: str, new: Any) -> None:
    """From a callback, or before its widget is shown."""
    st.session_state[key(name)] = new


def restore() -> None:
    """Before the first widget: each from the session, else from the URL, else as it is at first."""
    kept = st.session_state.get(_KEPT)
    for name, default in DEFAULTS.items():
        if key(name) not in st.session_state:
            put(name, kept[name] if kept and "chosen" not in st.query_params else _from_url(name, default))
        elif name not in _TYPED:
            put(name, value(name))  # what is set outlives its widget


def _from_url(name: str, default: Any) -> Any:
    text = parameter(name)
    if not text:
        return default
    if isinstance(default, bool):
        return text == "1"
    return [part for part in text.split(",") if part] if isinstance(default, list) else text


def publish() -> None:
    """After the last widget: what is not as at first into the URL, everything into the session's memory."""
    kept = {name: value(name) for name in DEFAULTS}
    st.session_state[_KEPT] = kept
    wanted = {name: _text(now) for name, now in kept.items() if now != DEFAULTS[name] and now is not None}
    others = {name: text for name, text in st.query_params.to_dict().items() if name not in DEFAULTS}
    if others | wanted != st.query_params.to_dict():
        st.query_params.from_dict(others | wanted)


def _text(now: Any) -> str:
    return "1" if now is True else ",".join(now) if isinstance(now, list) else str(now)
