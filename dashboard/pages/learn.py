"""Learn: the article, alive. Every formula is filled with the numbers of the digit and the reader that were chosen."""

import streamlit as st

from dashboard import session
from dashboard.components.glossary import glossary
from dashboard.learn import equations, state, surgery, torch_check, unrolled, vanishing
from dashboard.learn import glossary as glossary_list
from dashboard.learn.subject import Subject, choose_subject, fit
from dashboard.terms import marked
from dashboard.words import say


@st.fragment
def reading(subject: Subject) -> None:
    """Sections 1 and 2 share the row: a click in one moves the other."""
    fit(subject.reader)
    unrolled.show(subject)
    equations.show(subject)
    state.publish()


state.restore()
st.title(say("learn.title"), anchor=False)
st.markdown(marked(say("learn.intro")))
with session.noticed():
    with st.container(key="learn_choices"):  # styles.css keeps its height from the first paint
        subject = choose_subject()
    reading(subject)
    torch_check.show(subject)
    vanishing.show(subject)
    surgery.show(subject)
    st.header(say("learn.sources"), anchor="sources")
    st.markdown(say("learn.sources_text"))
    state.publish()
glossary_list.show()
glossary()
