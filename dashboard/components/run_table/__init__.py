"""A table of runs of any length: sorted and scrolled in the browser, runs chosen in it by their ids."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from dashboard.components import component

_table = component("run_table", html='<div class="run-table tokens"></div>')
_ticks = component("run_ticks", html="<i hidden></i>")


def run_table(message: bytes, key: str, on_choose: Callable[[list[str]], None], on_sort: Callable[[str], None]) -> None:
    """Shows `message`, JSON: columns (key, label, help, width, align), rows (id, shown, order, live), words, sort.

    shown: a text for each column; order: what it is sorted by, a number, a text or null, which comes last. sort: a
    column's key, with a minus in front where the greatest comes first. Runs that the person chooses are given to
    `on_choose`, an order to `on_sort`, each as in a callback: before the next run.
    """
    _table(
        data=message,
        key=key,
        on_chosen_change=lambda: on_choose(list((_state(key).get("chosen") or {}).get("ids", []))),
        on_sort_change=lambda: on_sort(str(_state(key).get("sort") or "")),
    )


def run_ticks(table: str, chosen: dict[str, str], rows: dict[str, list[str]], key: str) -> None:
    """What changes while the table `table` stands: the chosen runs, each with its colour, and texts of live rows.

    Sent apart from the table, so that a tick costs the same however many runs there are.
    """
    moment = (_state(table).get("chosen") or {}).get("moment")  # tells the table which of its choices this follows
    _ticks(data={"chosen": chosen, "rows": rows, "moment": moment}, key=key, height=1)


def _state(key: str) -> dict[str, Any]:
    return st.session_state.get(key, {})
