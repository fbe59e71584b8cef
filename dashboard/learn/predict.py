"""Predict first: a question before a figure, and what was predicted told beside what was measured."""

from collections.abc import Callable, Sequence

import streamlit as st

from dashboard.words import say


def predicted(
    name: str, options: Sequence[str], key: str, on_change: Callable[[], None] | None = None, **values
) -> str | None:
    """What the person expects; None until they have said so. Words: `predict_NAME`, filled with values,
    `predict_NAME_OPTION`.
    """
    return st.segmented_control(
        say(f"learn.predict_{name}", **values),
        options,
        format_func=lambda option: say(f"learn.predict_{name}_{option}"),
        key=key,
        persist_state="session",
        help=say("learn.predict_help"),
        on_change=on_change,
        width="stretch",
    )


def verdict(right: bool, answer: str) -> None:
    """Whether it came out as predicted, and the answer in a sentence."""
    st.markdown(f"**{say('learn.predicted_right' if right else 'learn.predicted_wrong')}** {answer}")
