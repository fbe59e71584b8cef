"""The equations of one unit at one row as KaTeX: as the article writes them, then with their numbers. Pure.

Each number has a place of its own, <...>, which names what fills it: <sum> a term, <W h + U x + b> a sum of terms,
<(a)> a factor, in parentheses where it is negative, <y:4> a number with four decimals, <*value> one in bold. The
browser fills the same places anew while row and unit are chosen (dashboard/components/formulas).
"""

import re
from functools import cache

from dashboard.formats import factor, joined, number

Terms = dict[str, float]

_PLACE = re.compile(r"<(\*?)([^<>]+)>")
_MINUS = r"\char`−"
_NAMES = {"o": r"o_{\mathrm{gate}}"}
"""The article writes o for the LSTM's output gate and for the output V h + c: here the gate has its own name."""


def lines(cell: str, terms: dict[str, Terms]) -> dict[str, str]:
    """Equation -> KaTeX, in the order of computation; `terms` are those of core.reading.equations.terms."""
    return {letter: _filled(formula, terms[letter]) for letter, formula in _written(cell).items()}


def readout(digit: int, terms: Terms) -> str:
    """o(t) = V h(t) + c and y(t) = softmax(o(t)), filled in for one digit; `terms`: `V h`, `c`, `o`, `y`."""
    return _filled(_READOUT.replace("DIGIT", str(digit)), terms)


def loss(label: int, terms: Terms) -> str:
    """L(t) = -ln y(t) of the digit that it is; `terms`: `y`, `L`."""
    return _filled(_LOSS.replace("DIGIT", str(label)), terms)


def places(cell: str) -> dict[str, list[str]]:
    """Equation, then `readout` and `loss` -> what fills its numbers, in their order."""
    formulas = _written(cell) | {"readout": _READOUT, "loss": _LOSS}
    return {name: [place for _, place in _PLACE.findall(formula)] for name, formula in formulas.items()}


def _filled(formula: str, terms: Terms) -> str:
    return _PLACE.sub(lambda place: _number(text(place[2], terms), "bf" if place[1] else ""), formula)


def text(place: str, terms: Terms) -> str:
    """What fills a place, such as 0.412 - 1.203."""
    if place.startswith("("):
        return factor(terms[place[1:-1]])
    names, _, decimals = place.partition(":")
    if decimals:
        return number(terms[names], int(decimals))
    return joined(*(terms[name] for name in names.split(" + ")))


def _number(written: str, weight: str) -> str:
    r"""As one text, so that a script finds it; in it a minus is named by \char, since KaTeX warns of the character."""
    return rf"\text{weight}{{{written.replace('-', _MINUS)}}}"


# ---- what is written


@cache
def _written(cell: str) -> dict[str, str]:
    return {letter: _aligned(letter, *steps) for letter, steps in _STEPS[cell].items()}


def _aligned(letter: str, *steps: str) -> str:
    body = r" \\ &= ".join(steps)
    return rf"\begin{{aligned}} {_NAMES.get(letter, letter)}^{{(t)}} &= {body} \end{{aligned}}"


def _gate(letter: str, squash: str) -> tuple[str, ...]:
    low = "" if letter == "h" else f"_{letter}"
    return (
        rf"{squash}\big(W{low}\, h^{{(t-1)}} + U{low}\, x^{{(t)}} + b{low}\big)",
        rf"{squash}(<W h + U x + b>)",
        rf"{squash}(<sum>) = <*value>",
    )


_CELL_STATE = (
    r"C^{(t-1)} \odot f^{(t)} + i^{(t)} \odot a^{(t)}",
    r"<C before> \cdot <f> + <i> \cdot <(a)>",
    "<kept + added> = <*value>",
)
_HIDDEN_STATE = (
    rf"{_NAMES['o']}^{{(t)}} \odot \tanh\big(C^{{(t)}}\big)",
    r"<o> \cdot \tanh(<C>)",
    r"<o> \cdot <(tanh C)> = <*value>",
)
_CANDIDATE = (
    r"\tanh\big(U_n\, x^{(t)} + b_n \\ &\qquad + r^{(t)} \odot (W_n\, h^{(t-1)} + d_n)\big)",
    r"\tanh\big(<U x + b> \\ &\qquad + <r> \cdot (<W h + d>)\big)",
    r"\tanh(<sum>) = <*value>",
)
_MIXED_STATE = (
    r"\big(1 - z^{(t)}\big) \odot n^{(t)} + z^{(t)} \odot h^{(t-1)}",
    r"(1 - <z>) \cdot <(n)> \\ &\qquad + <z> \cdot <(h before)>",
    "<new + kept> = <*value>",
)
_STEPS = {
    "rnn": {"h": _gate("h", r"\tanh")},
    "lstm": {
        **{letter: _gate(letter, r"\sigma") for letter in "fi"},
        "a": _gate("a", r"\tanh"),
        "C": _CELL_STATE,
        "o": _gate("o", r"\sigma"),
        "h": _HIDDEN_STATE,
    },
    "gru": {**{letter: _gate(letter, r"\sigma") for letter in "rz"}, "n": _CANDIDATE, "h": _MIXED_STATE},
}
_READOUT = (
    r"\begin{aligned} o^{(t)} &= V\, h^{(t)} + c \\"
    r" o_{DIGIT}^{(t)} &= <V h + c> = <*o> \\"
    r" y^{(t)} &= \operatorname{softmax}\big(o^{(t)}\big) \\"
    r" y_{DIGIT}^{(t)} &= e^{<o>} \big/ \textstyle\sum_k e^{o_k^{(t)}} = <*y>"
    r" \end{aligned}"
)
_LOSS = r"L^{(t)} = -\ln y_{DIGIT}^{(t)} = -\ln <y:4> = <*L>"
