"""All letters and terms as a list, for who reads on, prints, or looks for one that no text on the page has."""

import streamlit as st

from dashboard import terms
from dashboard.words import language, say


def show() -> None:
    with st.expander(say("learn.glossary"), icon=":material/menu_book:", key="learn_glossary"):
        st.markdown("\n".join(f"- {meaning}" for meaning in terms.meanings(language()).values()))
