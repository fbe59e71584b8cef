"""What core says to a person, as a template and its values: a page can say the same in another language.

Core speaks English: a Message's text is its template filled with its values. dashboard/words/core.toml has the Chinese
of each template, found by the template itself. In the store a message is one JSON object.
"""

import json
import re
from dataclasses import dataclass, field
from typing import Any

Value = Any
"""A text or number that is shown as it is, another Message, or a list of Messages, shown with "; " between them."""


@dataclass(frozen=True)
class Message:
    """`Message("{path} is missing: choose another.", {"path": path})`. A template without values is taken as it is."""

    template: str = ""
    values: dict[str, Value] = field(default_factory=dict)

    def __str__(self) -> str:
        return filled(self.template, {name: _plain(value) for name, value in self.values.items()})

    def __bool__(self) -> bool:
        return bool(self.template)


def filled(template: str, values: dict[str, str]) -> str:
    """The template with its values; one without values may hold braces of its own."""
    return template.format(**values) if values else template


_ESCAPE_CODE = re.compile(r"\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\\\)?|.)")
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff]+")
_LONGEST = 300


def one_line(text: str, most: int = _LONGEST) -> str:
    """A text from outside as part of a line: no escape codes, nothing that turns the line; its middle is cut out."""
    clean = _UNSEEN.sub(" ", _ESCAPE_CODE.sub("", text)).strip()
    return clean if len(clean) <= most else f"{clean[: most * 2 // 3]}...{clean[-most // 3 + 3 :]}"


def joined(*parts: Message) -> Message:
    """Several messages as one: `as set; whole steps run as one CUDA graph`. Empty ones are left out."""
    present = [part for part in parts if part]
    return present[0] if len(present) == 1 else Message("{parts}", {"parts": present}) if present else Message()


def listed(*parts: Message) -> Message:
    """Several words as one enumeration: `pause, restart, stop`."""
    first, *rest = parts
    return Message("{first}, {rest}", {"first": first, "rest": listed(*rest)}) if rest else first


def pack(message: Message) -> str:
    """For the store and for other processes; `unpack` is its inverse."""
    return json.dumps(_packed(message), ensure_ascii=False) if message else ""


def unpack(text: str) -> Message:
    """What `pack` wrote; any other text, such as an older version's, is a message without values."""
    try:
        return _unpacked(json.loads(text))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return Message(text)


def _plain(value: Value) -> str:
    match value:
        case list():
            return "; ".join(map(_plain, value))
        case Message():
            return str(value)
    return one_line(text_of(value))


def text_of(value: Value) -> str:
    """Of a value that is no message; an integer of thousands of digits has no text of its own."""
    try:
        return str(value)
    except ValueError:
        return "a number of thousands of digits"


def _packed(value: Value) -> Any:
    match value:
        case Message(template, values):
            return {"template": template, "values": {name: _packed(inner) for name, inner in values.items()}}
        case list():
            return [_packed(part) for part in value]
        case int() | float():
            return value
    return str(value)


def _unpacked(content: dict[str, Any]) -> Message:
    return Message(
        str(content["template"]), {name: _unpacked_value(value) for name, value in content["values"].items()}
    )


def _unpacked_value(value: Any) -> Value:
    match value:
        case dict():
            return _unpacked(value)
        case list():
            return [_unpacked_value(part) for part in value]
    return value
