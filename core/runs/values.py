"""A setting's values as a person writes them for a sweep: `1e-3, 3e-3, 1e-2`, or a range, `1e-4 .. 1e-1 x 4`."""

import re
from typing import Any

from core.errors import ConfigError
from core.training.config import CHOICES, TYPES, check_setting

MOST = 200
"""Values of one setting."""
LONGEST = 400
"""Letters of a text."""
LOGARITHMIC = frozenset({"lr", "weight_decay", "hidden", "batch_size", "epochs"})
"""A range of these is spaced by factors where both ends are above zero."""
SWEPT = tuple(name for name in TYPES if name not in ("preset", "devices"))
"""The settings that can be varied."""
_RANGE = re.compile(r"(.+?)\s*\.\.+\s*(.+?)\s*[x×*:]\s*(\d{1,9})", re.IGNORECASE)
_BETWEEN = re.compile(r"[,，、;；]")
_SWITCH = {"on": True, "true": True, "off": False, "false": False}


def parsed(name: str, text: str) -> list[Any]:
    """The values, each once, in the order in which they are written. Numbers lie in the setting's range.

    Between two of them a comma; each may be a range of so many values from the first to the last, both included.
    Raises ConfigError for a setting that is none, and for a value that it cannot have.
    """
    if name not in SWEPT:
        raise ConfigError("{name} is no setting that can be varied: choose one of {names}.", name=name, names=_names())
    if len(text) > LONGEST:
        raise ConfigError(
            "{name} has {length} letters: shorten them to {most}.", name=name, length=len(text), most=LONGEST
        )
    parts = [part.strip() for part in _BETWEEN.split(text.strip())]
    found = [value for part in parts for value in _part(name, part)]
    unique = list(dict.fromkeys(found))
    if len(unique) > MOST:
        raise ConfigError("{name} has {count} values: choose up to {most}.", name=name, count=len(unique), most=MOST)
    return unique


def _names() -> str:
    return ", ".join(SWEPT)


def _part(name: str, text: str) -> list[Any]:
    spread = _RANGE.fullmatch(text)
    return _spaced(name, *spread.groups()) if spread else [_value(name, text)]


def _value(name: str, text: str) -> Any:
    """Raises ConfigError for what is no value of the setting, or lies outside of its range."""
    value = _read(name, text)
    check_setting(name, value)
    return value


def _read(name: str, text: str) -> Any:
    kind = TYPES[name]
    try:
        if kind is bool:
            return _SWITCH[text.lower()]
        if name in CHOICES:
            return text.lower()
        return _whole(text) if kind is int else float(text)
    except (KeyError, ValueError, OverflowError):
        pass
    if kind is bool:
        raise ConfigError("{name} is {value}: write on, off, or both.", name=name, value=repr(text))
    raise ConfigError(
        "{name} is {value}: write numbers such as {example}, or a range such as {range}.",
        name=name,
        value=repr(text),
        example="8, 16" if kind is int else "0.1, 0.2",
        range="8 .. 32 x 3" if kind is int else "0.1 .. 0.4 x 3",
    )


def _whole(text: str) -> int:
    """128, and also 1e2."""
    try:
        return int(text)
    except ValueError:
        number = float(text)
        if not number.is_integer():
            raise
        return int(number)


def _spaced(name: str, low: str, high: str, count: str) -> list[Any]:
    """Both ends as they are written; between them three figures are enough."""
    steps = int(count)
    if TYPES[name] not in (int, float) or not 2 <= steps <= MOST:
        raise ConfigError(
            "{name} has no range of {count} values: list them, or choose 2 to {most}.",
            name=name,
            count=steps,
            most=MOST,
        )
    first, last = _value(name, low), _value(name, high)
    by_factors = name in LOGARITHMIC and first > 0 and last > 0
    inner = []
    for step in range(1, steps - 1):
        part = step / (steps - 1)
        value = first * (last / first) ** part if by_factors else first + (last - first) * part
        inner.append(round(value) if TYPES[name] is int else _rounded(value, first, last))
    return [first, *inner, last]


def _rounded(value: float, first: float, last: float) -> float:
    """To three figures, and no further than the ends: they may have more."""
    return min(max(float(f"{value:.3g}"), min(first, last)), max(first, last))
