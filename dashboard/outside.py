"""Text from outside (a link's parameters, names of files and runs, messages that quote them), shown as text.

Whatever Streamlit shows as Markdown, a person who makes a link could fill with a picture from afar or a link that says
"sign in". Every such text goes through `as_text`, and every parameter of the URL through `parameter`.
"""

import re

import streamlit as st

from core.messages import one_line

LONGEST = 60
"""Letters of a parameter; a digit's code is the one that may be longer."""
_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
_JOINER = "\u2060"
_MADE_LATER = re.compile(r"(:)(?=\w[\w/+-]*:)|(www)(?=\.)|(://)|(@)", re.IGNORECASE)
"""What is made an icon, an emoji or a link after Markdown has been read, where no backslash helps: split unseen."""


def as_text(text: str) -> str:
    """Markdown that shows these very letters."""
    split = _MADE_LATER.sub(lambda found: found.group() + _JOINER, text)
    return _PUNCTUATION.sub(r"\\\1", split)


def parameter(name: str, default: str = "", longest: int = LONGEST) -> str:
    """A parameter of the URL, without what cannot be seen, cut off where it is longer than any that is ours."""
    value = st.query_params.get(name, default)
    return one_line(value, 10**6)[:longest]
