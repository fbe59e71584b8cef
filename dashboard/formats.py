"""How numbers are written on the pages."""

import math

from dashboard.words import say

NONE = "–"
"""For what was not measured."""
_PERCENT_SIGN = "\u00a0%"


_MARKDOWN = str.maketrans({mark: f"\\{mark}" for mark in "\\`*_{}[]()<>#+-.!|~$:&@^=\"'"})


def plain(text: str) -> str:
    """A text from outside, such as a run's name, for where Markdown is read: shown as it is."""
    return text.translate(_MARKDOWN)


def figure(value: float | None, form: str) -> str:
    """The value in Python's format `form`; NONE where there is none."""
    return NONE if value is None else format(value, form)


def percent(fraction: float | None) -> str:
    """98.17%"""
    return figure(fraction, ".2%")


def probability(p: float) -> str:
    """99.9 % is not 100 %, and 0.01 % is not 0."""
    if p < 0.0005 or p > 0.9995:
        return ("< 0.1" if p < 0.5 else "> 99.9") + _PERCENT_SIGN
    return f"{p:.1%}".replace("%", _PERCENT_SIGN)


def duration(seconds: float) -> str:
    """`seconds` as a person says it: 42 s, 3 min 20 s, 2 h 5 min."""
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 1:
        return say("app.seconds", seconds=rest)
    if minutes < 60:
        return say("app.minutes", minutes=minutes, seconds=rest)
    return say("app.hours", hours=minutes // 60, minutes=minutes % 60)


def number(value: float, places: int = 3) -> str:
    """Fixed places, for KaTeX; zero has no minus."""
    text = f"{value:.{places}f}"
    return text.removeprefix("-") if float(text) == 0 else text


def typeset(value: float) -> str:
    """Three places and a true minus, for text outside KaTeX."""
    return number(value).replace("-", "−")


def factor(value: float) -> str:
    """A number after a multiplication sign: in parentheses where it is negative."""
    text = number(value)
    return f"({text})" if text.startswith("-") else text


def joined(first: float, *others: float) -> str:
    """A sum: 0.412 - 1.203 + 0.950."""
    text = number(first)
    for value in others:
        shown = number(value)
        text += f" - {shown[1:]}" if shown.startswith("-") else f" + {shown}"
    return text


_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def power_of_ten(value: float) -> str:
    """A positive number as 3·10⁻⁵; from 0.001 to 1000 as it is, with two figures."""
    if 1e-3 <= value < 1e3:
        return f"{value:.2g}" if value < 99.5 else f"{value:.0f}"
    exponent = math.floor(math.log10(value))
    head = f"{value / 10**exponent:.0f}"
    if head == "10":
        head, exponent = "1", exponent + 1
    return f"{head}·10{str(exponent).translate(_RAISED)}"
