"""Text from outside (a link's parameters, names of files and runs, messages that quote them), shown as text.

Whatever Streamlit shows as Markdown, a person who makes a link could fill with a picture from afar or a link that says
"sign in". Every such text goes through `as_text`, and every parameter of the URL through `parameter`.
"""

import re

import streamlit as st

from core.digits import links
from core.messages import one_line

LONGEST = 60
"""Letters of a parameter."""
_LONGER = {"digit": links.LONGEST + 1, "chosen": 4000, "hide": 2000, "find": 200, "state": 200}
"""Of a digit one more than there may be: such a code is refused, not read as another. The others name runs, columns."""
_MEANING = re.compile(r"([\\`*_\[\]<>$&~]|:(?=\S)|^\s*[-+=#|>]|^\s*\d+(?=[.)]))")
_JOINER = "\u2060"
_MADE_LATER = re.compile(r"(:)(?=\w[\w/+-]*:)|(www)(?=\.)|(://)|(@)", re.IGNORECASE)
"""What is made an icon, an emoji or a link after Markdown has been read, where no backslash helps: split unseen."""


def as_text(text: str) -> str:
    """Markdown that shows these very letters."""
    split = _MADE_LATER.sub(lambda found: found.group() + _JOINER, text)
    return _MEANING.sub(_escaped, split)


def as_plotly_text(text: str) -> str:
    """What Plotly shows as these very letters: its own small HTML and its templates are not read."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("%{", "%\u200b{")


def _escaped(found: re.Match) -> str:
    return f"{found[1]}\\" if found[1].strip().isdigit() else f"\\{found[1].lstrip()}"


def parameter(name: str, default: str = "") -> str:
    """A parameter of the URL, without what cannot be seen, cut off where it is longer than any that is ours."""
    value = st.query_params.get(name, default)
    return one_line(value, 10**6)[: _LONGER.get(name, LONGEST)]
