"""What a term or letter means, beside it, where it is hovered over, tapped, or has the keyboard's focus.

Terms are the links that dashboard/terms.py makes; letters are those of formulas and of the player's strips.
"""

from dashboard import terms
from dashboard.components import component
from dashboard.words import language

_element = component("glossary", html='<div class="glossary"></div>')


def glossary() -> None:
    """For the whole page."""
    _element(data={"meanings": terms.meanings(language())}, key="glossary", height=1)
