"""Learn: the article, alive. Every formula is filled with the numbers of the digit and the reader that were chosen."""

import streamlit as st

from dashboard import session
from dashboard.components.glossary import glossary
from dashboard.learn import chapters, state
from dashboard.learn import glossary as glossary_list
from dashboard.learn.subject import choose_subject
from dashboard.words import say

state.restore()
session.unseen_title(say("learn.title"))
with st.container(key="learn_page"):
    chapter = chapters.choose()
    with session.noticed():
        with st.container(key="learn_choices"):  # styles.css keeps its height from the first paint
            subject = choose_subject()
        chapters.show(chapter, subject)
        state.publish()
    glossary_list.show()
glossary()
