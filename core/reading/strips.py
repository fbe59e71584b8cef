"""The strips of a trace as colours, and as one picture to keep: SVG for print, PNG for a slide.

NumPy and Pillow. Rows run down, units from left to right, ordered by the row in which |h| peaks.
"""

import base64
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageColor, ImageDraw, ImageFont

from core.reading.cells import GATES
from core.reading.tracing import RowTrace

_ROW, _STRIP, _OPINION, _GAP, _HEAD, _FOOT = 10, 128, 100, 14, 26, 26
_TEXT, _SMALL, _LINE = 14, 11, 8
_PLAIN = str.maketrans("−≤≥", "-<>")  # what Pillow's own font lacks
_SCALE = 2
"""Of a PNG: its pixels for one of the SVG."""


@dataclass(frozen=True, kw_only=True)
class Colours:
    """Of the page that the strips stand on, #rrggbb."""

    paper: str
    ink: str
    accent: str
    signed: tuple[str, ...]
    """From most negative to most positive."""
    unsigned: tuple[str, ...]
    """From 0 to 1."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Strip:
    letter: str
    values: np.ndarray
    """(rows, columns), 0 to 1 along the ramp."""
    ramp: tuple[str, ...]
    ends: tuple[str, str]
    """The values at the ramp's ends."""

    @property
    def cells(self) -> Image.Image:
        """A pixel for each value."""
        stops = np.array([ImageColor.getrgb(colour)[:3] for colour in self.ramp], float)
        at = np.clip(self.values, 0, 1) * (len(stops) - 1)
        channels = [np.interp(at, np.arange(len(stops)), stops[:, channel]) for channel in range(3)]
        return Image.fromarray(np.rint(np.stack(channels, -1)).astype(np.uint8))

    def picture(self, width: int, height: int) -> Image.Image:
        """The cells in this size; where it has fewer pixels than there are units, the mean of several."""
        cells = self.cells
        return cells.resize((width, height), Image.Resampling.BOX if width < cells.width else Image.Resampling.NEAREST)


def strips_of(trace: RowTrace, layer: int, colours: Colours) -> list[Strip]:
    """The frame, then every state of the layer (counted from 0), left to right."""
    order = np.argsort(np.abs(trace.h[layer]).argmax(0), kind="stable")
    strips = [Strip(letter="x", values=trace.x, ramp=(colours.paper, colours.ink), ends=("0", "1"))]
    for letter, states in trace.states().items():
        values = states[layer][:, order]
        if letter in GATES:
            strips.append(Strip(letter=letter, values=values, ramp=colours.unsigned, ends=("0", "1")))
            continue
        reach = full_colour(letter, [values])
        beyond = bool(np.abs(values).max() > reach)
        ends = (f"{'≤ ' * beyond}−{reach:g}", f"{'≥ ' * beyond}{reach:g}")
        strips.append(Strip(letter=letter, values=(values / reach + 1) / 2, ramp=colours.signed, ends=ends))
    return strips


def full_colour(letter: str, arrays: Sequence[np.ndarray]) -> float:
    """The value at which a letter's colour is full: 1, but for C a power of two that 90 % of the values stay within."""
    if letter != "C":
        return 1.0
    reach = max(float(np.quantile(np.abs(values), 0.9)) for values in arrays)
    return 2.0 ** max(0, math.ceil(math.log2(max(reach, 1e-9))))


@dataclass(frozen=True)
class _Placed:
    """A strip's place in the picture, in pixels of the SVG."""

    strip: Strip
    left: int
    width: int
    height: int


def _placed(trace: RowTrace, layer: int, colours: Colours) -> tuple[list[_Placed], int, int]:
    """All strips, the opinion last, and the picture's width and height."""
    opinion = Strip(letter="p", values=trace.probabilities, ramp=colours.unsigned, ends=("0", "1"))
    placed, left, height = [], _GAP, len(trace.x) * _ROW
    for strip in [*strips_of(trace, layer, colours), opinion]:
        width = {"x": trace.x.shape[1] * _ROW, "p": _OPINION}.get(strip.letter, _STRIP)
        placed.append(_Placed(strip, left, width, height))
        left += width + _GAP
    return placed, left, _HEAD + height + _FOOT


def to_svg(trace: RowTrace, layer: int, colours: Colours) -> bytes:
    """The strips of one layer (counted from 0) with their letters and legends; one pixel of an image a value."""
    placed, width, height = _placed(trace, layer, colours)
    parts = [f'<rect width="{width}" height="{height}" fill="{colours.paper}"/>', *_defined_ramps(placed)]
    for number, one in enumerate(placed):
        parts += _svg_strip(one, number, colours)
    font = f'font-family="Georgia, serif" fill="{colours.ink}"'
    size = f'width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    return "\n".join([f'<svg xmlns="http://www.w3.org/2000/svg" {size} {font}>', *parts, "</svg>", ""]).encode()


def _defined_ramps(placed: list[_Placed]) -> list[str]:
    def stops(ramp: tuple[str, ...]) -> str:
        places = np.linspace(0, 100, len(ramp))
        return "".join(
            f'<stop offset="{at:g}%" stop-color="{colour}"/>' for at, colour in zip(places, ramp, strict=True)
        )

    ramps = enumerate(one.strip.ramp for one in placed)
    return [f'<linearGradient id="ramp{number}">{stops(ramp)}</linearGradient>' for number, ramp in ramps]


def _svg_strip(one: _Placed, number: int, colours: Colours) -> list[str]:
    content = io.BytesIO()
    one.strip.cells.save(content, "PNG")
    link = "data:image/png;base64," + base64.b64encode(content.getvalue()).decode()
    box = f'x="{one.left}" y="{_HEAD}" width="{one.width}" height="{one.height}"'
    foot = _HEAD + one.height + 6
    low, high = one.strip.ends
    inner = f'x="{one.left}" y="{foot}" width="{one.width}" height="{_LINE}"'
    below = f'y="{foot + _LINE + _SMALL - 1}" font-size="{_SMALL}"'
    parts = [
        f'<text x="{one.left}" y="{_HEAD - 8}" font-size="{_TEXT}" font-style="italic">{one.strip.letter}(t)</text>',
        f'<image {box} preserveAspectRatio="none" style="image-rendering: pixelated" href="{link}"/>',
        f'<rect {box} fill="none" stroke="{colours.ink}" stroke-opacity="0.25"/>',
        f'<rect {inner} fill="url(#ramp{number})"/>',
        f'<text x="{one.left}" {below}>{low}</text>',
        f'<text x="{one.left + one.width}" {below} text-anchor="end">{high}</text>',
    ]
    if one.strip.letter == "p":
        step = one.width / one.strip.values.shape[1]
        digits = "".join(f'<tspan x="{one.left + (k + 0.5) * step:g}">{k}</tspan>' for k in range(10))
        parts[0] = f'<text y="{_HEAD - 8}" font-size="{_SMALL}" text-anchor="middle">{digits}</text>'
    return parts


def to_png(trace: RowTrace, layer: int, colours: Colours) -> bytes:
    """The same picture in pixels, twice as many."""
    placed, width, height = _placed(trace, layer, colours)
    image = Image.new("RGB", (width * _SCALE, height * _SCALE), colours.paper)
    draw = ImageDraw.Draw(image)
    large, small = (ImageFont.load_default(size * _SCALE) for size in (_TEXT, _SMALL))
    for one in placed:
        left, top, foot = one.left * _SCALE, _HEAD * _SCALE, (_HEAD + one.height + 6) * _SCALE
        size = (one.width * _SCALE, one.height * _SCALE)
        image.paste(one.strip.picture(*size), (left, top))
        draw.rectangle((left - 1, top - 1, left + size[0], top + size[1]), outline=colours.unsigned[1])
        along = np.linspace(0, 1, size[0])[None]
        legend = Strip(letter="", values=along, ramp=one.strip.ramp, ends=one.strip.ends)
        image.paste(legend.picture(size[0], _LINE * _SCALE), (left, foot))
        below = foot + (_LINE + 1) * _SCALE
        low, high = (end.translate(_PLAIN) for end in one.strip.ends)
        draw.text((left, below), low, fill=colours.ink, font=small)
        draw.text((left + size[0], below), high, fill=colours.ink, font=small, anchor="ra")
        if one.strip.letter == "p":
            for k in range(10):
                draw.text((left + (k + 0.5) * size[0] / 10, top - 8), str(k), fill=colours.ink, font=small, anchor="ms")
        else:
            draw.text((left, top - 8), f"{one.strip.letter}(t)", fill=colours.ink, font=large, anchor="ls")
    content = io.BytesIO()
    image.save(content, "PNG")
    return content.getvalue()
