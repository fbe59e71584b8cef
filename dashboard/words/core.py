"""What core says, in the language of the page: each message is looked up in core.toml by its English template."""

from functools import cache

from core.messages import Message, Value, filled, one_line, text_of, unpack
from dashboard.words import language, texts

_SEPARATORS = {"en": "; ", "zh": "；"}


def translated(message: Message | str) -> str:
    """A message of core's in the page's language; in English where core.toml has no such template.

    A text is a message that was packed for the store. Any other, such as an older version's, is shown as it is.
    """
    return _translation(unpack(message) if isinstance(message, str) else message, language())


def _translation(message: Message, tongue: str) -> str:
    entry = _entries().get(message.template)
    if entry is None or tongue == "en":
        return str(message)
    return filled(entry[tongue], {name: _value(value, tongue) for name, value in message.values.items()})


def _value(value: Value, tongue: str) -> str:
    """A value may be a message, a list of them, or a word of the system's, such as `Permission denied`."""
    match value:
        case list():
            return _SEPARATORS[tongue].join(_value(part, tongue) for part in value)
        case Message():
            return _translation(value, tongue)
    return _translation(Message(one_line(text_of(value))), tongue)


@cache
def _entries() -> dict[str, dict[str, str]]:
    """English template -> its texts by language."""
    return {entry["en"]: entry for key, entry in texts().items() if key.startswith("core.")}
