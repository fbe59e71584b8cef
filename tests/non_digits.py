"""Pictures that show no digit, each made with a NumPy generator -> a picture file's content."""

from collections.abc import Callable

import numpy as np
from numpy.random import Generator
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage

from tests.picture_kinds import png

NonDigit = Callable[[Generator], bytes]
_WORDS = ("the", "network", "reads", "rows", "of", "pixels", "from", "top", "and", "answers", "after", "last", "letter")


def empty_sheet(draw: Generator) -> bytes:
    return png(0.85 + draw.normal(0, 0.02, (400, 300)), "JPEG", quality=85)


def noise(draw: Generator) -> bytes:
    return png(draw.uniform(0, 1, (300, 300)))


def clouds(draw: Generator) -> bytes:
    """Smooth noise, as of a wall, a cloth or a sky."""
    levels = ndimage.gaussian_filter(draw.normal(0, 1, (300, 400)), draw.uniform(4, 25))
    return png((levels - levels.min()) / np.ptp(levels), "JPEG", quality=85)


def gradient(draw: Generator) -> bytes:
    y, x = np.mgrid[:300, :400] / 400
    return png(0.2 + 0.7 * np.abs(np.cos(draw.uniform(0, 3)) * x + np.sin(draw.uniform(0, 3)) * y) / 1.4)


def page_of_text(draw: Generator) -> bytes:
    sheet = Image.new("L", (600, 800), 245)
    font = ImageFont.load_default(int(draw.integers(14, 26)))
    for top in range(30, 770, 34):
        ImageDraw.Draw(sheet).text((30, top), " ".join(draw.choice(_WORDS, 8)), fill=30, font=font)
    return png(np.asarray(sheet) / 255)


def landscape(draw: Generator) -> bytes:
    """A sky, hills with a rough outline, and the ground before them."""
    x = np.arange(400)
    levels = np.linspace(0.95, 0.75, 300)[:, None].repeat(400, 1)
    for height, tone in ((120, 0.6), (170, 0.45), (220, 0.3)):
        hills = height + ndimage.gaussian_filter1d(draw.normal(0, 120, 400), 25) + 8 * np.sin(x / draw.uniform(5, 30))
        levels = np.where(np.arange(300)[:, None] > hills, tone + draw.normal(0, 0.05, (300, 400)), levels)
    return png(levels, "JPEG", quality=85)


def face(draw: Generator) -> bytes:
    """Hair, a head, eyes, a nose and a mouth, as a photo has them: soft and in many tones."""
    image = Image.new("L", (300, 360), int(draw.integers(120, 230)))
    pen, skin = ImageDraw.Draw(image), int(draw.integers(90, 220))
    pen.ellipse((60, 30, 240, 330), fill=int(draw.integers(10, 90)))
    pen.ellipse((75, 70, 225, 330), fill=skin)
    for left in (105, 165):
        pen.ellipse((left, 150, left + 32, 170), fill=int(draw.integers(200, 255)))
        pen.ellipse((left + 10, 152, left + 24, 168), fill=20)
    pen.line((150, 170, 142, 220, 158, 222), fill=skin // 2, width=4)
    pen.ellipse((115, 255, 185, 278), fill=skin // 2)
    levels = ndimage.gaussian_filter(np.asarray(image) / 255, draw.uniform(1, 4))
    light = 0.7 + 0.3 * np.linspace(0, 1, 300)[None]
    return png(levels * light + draw.normal(0, 0.02, levels.shape), "JPEG", quality=85)


def hand(draw: Generator) -> bytes:
    """A palm and five fingers before a background."""
    image = Image.new("L", (320, 360), int(draw.integers(20, 110)))
    pen, skin = ImageDraw.Draw(image), int(draw.integers(150, 225))
    pen.ellipse((90, 170, 230, 350), fill=skin)
    for angle, length in ((-1.1, 100), (-0.35, 170), (-0.1, 190), (0.15, 175), (0.4, 140)):
        end = (160 + length * np.sin(angle + draw.normal(0, 0.05)), 235 - length * np.cos(angle))
        pen.line((160 + 60 * np.sin(angle), 240, *end), fill=skin, width=int(draw.integers(26, 36)))
    levels = ndimage.gaussian_filter(np.asarray(image) / 255, 2)
    return png(levels + draw.normal(0, 0.02, levels.shape), "JPEG", quality=85)


def blobs(draw: Generator) -> bytes:
    image = Image.new("L", (300, 300), 240)
    for _ in range(int(draw.integers(1, 4))):
        x, y = draw.integers(30, 200, 2).tolist()
        width, height = draw.integers(30, 100, 2).tolist()
        shape = (x, y, x + width, y + height)
        (ImageDraw.Draw(image).ellipse if draw.random() < 0.5 else ImageDraw.Draw(image).rectangle)(shape, fill=30)
    return png(np.asarray(image) / 255)


NON_DIGITS: dict[str, NonDigit] = {
    "empty sheet": empty_sheet,
    "noise": noise,
    "clouds": clouds,
    "gradient": gradient,
    "page of text": page_of_text,
    "landscape": landscape,
    "face": face,
    "hand": hand,
    "blobs": blobs,
}
