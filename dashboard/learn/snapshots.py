"""The slider through the snapshots that runs have kept of their training, for the figure of the gradients."""

from pathlib import Path

import streamlit as st

from core.reading.readers import Reader
from dashboard import readers
from dashboard.learn import state
from dashboard.notice import listed
from dashboard.outside import as_text
from dashboard.words import say

_AFTER = "after"


def chosen_step(names: list[str]) -> int | None:
    """How many steps of training the figure is to show; None: all of them."""
    kept = {name: readers.earlier(name) for name in names}
    steps = sorted({step for snapshots in kept.values() for step in snapshots})
    if not steps:
        st.caption(say("learn.no_snapshots"))
        return None
    options = [*map(str, steps), _AFTER]
    if state.value("point") not in options:
        state.put(point=_AFTER)
    st.select_slider(
        say("learn.point"),
        options,
        format_func=_shown,
        **state.kept("point"),
        help=say("learn.point_help"),
    )
    without = [as_text(readers.title(name, readers.path_of(name))) for name, found in kept.items() if not found]
    if without and state.value("point") != _AFTER:
        st.caption(say("learn.without_snapshots", names=listed(without)))
    return None if state.value("point") == _AFTER else int(state.value("point"))


def _shown(point: str) -> str:
    return say("learn.point_after") if point == _AFTER else say("learn.point_step", step=f"{int(point):,}")


def then(name: str, path: Path, step: int | None) -> Reader | None:
    """The reader as it was after so many steps, by its newest snapshot until then; None where there is none."""
    if step is None:
        return readers.load(path)
    earlier = readers.earlier(name)
    known = [kept for kept in earlier if kept <= step]
    return readers.load(earlier[max(known)]) if known else None
