"""The row player as an animated GIF: the frame with its cursor, the strips of one layer, and the opinion, row by row.

NumPy and Pillow. Rows run down, each ROW pixels high; one image for each row.
"""

import io

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from core.reading.strips import Colours, strips_of
from core.reading.tracing import RowTrace

ROW = 10
_STRIP = 118
_GAP = 12
_HEAD = 26
_ROW_MS, _LAST_MS = 160, 2200


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
    """Letter and picture of the frame and of every state, left to right."""
    height = len(trace.x) * ROW
    width = {"x": trace.x.shape[1] * ROW}
    strips = strips_of(trace, layer, colours)
    return [(strip.letter, strip.picture(width.get(strip.letter, _STRIP), height)) for strip in strips]


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
