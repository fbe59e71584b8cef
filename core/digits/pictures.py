"""A picture of a digit (scan, photo of paper, screenshot) -> the frame that MNIST would have.

The paper is found as a smooth surface of brightness, so that light may be uneven; what departs from it is ink,
darker or lighter. The ink is cropped, scaled to MNIST's box, brought to the thickness of MNIST's pen by moving its
outline, and centred by mass. Pictures here: grey (height, width) float32, 0 black to 1 white.
"""

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from core.digits.drawing import BOX, CENTRE, PEN_RADIUS, SIDE, Frame, centre_of_mass, from_pixels
from core.errors import DrawingError

FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF")
LARGEST_BYTES = 8 * 2**20
LARGEST_PIXELS = 32_000_000
"""Checked before decoding; a phone's picture has about 12 million."""
_WORKING_SIDE = 512
_FINE = 4  # outlines are moved on a grid four times as fine as the frame
_FINE_SIDE = 44 * _FINE  # room for a digit whose pen is as wide as half of it
_FAINTEST = 0.06  # of the range black to white; fainter ink is noise of the paper
_SPECK = 0.03  # of the largest piece's area; smaller pieces are dust
_VIEW_SIDE = 224


def from_file(path: Path | str) -> Frame:
    """The frame of a picture file. Raises DrawingError."""
    path = Path(path)
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise DrawingError(_too_large(path.stat().st_size))
        content = path.read_bytes()
    except OSError as error:
        raise DrawingError(f"Cannot read the picture {path} ({error.strerror}): check the path.") from None
    return from_picture(content)


def from_picture(content: bytes) -> Frame:
    """A picture file's content -> Frame; its `picture` is what lies in the frame's square. Raises DrawingError."""
    grey, notes = decode(content)
    if grey.shape == (SIDE, SIDE) and (ready := _ready_made(grey)) is not None:
        return Frame(pixels=ready.pixels, notes=notes, picture=_view(grey, 1.0, np.zeros(2)))
    ink = find_ink(grey)
    placing = _placing(ink)
    pixels, shift = _inked(ink, placing)
    scale, corner = placing.scale, placing.middle - (CENTRE - shift) / placing.scale
    return Frame(pixels=pixels, notes=notes, picture=_view(grey, scale, corner))


def decode(content: bytes) -> tuple[np.ndarray, tuple[str, ...]]:
    """A picture file's content -> grey picture, longer side at most 512, turned as its EXIF says; notes.

    Notes: animated (only the first image is taken). Raises DrawingError.
    """
    if len(content) > LARGEST_BYTES:
        raise DrawingError(_too_large(len(content)))
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as image:
            if image.width * image.height > LARGEST_PIXELS:
                raise DrawingError(
                    f"The picture has {image.width * image.height / 1e6:.0f} million pixels; at most "
                    f"{LARGEST_PIXELS // 1_000_000} are opened: make it smaller, or crop it to the digit."
                )
            notes = ("animated",) if getattr(image, "n_frames", 1) > 1 else ()
            image.draft("L", (2 * _WORKING_SIDE, 2 * _WORKING_SIDE))  # JPEG: decodes at a fraction of its size
            image.load()
            return _grey(ImageOps.exif_transpose(image)), notes
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise DrawingError("The picture has far too many pixels to open: crop it to the digit.") from None
    except UnidentifiedImageError:
        raise DrawingError(f"This is no picture that can be opened: use one of {', '.join(FORMATS)}.") from None
    except (OSError, ValueError, SyntaxError, EOFError, KeyError, IndexError, TypeError, MemoryError) as error:
        reason = str(error).splitlines()[0][:80] if str(error) else type(error).__name__
        raise DrawingError(f"The picture is damaged or cut off ({reason}): save it again.") from None


def _too_large(size: int) -> str:
    return f"The picture has {size / 2**20:.0f} MiB; at most {LARGEST_BYTES >> 20} are taken: make it smaller."


def _grey(image: Image.Image) -> np.ndarray:
    """Any mode -> grey; transparency is laid over black or white, whichever its content stands out from."""
    factor = max(1, -(-max(image.size) // (2 * _WORKING_SIDE)))
    if image.mode.startswith(("I", "F")):
        levels = np.nan_to_num(np.asarray(image, dtype=np.float32), posinf=0, neginf=0)
        full = 65535 if image.mode.startswith("I") else max(float(levels.max()), 1e-9)
        return _shrunk(Image.fromarray(np.clip(levels / full, 0, 1)).reduce(factor))
    if not image.has_transparency_data:
        return _shrunk(image.convert("RGB" if image.mode == "CMYK" else "L").reduce(factor).convert("L"), 255)
    image = image.convert("RGBA").reduce(factor)
    alpha = image.getchannel("A")
    opaque = np.asarray(alpha, np.float32) / 255
    shown = np.asarray(image.convert("L"), np.float32)
    paper = 255 if (shown * opaque).sum() <= 127 * opaque.sum() else 0
    return _shrunk(Image.composite(image.convert("L"), Image.new("L", image.size, paper), alpha), 255)


def _shrunk(image: Image.Image, full: float = 1) -> np.ndarray:
    image = image.convert("F")
    image.thumbnail((_WORKING_SIDE, _WORKING_SIDE), Image.Resampling.BOX)
    return np.asarray(image, np.float32) / full


def _ready_made(grey: np.ndarray) -> Frame | None:
    """A 28 x 28 picture with an empty rim is an image of MNIST already, white on black or black on white."""
    rim = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    pixels = 1 - grey if rim.mean() > 0.5 else grey
    blank = max(rim.max(), 1 - rim.min()) - abs(rim.mean() - 0.5) - 0.5 < 0.1 and np.ptp(rim) < 0.1
    return from_pixels(np.rint(pixels * 255).astype(np.uint8)) if blank and pixels.max() > 0.5 else None


def find_ink(grey: np.ndarray) -> np.ndarray:
    """Grey picture -> (height, width) float32, 0 paper to 1 ink, the digit's pieces alone. Raises DrawingError."""
    if min(grey.shape) < 8:
        raise DrawingError("The picture is smaller than 8 pixels: use a larger one.")
    departure = grey - _paper(grey)
    if (departure**3).sum() < 0:  # the longer tail is the ink: dark on light
        departure = -departure
    threshold = _otsu(departure)
    inked = departure > threshold
    noise = np.median(np.abs(departure[~inked])) if not inked.all() else 0.0
    level = float(np.median(departure[inked])) if inked.any() else 0.0
    if level < max(_FAINTEST, 6 * noise):
        raise DrawingError("No digit stands out from the paper: use a picture with a darker pen or better light.")
    kept = _digit_pieces(inked)
    if kept.mean() > 0.6:
        raise DrawingError("The picture is all ink: use one that shows a digit on paper.")
    return np.where(_grown(kept, 2) & ~(inked & ~kept), np.clip(departure / (2 * threshold), 0, 1), 0).astype(
        np.float32
    )


def _paper(grey: np.ndarray) -> np.ndarray:
    """The paper's brightness everywhere: a quadratic surface, fitted again and again without what departs from it."""
    high, wide = grey.shape
    y, x = np.mgrid[-1 : 1 : high * 1j, -1 : 1 : wide * 1j].astype(np.float32)
    terms = np.stack([np.ones_like(x), x, y, x * y, x * x, y * y], -1)
    step = max(1, max(grey.shape) // 96)
    some, levels = terms[::step, ::step].reshape(-1, 6), grey[::step, ::step].ravel()
    near = np.abs(levels - np.median(levels)) <= 0.5 * max(np.ptp(levels), 1e-6)
    surface = np.array([np.median(levels), 0, 0, 0, 0, 0], np.float32)
    for _ in range(8):
        if near.sum() < 20:
            break
        surface = np.linalg.lstsq(some[near], levels[near], rcond=None)[0]
        away = np.abs(levels - some @ surface)
        near = away <= max(3 * np.median(away), 0.02)
    return terms @ surface


def _otsu(values: np.ndarray) -> float:
    """The threshold above 0 that parts the values best into two (Otsu 1979)."""
    top = max(float(values.max()), 1e-6)
    counts, edges = np.histogram(values, bins=128, range=(0, top))
    middle = (edges[:-1] + edges[1:]) / 2
    counts[0] += int((values < 0).sum())
    below, mass = np.cumsum(counts), np.cumsum(counts * middle)
    above = below[-1] - below
    with np.errstate(divide="ignore", invalid="ignore"):
        between = below * above * (mass / below - (mass[-1] - mass) / above) ** 2
    return float(edges[1:][np.nan_to_num(between).argmax()])


def _digit_pieces(inked: np.ndarray) -> np.ndarray:
    """The mask without dust and without what runs into the picture's edge, unless nothing else is there."""
    labels = _pieces(inked)
    names, areas = np.unique(labels[inked], return_counts=True)
    rim = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    inside = ~np.isin(names, rim)
    if inside.any() and areas[inside].max() > _SPECK * areas.max():
        names, areas = names[inside], areas[inside]
    return np.isin(labels, names[areas >= _SPECK * areas.max()]) & inked


def _pieces(mask: np.ndarray) -> np.ndarray:
    """Connected pieces (8 neighbours): the same number, above 0, at every pixel of a piece; 0 outside."""
    high, wide = mask.shape
    labels = np.where(mask, np.arange(1, mask.size + 1).reshape(mask.shape), 0)
    while True:
        padded = np.pad(labels, 1)
        largest = labels
        for dy in range(3):
            for dx in range(3):
                largest = np.maximum(largest, padded[dy : dy + high, dx : dx + wide])
        largest = np.where(mask, largest, 0)
        for _ in range(3):  # a label is a pixel's number: follow it to that pixel's own label
            largest = np.where(mask, np.concatenate([[0], largest.ravel()])[largest], 0)
        if np.array_equal(largest, labels):
            return labels
        labels = largest


def _grown(mask: np.ndarray, steps: int) -> np.ndarray:
    for _ in range(steps):
        padded = np.pad(mask, 1)
        mask = padded[:-2, 1:-1] | padded[2:, 1:-1] | padded[1:-1, :-2] | padded[1:-1, 2:] | mask
    return mask


@dataclass(frozen=True)
class _Placing:
    """Where the ink lies in its picture, and how far its outline has to move."""

    middle: np.ndarray
    """(x, y) of its bounding box's middle, picture pixels."""
    scale: float
    """Frame pixels for one picture pixel."""
    growth: float
    """Frame pixels by which the outline moves outwards."""


def _placing(ink: np.ndarray) -> _Placing:
    """The scale at which the middle of the strokes spans the box as a path of the canvas does."""
    mask = ink > 0.5
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    low, high = np.array([columns[0], rows[0]]), np.array([columns[-1], rows[-1]]) + 1
    extent = float((high - low).max())
    if extent < 6:
        raise DrawingError("The digit in the picture is smaller than 6 pixels: come nearer, or crop the picture to it.")
    thickness = min(stroke_thickness(ink), extent / 2)
    scale = (BOX - 2 * PEN_RADIUS) / (extent - thickness)
    growth = PEN_RADIUS - thickness * scale / 2
    return _Placing((low + high) / 2, scale, max(growth, -0.35 * thickness * scale))


def stroke_thickness(ink: np.ndarray) -> float:
    """Mean thickness in pixels: twice the ink by the length of its edge (its total variation)."""
    down, right = np.gradient(np.pad(ink, 1))
    return float(2 * ink.sum() / max(np.hypot(down, right).sum(), 1e-6))


def _inked(ink: np.ndarray, placing: _Placing) -> tuple[np.ndarray, np.ndarray]:
    """The frame's pixels, and the shift (x, y) from the box's middle to the frame's, frame pixels."""
    step = 1 / (placing.scale * _FINE)  # picture pixels for a fine one
    left, top = placing.middle - step * _FINE_SIDE / 2
    smooth = Image.fromarray(ink)
    if step > 2:
        smooth = smooth.reduce(factor := int(step))
        step, left, top = step / factor, left / factor, top / factor
    fine = smooth.transform(
        (_FINE_SIDE, _FINE_SIDE), Image.Transform.AFFINE, (step, 0, left, 0, step, top), Image.Resampling.BILINEAR
    )
    inside = np.asarray(fine) > 0.5
    if not inside.any():
        raise DrawingError("The strokes in the picture are too thin to follow: use a thicker pen.")
    depth = np.where(inside, _distance(~inside) - 0.5, 0.5 - _distance(inside))
    moved = np.clip(depth + placing.growth * _FINE + 0.5, 0, 1)
    shift = np.rint(_FINE_SIDE / 2 - centre_of_mass(moved)).astype(int)
    moved = np.roll(moved, shift[::-1] + int((CENTRE - SIDE / 2) * _FINE), (0, 1))
    rim = (_FINE_SIDE - SIDE * _FINE) // 2
    cropped = moved[rim:-rim, rim:-rim].reshape(SIDE, _FINE, SIDE, _FINE)
    return np.clip(cropped.mean((1, 3)), 0, 1).astype(np.float32), -shift / _FINE


def _distance(mask: np.ndarray) -> np.ndarray:
    """From every pixel to the nearest one of the mask, exactly: along the columns, then along the rows."""
    side = np.arange(len(mask), dtype=np.float32)
    apart = (side[:, None] - side[None, :]) ** 2
    far = np.float32(4 * len(mask) ** 2)
    column = (apart[:, :, None] + np.where(mask, 0, far).astype(np.float32)[None]).min(1)
    return np.sqrt((apart[None, :, :] + column[:, None, :]).min(2))


def _view(grey: np.ndarray, scale: float, corner: np.ndarray) -> np.ndarray:
    """What lies in the frame's square, (224, 224) uint8; beyond the picture's edge its own median."""
    step = SIDE / scale / _VIEW_SIDE
    image = Image.fromarray(np.rint(np.clip(grey, 0, 1) * 255).astype(np.uint8))
    matrix = (step, 0, float(corner[0]), 0, step, float(corner[1]))
    view = image.transform(
        (_VIEW_SIDE, _VIEW_SIDE),
        Image.Transform.AFFINE,
        matrix,
        Image.Resampling.BILINEAR,
        fillcolor=int(np.median(grey) * 255),
    )
    return np.asarray(view)
