"""How long a run would take: measured in the background, with its own settings on this machine."""

from concurrent.futures import Future

import streamlit as st

from core.runs.estimate import estimate
from core.runs.store import folder_of
from core.training.config import TrainConfig
from dashboard import session
from dashboard.background import Jobs


@st.cache_resource(show_spinner=False)
def _measurements() -> Jobs:
    """One at a time, and only for the settings that were asked for last: each takes all of the machine."""
    return Jobs("estimate", workers=1, newest_only=True)


def measured(config: TrainConfig, images: int, begin: bool, at_once: int = 1) -> Future | None:
    """The coming or known `Estimate` of this run; None where it is not known and must not `begin` now.

    at_once: so many train at the same time.
    """
    jobs, folder = _measurements(), str(folder_of())
    key = (folder, config, images, at_once)
    if not begin:
        return jobs.known(key)
    return jobs.ask(key, lambda: estimate(session.store_of(folder), config, images, at_once))
