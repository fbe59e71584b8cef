"""Kinds of pictures as strangers have them, each made of an MNIST image: (28, 28) uint8, ink on black -> a file.

A kind is a function of the image and a NumPy generator; what it returns is a picture file's content.
"""

import io
from collections.abc import Callable

import numpy as np
from numpy.random import Generator
from PIL import Image, ImageFilter
from scipy import ndimage

Kind = Callable[[np.ndarray, Generator], bytes]
SIDE = 280


def png(levels: np.ndarray, kind: str = "PNG", **options) -> bytes:
    """(height, width) 0 black to 1 white -> a file."""
    content = io.BytesIO()
    Image.fromarray(np.rint(np.clip(levels, 0, 1) * 255).astype(np.uint8)).save(content, kind, **options)
    return content.getvalue()


def enlarged(image: np.ndarray, side: int = SIDE) -> np.ndarray:
    """(side, side), 0 paper to 1 ink."""
    return np.asarray(Image.fromarray(image).resize((side, side), Image.Resampling.BICUBIC), np.float64) / 255


def tight(ink: np.ndarray) -> np.ndarray:
    """Cropped to the digit."""
    rows, columns = np.flatnonzero((ink > 0.5).any(1)), np.flatnonzero((ink > 0.5).any(0))
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def between(ink: np.ndarray, paper: float, pen: float) -> np.ndarray:
    return paper + ink * (pen - paper)


def boxed(ink: np.ndarray, thick: int, inset: int) -> np.ndarray:
    """With a box drawn `inset` pixels from the edge."""
    box = np.zeros_like(ink)
    end = len(ink) - inset
    for k in range(thick):
        box[inset + k, inset:end] = box[end - 1 - k, inset:end] = 1
        box[inset:end, inset + k] = box[inset:end, end - 1 - k] = 1
    return box


def ruled(shape: tuple[int, int], gap: int, thick: int, start: int) -> np.ndarray:
    lines = np.zeros(shape)
    for k in range(thick):
        lines[start + k :: gap] = 1
    return lines


def small_light(image: np.ndarray, draw: Generator) -> bytes:
    return png(between(image / 255, 40 / 255, 1))


def small_dark(image: np.ndarray, draw: Generator) -> bytes:
    return png(between(image / 255, 200 / 255, 0))


def large_light(image: np.ndarray, draw: Generator) -> bytes:
    return png(between(enlarged(image), 40 / 255, 1))


def large_dark(image: np.ndarray, draw: Generator) -> bytes:
    return png(between(enlarged(image), 200 / 255, 0))


def _box(inset: int, paper: float, pen: float, line: float) -> Kind:
    def kind(image: np.ndarray, draw: Generator) -> bytes:
        ink = enlarged(image)
        box = boxed(ink, 3, inset)
        return png(np.where(box > 0, line, between(ink, paper, pen)))

    return kind


def ruled_paper(image: np.ndarray, draw: Generator) -> bytes:
    ink, gap = enlarged(image), int(draw.integers(30, 60))
    lines = ruled(ink.shape, gap, 2, int(draw.integers(gap)))
    return png(np.minimum(between(ink, 0.95, 0.15), 1 - 0.45 * lines))


def ruled_dark(image: np.ndarray, draw: Generator) -> bytes:
    ink, gap = enlarged(image), int(draw.integers(40, 90))
    lines = ruled(ink.shape, gap, 2, int(draw.integers(gap)))
    return png(np.minimum(between(ink, 0.95, 0.15), 1 - 0.8 * lines))


def squared_paper(image: np.ndarray, draw: Generator) -> bytes:
    ink, gap = enlarged(image), int(draw.integers(28, 56))
    lines = np.maximum(
        ruled(ink.shape, gap, 2, int(draw.integers(gap))), ruled(ink.shape, gap, 2, int(draw.integers(gap))).T
    )
    return png(np.minimum(between(ink, 0.95, 0.15), 1 - 0.5 * lines))


def tilted_lines(image: np.ndarray, draw: Generator) -> bytes:
    ink, gap = enlarged(image), int(draw.integers(40, 70))
    lines = ruled((2 * SIDE, 2 * SIDE), gap, 2, int(draw.integers(gap)))
    lines = ndimage.rotate(lines, draw.uniform(-2.5, 2.5), reshape=False, order=1)[
        SIDE // 2 : -SIDE // 2, SIDE // 2 : -SIDE // 2
    ]
    return png(np.minimum(between(ink, 0.95, 0.15), 1 - 0.5 * lines))


def touching(image: np.ndarray, draw: Generator) -> bytes:
    """Cropped so that the digit touches one edge of the picture or two."""
    ink = tight(enlarged(image))
    pads = [(int(draw.integers(20, 60)), int(draw.integers(20, 60))) for _ in range(2)]
    axis, end = int(draw.integers(2)), int(draw.integers(2))
    pads[axis] = (0, pads[axis][1]) if end else (pads[axis][0], 0)
    return png(between(np.pad(ink, pads), 0.93, 0.1))


def cropped(image: np.ndarray, draw: Generator) -> bytes:
    """To the very digit."""
    return png(between(tight(enlarged(image)), 0.93, 0.1))


def dusty(image: np.ndarray, draw: Generator) -> bytes:
    """A crumb inside, and the digit at the edge."""
    ink = np.pad(tight(enlarged(image)), ((0, 40), (40, 40)))
    y = len(ink) - 14
    ink[y : y + 5, 10:15] = 1
    return png(between(ink, 0.93, 0.1))


def blurred(image: np.ndarray, draw: Generator) -> bytes:
    picture = Image.open(io.BytesIO(png(between(enlarged(image), 0.85, 0.2))))
    content = io.BytesIO()
    picture.filter(ImageFilter.GaussianBlur(float(draw.uniform(5, 9)))).save(content, "JPEG", quality=80)
    return content.getvalue()


def thin_pen(image: np.ndarray, draw: Generator) -> bytes:
    """A digit of a thin pen, 5 or 7 pixels wide in a picture of 2,000 x 1,500."""
    line = np.kron(_thinned(enlarged(image, 300) > 0.5), np.ones((3, 3)))
    return _on_large_paper(ndimage.binary_dilation(line, iterations=int(draw.integers(1, 3))), draw)


def failing_pen(image: np.ndarray, draw: Generator) -> bytes:
    """The same of a pen that leaves out where the line turns or crosses another, up to a tenth of the digit."""
    line = _ridge(enlarged(image, 900) > 0.5)
    return _on_large_paper(ndimage.binary_dilation(line, iterations=int(draw.integers(2, 4))), draw)


def _on_large_paper(ink: np.ndarray, draw: Generator) -> bytes:
    """(900, 900) somewhere on a picture of 2,000 x 1,500, a little out of focus, with noise."""
    picture = np.zeros((1500, 2000))
    top, left = int(draw.integers(0, 600)), int(draw.integers(0, 1100))
    picture[top : top + 900, left : left + 900] = ink
    levels = between(ndimage.gaussian_filter(picture, 1.0), 0.8, 0.25) + draw.normal(0, 0.02, picture.shape)
    return png(levels, compress_level=0)  # noise packs badly, and slowly


def _thinned(mask: np.ndarray) -> np.ndarray:
    """The line in the middle of the ink, whole and a pixel wide (Zhang and Suen 1984)."""
    ink = np.pad(mask, 1)
    while True:
        before = ink.sum()
        for first, second in (((0, 1, 2), (1, 2, 3)), ((0, 1, 3), (0, 2, 3))):
            # clockwise from above; a side of the ink is taken away where it neither ends nor joins a line
            ways = ((-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1))
            around = np.stack([np.roll(ink, (-down, -across), (0, 1)) for down, across in ways])
            sides = around[::2]  # above, right, below, left
            turns = (~around & np.roll(around, -1, 0)).sum(0)
            some = (around.sum(0) >= 2) & (around.sum(0) <= 6)
            free = ~sides[list(first)].all(0) & ~sides[list(second)].all(0)
            ink = ink & ~(some & (turns == 1) & free)
        if ink.sum() == before:
            return ink[1:-1, 1:-1]


def _ridge(mask: np.ndarray) -> np.ndarray:
    """The ridge of the distance to the outline; it has gaps."""
    depth = np.asarray(ndimage.distance_transform_edt(mask))
    ridge = depth >= ndimage.maximum_filter(depth, 5) - 0.5
    return ndimage.binary_closing(ridge & mask, np.ones((9, 9)))


def shadow(image: np.ndarray, draw: Generator) -> bytes:
    """A hand's shadow with a soft edge over a part of the paper, and a lamp to one side."""
    ink = enlarged(image)
    y, x = np.mgrid[:SIDE, :SIDE] / SIDE
    angle = draw.uniform(0, 2 * np.pi)
    across = (x - 0.5) * np.cos(angle) + (y - 0.5) * np.sin(angle) - draw.uniform(-0.2, 0.2)
    light = 0.9 - draw.uniform(0.1, 0.3) * x - 0.35 / (1 + np.exp(-across / 0.03))
    return png(light * (1 - 0.7 * ink) + draw.normal(0, 0.012, ink.shape), "JPEG", quality=85)


def photo(image: np.ndarray, draw: Generator) -> bytes:
    """Small on a large sheet, turned as the camera says, noise and JPEG."""
    ink = np.zeros((900, 1200))
    size = int(draw.integers(160, 400))
    top, left = int(draw.integers(0, 900 - size)), int(draw.integers(0, 1200 - size))
    ink[top : top + size, left : left + size] = enlarged(image, size)
    levels = np.clip(between(ink, 0.75, 0.2) + draw.normal(0, 0.03, ink.shape), 0, 1)
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = Image.fromarray(np.rint(np.rot90(levels) * 255).astype(np.uint8))
    content = io.BytesIO()
    turned.save(content, "JPEG", quality=80, exif=exif)
    return content.getvalue()


KINDS: dict[str, Kind] = {
    "28 x 28, light on grey 40": small_light,
    "28 x 28, dark on paper 200": small_dark,
    "280 x 280, light on grey 40": large_light,
    "280 x 280, dark on paper 200": large_dark,
    "box at the edge, dark ink": _box(0, 0.95, 0.1, 0.0),
    "box at the edge, light ink": _box(0, 0.0, 1.0, 1.0),
    "box at the edge, faint ink": _box(0, 0.95, 0.55, 0.0),
    "box 6 px inside, dark ink": _box(6, 0.95, 0.1, 0.0),
    "box 6 px inside, light ink": _box(6, 0.0, 1.0, 1.0),
    "ruled paper": ruled_paper,
    "ruled in black": ruled_dark,
    "squared paper": squared_paper,
    "ruled paper, tilted": tilted_lines,
    "touches an edge": touching,
    "cropped to the digit": cropped,
    "at the edge, with a crumb": dusty,
    "blurred": blurred,
    "thin pen, large photo": thin_pen,
    "failing pen, large photo": failing_pen,
    "shadow": shadow,
    "photo, turned": photo,
}

Several = Callable[[list[np.ndarray], Generator], bytes]


def _line(images: list[np.ndarray], draw: Generator, side: int) -> np.ndarray:
    """Digits side by side, 0.1 to 0.5 of their height apart, each a little larger or smaller, higher or lower."""
    inks = [tight(enlarged(image, int(side * draw.uniform(0.85, 1.15)))) for image in images]
    tallest = max(len(ink) for ink in inks)
    columns = []
    for ink in inks:
        spare = tallest - len(ink) + int(0.2 * tallest)
        above = int(draw.integers(spare + 1))
        columns += [np.pad(ink, ((above, spare - above), (0, 0)))]
        columns += [np.zeros((len(columns[0]), int(draw.uniform(0.1, 0.5) * tallest)))]
    return np.hstack(columns[:-1])


def in_a_line(images: list[np.ndarray], draw: Generator) -> bytes:
    return png(between(np.pad(_line(images, draw, 160), 30), 0.95, 0.1))


def in_two_lines(images: list[np.ndarray], draw: Generator) -> bytes:
    half = (len(images) + 1) // 2
    lines = [np.pad(_line(part, draw, 140), 20) for part in (images[:half], images[half:])]
    width = max(line.shape[1] for line in lines)
    return png(between(np.vstack([np.pad(line, ((0, 0), (0, width - line.shape[1]))) for line in lines]), 0.9, 0.2))


def on_ruled_paper(images: list[np.ndarray], draw: Generator) -> bytes:
    ink = np.pad(_line(images, draw, 160), 40)
    lines = ruled(ink.shape, 50, 2, int(draw.integers(50)))
    return png(np.minimum(between(ink, 0.95, 0.15), 1 - 0.45 * lines))


def on_a_photo(images: list[np.ndarray], draw: Generator) -> bytes:
    """Of a large sheet, with noise, uneven light and JPEG."""
    ink, line = np.zeros((1500, 2000)), _line(images, draw, 240)
    top, left = int(draw.integers(0, 1500 - line.shape[0])), int(draw.integers(0, 2000 - line.shape[1]))
    ink[top : top + line.shape[0], left : left + line.shape[1]] = line
    light = 0.85 - 0.25 * np.linspace(0, 1, 2000)[None]
    return png(light * (1 - 0.7 * ink) + draw.normal(0, 0.02, ink.shape), "JPEG", quality=85)


SEVERAL: dict[str, Several] = {
    "in a line": in_a_line,
    "in two lines": in_two_lines,
    "on ruled paper": on_ruled_paper,
    "on a photo": on_a_photo,
}
"""Two to six digits in one picture: their images in reading order -> a file."""
