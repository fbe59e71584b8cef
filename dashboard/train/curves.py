"""The learning curves of a run as the live plot's message, made once for all sessions that watch."""

import streamlit as st

from core.runs import shipped
from core.runs.store import History
from dashboard import session
from dashboard.components.live_plot import message_of
from dashboard.train.figures import learning_curves


@st.cache_data(max_entries=4, show_spinner=False)
def shipped_history() -> History:
    return shipped.shipped()


@st.cache_data(max_entries=32, show_spinner=False)
def curves_message(folder: str, run_id: str, step: int, tested: int, logarithmic: bool, words: dict) -> bytes:
    """The message for a run at this step in these words; `run_id` may be session.SHIPPED.

    `tested`, how many epochs have been tested, is there for the cache: a test adds points to the last step.
    """
    shown = shipped_history() if run_id == session.SHIPPED else session.store_of(folder).history(run_id)
    return message_of(learning_curves(shown, words, logarithmic))
