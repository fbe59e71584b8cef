"""A figure's one line: what to notice."""

import streamlit as st

from dashboard.words import say


def notice(*sentences: str) -> None:
    """The sentences, true of the figure above them; empty ones are left out."""
    st.caption(f"**{say('app.notice')}** {joined(*sentences)}")


def joined(*sentences: str) -> str:
    return say("app.space").join(filter(None, sentences))


def listed(parts: list[str]) -> str:
    return say("app.comma").join(parts)
