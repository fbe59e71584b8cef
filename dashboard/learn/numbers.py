"""How numbers are written on the Learn page. Pure."""

import math


def number(value: float, places: int = 3) -> str:
    """Fixed places; never a minus before nothing but zeros."""
    text = f"{value:.{places}f}"
    return text.removeprefix("-") if float(text) == 0 else text


def typeset(value: float) -> str:
    """For text outside KaTeX: a true minus."""
    return number(value).replace("-", "−")


def factor(value: float) -> str:
    """After a dot: a negative number in parentheses."""
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
