"""The hardest images of a run that sees them alone from some step on: from which one, and what they look like."""

import numpy as np
import streamlit as st

from core.digits import data
from core.runs.run import Run
from dashboard import test_set
from dashboard.components.gallery import Tile, gallery
from dashboard.words import say

_SHOWN = 60
_HEIGHT = 300


def notice(run: Run) -> str:
    """Why the curves look worse from a step on; empty for a run that sees all images, or whose steps are not known."""
    turn = run.config.turn(run.facts.steps)
    if turn >= run.facts.steps:
        return ""
    return say("train.hardest_notice", step=f"{turn + 1:,}", share=f"{run.config.hardest:.0%}")


def drawer(run: Run) -> None:
    """The images themselves, ranked when this is opened: half a second for 60,000."""
    if not notice(run):
        return
    place = st.expander(
        say("train.hardest_images"), icon=":material/exercise:", key="hardest_images", on_change="rerun"
    )
    if place.open:
        with place:
            st.caption(say("train.hardest_images_note"))
            with st.spinner(say("train.hardest_ranking")):
                images, labels, missed = _first(run.config.validation_images)
            tiles = [Tile(truth=int(label), id=str(index)) for index, label in enumerate(labels)]
            gallery(images, tiles, key="hardest_gallery", height=_HEIGHT)
            st.caption(say("train.hardest_missed", missed=f"{missed:,}"))


@st.cache_data(max_entries=4, show_spinner=False)
def _first(held_out: int) -> tuple[np.ndarray, np.ndarray, int]:
    """The hardest _SHOWN training images, their labels, and how many of all the small classifier misses."""
    train, _ = data.hold_out(test_set.mnist().train, held_out)
    chosen = np.argsort(train.margins, kind="stable")[:_SHOWN]
    return train.images[chosen], train.labels[chosen], int((train.margins < 0).sum())
