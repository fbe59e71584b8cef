"""One run: all its settings, those that differ from its preset marked, its data, machine and versions, its note."""

from html import escape

import streamlit as st

from core.runs.run import Run
from core.training.config import GROUPS, unchanged
from dashboard import settings
from dashboard.outside import as_text
from dashboard.words import say
from dashboard.words.core import translated


def show(run: Run) -> None:
    if run.state == "failed":
        st.error(as_text(translated(run.message)), icon=":material/error:")
    if run.note:
        st.markdown(as_text(run.note).replace("\n", "  \n"))
    start = unchanged(run.config)
    with st.container(key="runs_settings"), st.grid(5, min_column_width=200, gap="medium"):
        for group, names in GROUPS.items():
            rows = "".join(_setting(name, getattr(run.config, name), getattr(start, name)) for name in names)
            st.html(f'<table class="settings"><caption>{escape(say(f"train.group_{group}"))}</caption>{rows}</table>')
    st.caption(" · ".join([say("runs.differs", preset=settings.spoken("preset", run.config.preset)), *_origin(run)]))


def _setting(name: str, value, before) -> str:
    said = escape(settings.spoken(name, value))
    label = escape(settings.label(name))
    if value == before:
        return f"<tr><th>{label}</th><td>{said}</td></tr>"
    instead = escape(say("runs.instead", value=settings.spoken(name, before)))
    return f'<tr class="differs" title="{instead}"><th>{label}</th><td>{said}</td></tr>'


def _origin(run: Run) -> list[str]:
    """Data, machine, versions and id, as Markdown."""
    facts = run.facts
    told = [translated(facts.data_note), facts.machine, facts.versions, say("runs.id", id=run.id)]
    return [as_text(text) for text in told if text]
