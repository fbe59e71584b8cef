"""What core says, in the language of the page: core speaks English alone, and its messages are known by their form.

core.toml has a template for each of them, `{name} is {value}: ...`; its fields may hold known phrases themselves.
"""

import re
import string
from functools import cache

from core.messages import Message
from dashboard.words import language, texts

_JOINTS = {"; ": "；", ", ": "、"}


def translated(message: Message | str) -> str:
    """A message of core's in the page's language; as it is where core.toml has no such message."""
    text, tongue = str(message), language()
    return text if tongue == "en" else _translation(text, tongue) or text


def _translation(text: str, tongue: str) -> str | None:
    for pattern, template in _templates():
        if found := pattern.fullmatch(text):
            fields = {name: _translation(value, tongue) or value for name, value in found.groupdict().items()}
            return template[tongue].format(**fields)
    return _joined(text, tongue)


def _joined(text: str, tongue: str) -> str | None:
    """Several phrases in a row, of which the first is known: as set; whole steps run as one CUDA graph."""
    for ours, theirs in _JOINTS.items():
        first, joint, rest = text.partition(ours)
        if joint and (known := _translation(first, tongue)):
            return known + theirs + (_translation(rest, tongue) or rest)
    return None


@cache
def _templates() -> list[tuple[re.Pattern, dict[str, str]]]:
    """A pattern and the texts of each message; those with most words first, for a shorter one may match them too."""
    known = [template for key, template in texts().items() if key.startswith("core.")]
    known.sort(key=lambda template: -sum(len(literal) for literal, *_ in string.Formatter().parse(template["en"])))
    return [(_pattern(template["en"]), template) for template in known]


def _pattern(template: str) -> re.Pattern:
    parts = string.Formatter().parse(template)
    return re.compile(
        "".join(re.escape(literal) + (f"(?P<{field}>.*?)" if field else "") for literal, field, *_ in parts), re.DOTALL
    )
