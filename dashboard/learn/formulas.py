"""The equations of one unit at one row as KaTeX: as the article writes them, then with their numbers. Pure."""

from collections.abc import Callable

from dashboard.formats import factor, joined, number

Terms = dict[str, float]

_NAMES = {"o": r"o_{\mathrm{gate}}"}
"""The article writes o for the LSTM's output gate and for the output V h + c: here the gate has its own name."""


def lines(cell: str, terms: dict[str, Terms]) -> dict[str, str]:
    """Equation -> KaTeX, in the order of computation; `terms` are those of core.reading.equations.terms."""
    return {letter: _aligned(letter, *_WRITERS[cell][letter](letter, parts)) for letter, parts in terms.items()}


def _aligned(letter: str, *steps: str) -> str:
    body = r" \\ &= ".join(steps)
    return rf"\begin{{aligned}} {_NAMES.get(letter, letter)}^{{(t)}} &= {body} \end{{aligned}}"


def _gate(squash: str) -> Callable[[str, Terms], tuple[str, ...]]:
    def write(letter: str, parts: Terms) -> tuple[str, ...]:
        low = "" if letter == "h" else f"_{letter}"
        filled = joined(parts["W h"], parts["U x"], parts["b"])
        return (
            rf"{squash}\big(W{low}\, h^{{(t-1)}} + U{low}\, x^{{(t)}} + b{low}\big)",
            rf"{squash}({filled})",
            rf"{squash}({number(parts['sum'])}) = \mathbf{{{number(parts['value'])}}}",
        )

    return write


def _cell_state(letter: str, parts: Terms) -> tuple[str, ...]:
    kept = rf"{number(parts['C before'])} \cdot {number(parts['f'])}"
    return (
        r"C^{(t-1)} \odot f^{(t)} + i^{(t)} \odot a^{(t)}",
        rf"{kept} + {number(parts['i'])} \cdot {factor(parts['a'])}",
        rf"{joined(parts['kept'], parts['added'])} = \mathbf{{{number(parts['value'])}}}",
    )


def _hidden_state(letter: str, parts: Terms) -> tuple[str, ...]:
    return (
        rf"{_NAMES['o']}^{{(t)}} \odot \tanh\big(C^{{(t)}}\big)",
        rf"{number(parts['o'])} \cdot \tanh({number(parts['C'])})",
        rf"{number(parts['o'])} \cdot {factor(parts['tanh C'])} = \mathbf{{{number(parts['value'])}}}",
    )


def _candidate(letter: str, parts: Terms) -> tuple[str, ...]:
    inner = joined(parts["W h"], parts["d"])
    return (
        r"\tanh\big(U_n\, x^{(t)} + b_n \\ &\qquad + r^{(t)} \odot (W_n\, h^{(t-1)} + d_n)\big)",
        rf"\tanh\big({joined(parts['U x'], parts['b'])} \\ &\qquad + {number(parts['r'])} \cdot ({inner})\big)",
        rf"\tanh({number(parts['sum'])}) = \mathbf{{{number(parts['value'])}}}",
    )


def _mixed_state(letter: str, parts: Terms) -> tuple[str, ...]:
    z = number(parts["z"])
    return (
        r"\big(1 - z^{(t)}\big) \odot n^{(t)} + z^{(t)} \odot h^{(t-1)}",
        rf"(1 - {z}) \cdot {factor(parts['n'])} \\ &\qquad + {z} \cdot {factor(parts['h before'])}",
        rf"{joined(parts['new'], parts['kept'])} = \mathbf{{{number(parts['value'])}}}",
    )


_SIGMA, _TANH = _gate(r"\sigma"), _gate(r"\tanh")
_WRITERS = {
    "rnn": {"h": _TANH},
    "lstm": {"f": _SIGMA, "i": _SIGMA, "a": _TANH, "C": _cell_state, "o": _SIGMA, "h": _hidden_state},
    "gru": {"r": _SIGMA, "z": _SIGMA, "n": _candidate, "h": _mixed_state},
}


def readout(digit: int, V_h: float, c: float, o: float, y: float) -> str:
    """o(t) = V h(t) + c and y(t) = softmax(o(t)), filled in for one digit."""
    return (
        r"\begin{aligned} o^{(t)} &= V\, h^{(t)} + c \\"
        rf" o_{{{digit}}}^{{(t)}} &= {joined(V_h, c)} = \mathbf{{{number(o)}}} \\"
        r" y^{(t)} &= \operatorname{softmax}\big(o^{(t)}\big) \\"
        rf" y_{{{digit}}}^{{(t)}} &= e^{{{number(o)}}} \big/ \textstyle\sum_k e^{{o_k^{{(t)}}}}"
        rf" = \mathbf{{{number(y)}}}"
        r" \end{aligned}"
    )


def loss(label: int, y: float, value: float) -> str:
    """L(t) = -ln y(t) of the digit that it is."""
    return rf"L^{{(t)}} = -\ln y_{{{label}}}^{{(t)}} = -\ln {number(y, 4)} = \mathbf{{{number(value)}}}"
