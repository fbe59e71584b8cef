"""The learning curves of a run as the live plot's message, made once for all sessions that watch."""

import streamlit as st

from core.runs import shipped
from core.runs.diagnosis import Finding, diagnose
from core.runs.run import Run
from core.runs.store import History
from dashboard import session
from dashboard.components.live_plot import PlotMessage, message_of
from dashboard.train.figures import learning_curves, steering_curves

MOST = 2
"""Findings at once: more would bury what comes first."""


@st.cache_data(max_entries=4, show_spinner=False)
def shipped_history() -> History:
    return shipped.shipped()


@st.cache_data(max_entries=4, show_spinner=False)
def shipped_continued() -> list[Run]:
    return shipped.continued()


def moment(run: Run, epochs: int) -> str:
    """All that a run's picture depends on, which is the cache's key: a test's figures come after the last step.

    A text: to hash thirty settings one by one at every tick of every session takes longer than all else that is kept.
    """
    facts = run.facts
    told = (facts.step, facts.steps, epochs, facts.test_loss, facts.test_accuracy, facts.lr_set)
    return repr((run.config, run.state, told))


@st.cache_data(max_entries=32, show_spinner=False)
def curves_message(folder: str, run_id: str, now: str, logarithmic: bool, words: dict) -> PlotMessage:
    """The message for a run at the `moment` now in these words; `run_id` may be session.SHIPPED."""
    found = findings(folder, run_id, now)
    return message_of(learning_curves(_history(folder, run_id, now), words, logarithmic, found))


@st.cache_data(max_entries=32, show_spinner=False)
def steering_message(folder: str, run_id: str, now: str, words: dict) -> PlotMessage:
    """The same for learning rate and gradient norm."""
    found = findings(folder, run_id, now)
    return message_of(steering_curves(_history(folder, run_id, now), words, found))


@st.cache_resource(max_entries=32, show_spinner=False)
def findings(folder: str, run_id: str, now: str) -> list[Finding]:
    """What is wrong with the run at this moment, the MOST important of it; nothing with the shipped reader's."""
    return [] if run_id == session.SHIPPED else diagnose(_history(folder, run_id, now))[:MOST]


@st.cache_resource(max_entries=4, show_spinner=False)
def _history(folder: str, run_id: str, now: str) -> History:
    """Read once for all that is made of it."""
    return shipped_history() if run_id == session.SHIPPED else session.store_of(folder).history(run_id)
