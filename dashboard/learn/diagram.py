"""The cell of one unit at one row as an SVG, the equations' numbers on its lines. Pure.

Each number's text names its term in data-term ("f value", of equation f), each gate's box its equation in data-gate, so
that the browser fills both anew while row and unit are chosen (dashboard/components/formulas).
Its classes and colours are those of dashboard.components.picture. Lengths are units of the viewBox, WIDTH wide.
"""

import re
from html import escape

from dashboard.formats import typeset

WIDTH = 480
Terms = dict[str, dict[str, float]]
_TERM = re.compile(r'data-term="([^"]+)">')
_PLAIN = '<tspan dx="5">'
_INDEX = {"o": '<tspan dy="3" font-size="9">gate</tspan><tspan dx="4" dy="-3">'}
"""What stands between a letter and its squashing function: as in the formulas, the gate o is told from the output o."""
_ARROWHEADS = """<defs>
<marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="6" markerHeight="6" orient="auto">
<path class="tip" d="M0 .8 8 4 0 7.2z"/></marker>
<marker id="roadtip" viewBox="0 0 8 8" refX="6" refY="4" markerWidth="4" markerHeight="4" orient="auto">
<path class="roadtip" d="M0 .5 8 4 0 7.5z"/></marker>
</defs>"""


def diagram(cell: str, terms: Terms, label: str) -> str:
    """The SVG of an rnn, gru or lstm cell; `label` is what a screen reader says."""
    height, parts = {"lstm": _lstm, "gru": _gru, "rnn": _rnn}[cell](terms)
    view = f'viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(label, quote=True)}"'
    drawn = _TERM.sub(lambda term: f"{term[0]}{typeset(_number(term[1], terms))}", "".join(parts))
    return f'<svg xmlns="http://www.w3.org/2000/svg" {view}>{_ARROWHEADS}{drawn}</svg>'


def _number(term: str, terms: Terms) -> float:
    """`f value`, or `1 - z value`."""
    equation, _, name = term.removeprefix("1 - ").partition(" ")
    value = terms[equation][name]
    return 1 - value if term.startswith("1 - ") else value


def _lstm(terms: Terms) -> tuple[int, list[str]]:
    inside = [(112, "f", "σ"), (196, "i", "σ"), (274, "a", "tanh"), (352, "o", "σ")]
    return 312, [
        _body(272),
        _road("M0 82H100M124 82H223M247 82H476"),
        *_ends("C(t−1)", "C C before", 82, "C(t)", "C value"),
        *_bus(352, 250),
        *(_gate(x, 206, terms, letter, squash) for x, letter, squash in inside),
        _wire("M112 190V96"),
        _wire("M196 190V146H222"),
        _wire("M274 190V146H248"),
        _wire("M235 133V96"),
        _wire("M406 82V103"),
        _wire("M406 131V153"),
        _wire("M352 190V166H392"),
        _wire("M406 179V250H476", tip=True),
        _dot(406, 82),
        *(_operation(x, y, sign) for x, y, sign in [(112, 82, "×"), (235, 82, "+"), (235, 146, "×"), (406, 166, "×")]),
        _pill(406, 117),
        _value(118, 140, "f value"),
        _value(170, 74, "C kept", "middle"),
        _value(190, 168, "i value", "end"),
        _value(280, 168, "a value"),
        _value(241, 118, "C added"),
        _value(400, 146, "h tanh C", "end"),
        _value(358, 185, "o value"),
        _name(452, 240, "h(t)"),
        _value(452, 268, "h value", "middle"),
    ]


def _gru(terms: Terms) -> tuple[int, list[str]]:
    return 312, [
        _body(272),
        _road("M0 82H100M124 82H326M350 82H476"),
        *_ends("h(t−1)", "h h before", 82, "h(t)", "h value"),
        *_bus(338, 250),
        _gate(112, 206, terms, "z", "σ"),
        _gate(216, 206, terms, "r", "σ"),
        _gate(338, 206, terms, "n", "tanh"),
        _wire("M112 190V96"),
        _wire("M112 142H324", tip=True),
        _wire("M242 206H304", tip=True),
        _wire("M338 190V156"),
        _wire("M338 129V96"),
        _dot(112, 142),
        *(_operation(x, y, sign) for x, y, sign in [(112, 82, "×"), (338, 82, "+"), (338, 142, "×")]),
        _value(118, 120, "z value"),
        _value(216, 74, "h kept", "middle"),
        _name(226, 134, "1 − z"),
        _value(272, 134, "1 - z value", "middle"),
        _value(273, 199, "r value", "middle"),
        _value(344, 174, "n value"),
        _value(344, 118, "h new"),
    ]


def _rnn(terms: Terms) -> tuple[int, list[str]]:
    return 232, [
        _body(192),
        _road("M0 112H132M158 112H216M284 112H476"),
        _name(30, 100, "h(t−1)"),
        _wire("M145 226V127", tip=True),
        _name(120, 222, "x(t)"),
        _wire("M145 46V97", tip=True),
        _name(132, 64, "b", "end"),
        _operation(145, 112, "+"),
        _gate(250, 112, terms, "h", "tanh", with_sum=False),
        _value(96, 130, "h W h", "middle"),
        _name(96, 104, "W h(t−1)"),
        _value(152, 168, "h U x"),
        _name(152, 152, "U x(t)", "start"),
        _value(152, 66, "h b"),
        _value(188, 104, "h sum", "middle"),
        _name(452, 100, "h(t)"),
        _value(452, 132, "h value", "middle"),
    ]


def _body(bottom: int) -> str:
    return f'<rect class="body" x="62" y="40" width="360" height="{bottom - 40}" rx="14"/>'


def _road(path: str) -> str:
    """The line along which the state travels from row to row."""
    *starts, last = path.split("M")[1:]
    plain = "".join(f"M{part}" for part in starts)
    return f'<path class="road" d="{plain}"/><path class="road" d="M{last}" marker-end="url(#roadtip)"/>'


def _ends(before: str, term_before: str, y: int, after: str, term_after: str) -> list[str]:
    return [
        _name(30, y - 26, before),
        _value(30, y - 9, term_before, "middle"),
        _name(452, y - 26, after),
        _value(452, y - 9, term_after, "middle"),
    ]


def _bus(end: int, y: int) -> list[str]:
    """h(t-1) from the left and x(t) from below, both led to every gate."""
    return [
        _wire(f"M0 {y}H{end}"),
        _wire(f"M84 {y + 44}V{y}"),
        _dot(84, y),
        _name(30, y - 8, "h(t−1)"),
        _name(108, y + 42, "x(t)"),
    ]


def _gate(x: int, y: int, terms: Terms, letter: str, squash: str, with_sum: bool = True) -> str:
    """A box with a letter and its squashing function; a sigma's box is as dark as the gate is open."""
    opens = terms[letter]["value"] if squash == "σ" else 0
    named = f' data-gate="{letter}"' if squash == "σ" else ""
    half = 26 if squash == "σ" else 33
    box = f'<rect class="node" x="{x - half}" y="{y - 16}" width="{2 * half}" height="32" rx="5"/>'
    text = (
        f'<text x="{x}" y="{y + 4.5}" text-anchor="middle">'
        f'<tspan font-style="italic" font-weight="600">{letter}</tspan>{_INDEX.get(letter, _PLAIN)}{squash}</tspan>'
        "</text>"
    )
    drawn = f'<g class="gate"{named} style="--open: {opens:.3f}">{box}{text}</g>'
    if not with_sum:
        return drawn
    total = f'<text class="sum" x="{x + 5}" y="{y + 34}" data-term="{letter} sum"></text>'
    return _wire(f"M{x} {y + 44}V{y + 17}", tip=True) + drawn + total


def _wire(path: str, tip: bool = False) -> str:
    end = ' marker-end="url(#tip)"' if tip else ""
    return f'<path class="wire" d="{path}"{end}/>'


def _operation(x: int, y: int, sign: str) -> str:
    circle = f'<circle class="node" cx="{x}" cy="{y}" r="12"/>'
    return f'{circle}<text x="{x}" y="{y + 5}" class="sign" text-anchor="middle">{sign}</text>'


def _pill(x: int, y: int) -> str:
    box = f'<rect class="node" x="{x - 22}" y="{y - 13}" width="44" height="26" rx="13"/>'
    return f'{box}<text x="{x}" y="{y + 4}" text-anchor="middle">tanh</text>'


def _dot(x: int, y: int) -> str:
    return f'<circle class="joint" cx="{x}" cy="{y}" r="3.2"/>'


def _name(x: int, y: int, text: str, anchor: str = "middle") -> str:
    return f'<text class="name" x="{x}" y="{y}" text-anchor="{anchor}">{text}</text>'


def _value(x: int, y: int, term: str, anchor: str = "start") -> str:
    return f'<text class="value" x="{x}" y="{y}" text-anchor="{anchor}" data-term="{term}"></text>'
