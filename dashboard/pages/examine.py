"""Examine: what a reader gets wrong, what its states mean, and where one's own digit goes among 10,000 others."""

import streamlit as st

from dashboard import session
from dashboard.components.live_plot import expect_live_plot
from dashboard.examine import good, mine, mistakes, projection, similar, state, subject, when
from dashboard.words import say

VIEWS = {
    "good": good.show,
    "mistakes": mistakes.show,
    "when": when.show,
    "map": projection.show,
    "similar": similar.show,
    "mine": mine.show,
}


def _view() -> str:
    chosen = st.segmented_control(
        say("examine.view"),
        VIEWS,
        format_func=lambda name: say(f"examine.view_{name}"),
        **state.kept("view"),
        help=say("examine.view_help"),
        label_visibility="collapsed",
        required=True,
    )
    return chosen or "good"


@st.fragment
def desk(view: str, subjects: list[subject.Subject], own: subject.Own) -> None:
    """A view: what is chosen in it runs neither the front door nor the choice of readers."""
    with session.noticed():
        VIEWS[view](subjects, own)
        state.publish()


state.restore()
with st.container(key="examine_page", gap="xsmall"):
    session.unseen_title(say("examine.title"))
    with session.noticed():
        chosen = subject.choose()
        view = _view()
        if chosen is not None:
            desk(view, *chosen)
        state.publish()
expect_live_plot("examine_expected")
