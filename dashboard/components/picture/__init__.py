"""A picture drawn in Python as SVG, shown in the theme's colours.

The SVG may use what tokens.css has (`--ink`, `--paper`, `--quiet`, `--hairline`, `--accent`), `--gate` (an open gate),
`--minus` and `--plus` (the ends of the signed scale) and `--lstm`, `--gru`, `--rnn`.
"""

from dashboard.components import component

_picture = component("picture", html='<figure class="picture"></figure>')


def picture(svg: str, key: str) -> None:
    """Shows an SVG of our own making, as wide as its place. It says itself, in `aria-label`, what it shows."""
    _picture(data={"svg": svg}, key=key)
