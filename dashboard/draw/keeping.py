"""The right answer of what was drawn: pressing it keeps the drawing among the person's own digits."""

import streamlit as st

from core.runs.drawings import Drawings, record_of
from dashboard import session
from dashboard.draw.digit import Digit
from dashboard.words import say

_KEY = "draw_meant"


def show(digit: Digit) -> None:
    """For a drawing of the person's own; a sample and an MNIST image have their answer."""
    if digit.record is None:
        return
    with session.noticed(), st.container(horizontal=True, vertical_alignment="center", gap="small", key="draw_keeping"):
        kept = Drawings(session.store())
        record = digit.record
        key = f"{_KEY}_{record_of(record, 0)['id']}"
        known = kept.digit_of(record_of(record, 0)["id"])
        if key not in st.session_state:
            st.session_state[key] = known
        st.markdown(f"**{say('draw.meant')}**", width="content")
        st.segmented_control(
            say("draw.meant"),
            range(10),
            key=key,
            help=say("draw.meant_help"),
            label_visibility="collapsed",
            width="content",
            on_change=_keep,
            args=(key, record),
        )
        st.caption(say("draw.meant_ask") if known is None else say("draw.meant_kept", digit=known), width="content")


def _keep(key: str, record: dict) -> None:
    """The digit that was pressed; pressed again, the drawing is no longer kept."""
    chosen = st.session_state[key]
    session.attempt(_change, record, chosen)


def _change(record: dict, chosen: int | None) -> None:
    kept = Drawings(session.store())
    if chosen is None:
        kept.remove([record_of(record, 0)["id"]])
    else:
        kept.keep(record, chosen)
