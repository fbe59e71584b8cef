"""The row player as an animated GIF: the frame with its cursor, the strips of one layer, and the opinion, row by row.

NumPy and Pillow. Rows run down, each ROW pixels high; one image for each row. `full_colour` also serves the player.
"""

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageColor, ImageDraw, ImageFont

from core.reading.tracing import RowTrace

GATES = frozenset("fiorz")
ROW = 10
_STRIP = 118
_GAP = 12
_HEAD = 26
_ROW_MS, _LAST_MS = 160, 2200


@dataclass(frozen=True, kw_only=True)
class Colours:
    """Of the page that the player stands on, #rrggbb."""

    paper: str
    ink: str
    accent: str
    signed: tuple[str, ...]
    """From most negative to most positive."""
    unsigned: tuple[str, ...]
    """From 0 to 1."""


def to_gif(trace: RowTrace, layer: int, colours: Colours) -> bytes:
    """The trace's player, layer counted from 0, units ordered by the row in which |h| peaks; it loops."""
    rows = len(trace.x)
    panels = _panels(trace, layer, colours)
    images = [_image(panels, trace.probabilities[row], row, rows, colours) for row in range(rows)]
    palette = images[-1].quantize(240, dither=Image.Dither.NONE)  # one palette for all: nothing flickers
    flat = [image.quantize(palette=palette, dither=Image.Dither.NONE) for image in images]
    content = io.BytesIO()
    times = [_ROW_MS] * (rows - 1) + [_LAST_MS]
    flat[0].save(
        content, "GIF", save_all=True, append_images=flat[1:], duration=times, loop=0, optimize=True, disposal=1
    )
    return content.getvalue()


def _panels(trace: RowTrace, layer: int, colours: Colours) -> list[tuple[str, Image.Image]]:
    """Letter and strip of the frame and of every state, left to right."""
    rows = len(trace.x)
    order = np.argsort(np.abs(trace.h[layer]).argmax(0), kind="stable")
    panels = [("x", _coloured(trace.x, (colours.paper, colours.ink), (28 * ROW, rows * ROW)))]
    for letter, values in trace.states().items():
        strip = values[layer][:, order]
        if letter in GATES:
            panels.append((letter, _coloured(strip, colours.unsigned, (_STRIP, rows * ROW))))
        else:
            reach = full_colour(letter, [strip])
            panels.append((letter, _coloured((strip / reach + 1) / 2, colours.signed, (_STRIP, rows * ROW))))
    return panels


def full_colour(letter: str, arrays: Sequence[np.ndarray]) -> float:
    """The value at which a letter's colour is full: 1, but for C a power of two that 90 % of the values stay within."""
    if letter != "C":
        return 1.0
    reach = max(float(np.quantile(np.abs(values), 0.9)) for values in arrays)
    return 2.0 ** max(0, math.ceil(math.log2(max(reach, 1e-9))))


def _coloured(values: np.ndarray, ramp: tuple[str, ...], size: tuple[int, int]) -> Image.Image:
    """values (rows, columns), 0 to 1, on the ramp -> picture of this size."""
    stops = np.array([ImageColor.getrgb(colour)[:3] for colour in ramp], float)
    at = np.clip(values, 0, 1) * (len(stops) - 1)
    channels = [np.interp(at, np.arange(len(stops)), stops[:, channel]) for channel in range(3)]
    picture = Image.fromarray(np.rint(np.stack(channels, -1)).astype(np.uint8))
    return picture.resize(size, Image.Resampling.BOX if size[0] < picture.width else Image.Resampling.NEAREST)


def _image(panels: list, opinion: np.ndarray, row: int, rows: int, colours: Colours) -> Image.Image:
    width = _GAP + sum(picture.width + _GAP for _, picture in panels) + _STRIP + _GAP
    image = Image.new("RGB", (width, _HEAD + rows * ROW + _GAP), colours.paper)
    draw, font, left = ImageDraw.Draw(image), ImageFont.load_default(14), _GAP
    for letter, picture in panels:
        draw.text((left, 5), f"{letter}(t)", fill=colours.ink, font=font)
        image.paste(picture, (left, _HEAD))
        left += picture.width + _GAP
    _draw_opinion(draw, opinion, (left, _HEAD, _STRIP, rows * ROW), colours)
    draw.text((left, 5), f"t = {row + 1}", fill=colours.ink, font=font)
    top = _HEAD + row * ROW
    draw.rectangle((_GAP - 2, top - 1, left - _GAP + 2, top + ROW), outline=colours.accent, width=2)
    return image


def _draw_opinion(draw: ImageDraw.ImageDraw, opinion: np.ndarray, box: tuple[int, ...], colours: Colours) -> None:
    """Ten bars, as long as the digits are probable."""
    left, top, width, height = box
    step, font = height / len(opinion), ImageFont.load_default(13)
    for digit, probability in enumerate(opinion):
        y, long = top + digit * step, (width - 18) * float(probability)
        colour = colours.accent if digit == opinion.argmax() else colours.unsigned[len(colours.unsigned) // 2]
        draw.text((left, y + step / 2 - 8), str(digit), fill=colours.ink, font=font)
        draw.rectangle((left + 16, y + 4, left + 16 + max(1, long), y + step - 5), fill=colour)
