"""The queue: what waits, in the order in which it will start, each moved up or down or taken out."""

from collections.abc import Sequence

import streamlit as st

from core.runs import queue
from core.runs.run import Run
from core.runs.store import Store
from dashboard import session
from dashboard.outside import as_text
from dashboard.words import say

_MOST = 6
"""Rows: those that start next. A later one is chosen in the table and put first."""


def show(store: Store, known: Sequence[Run]) -> None:
    """A button that opens the list, where something waits."""
    runs = queue.waiting(store, known)
    if not runs:
        return
    with st.popover(say("sweeps.queue", runs=len(runs)), icon=":material/reorder:", key="runs_queue"):
        st.caption(say("sweeps.queue_help"))
        held = queue.held(store)
        for place, run in enumerate(runs[:_MOST]):
            with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key=f"waiting_{run.id}"):
                name = as_text(run.name) + (f" :material/pause: {say('sweeps.held')}" if run.sweep in held else "")
                st.markdown(f"{place + 1}. {name}", width="stretch")
                _button("sooner", "arrow_upward", place == 0, queue.shift, store, run.id, -1)
                _button("later", "arrow_downward", place == len(runs) - 1, queue.shift, store, run.id, 1)
                _button("leave", "close", False, queue.leave, store, run.id)
        if len(runs) > _MOST:
            st.caption(say("sweeps.queue_more", more=len(runs) - _MOST))


def _button(name: str, icon: str, disabled: bool, action, store: Store, run_id: str, *values) -> None:
    st.button(
        f":material/{icon}:",
        key=f"{name}_{run_id}",
        help=say(f"sweeps.{name}"),
        disabled=disabled,
        type="tertiary",
        **session.click(action, store, run_id, *values),
    )
