"""A picture of a digit (scan, photo of paper, screenshot) -> the frame that MNIST would have.

Here a file becomes a grey picture, (height, width) float32, 0 black to 1 white; `segmentation` finds its ink, and
`normalisation` makes the ink a frame.
"""

import io
import math
import warnings
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image

from core.digits.drawing import CENTRE, SIDE, Frame, from_pixels
from core.errors import DrawingError
from core.outside import guarded, read_file

warnings.simplefilter("error", Image.DecompressionBombWarning)  # Pillow tells so of far too many pixels
FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF")
LARGEST_BYTES = 8 * 2**20
LARGEST_PIXELS = 32_000_000
"""Checked before decoding; a phone's picture has about 12 million."""
_WORKING_SIDE, _LEAST_SIDE = 512, 112
_BLANK = 0.02  # what the rim of an image of MNIST may be off from black or white
_VIEW_SIDE = 224
_LONGEST_SHAPE = 40  # times as long as wide: at the working size hardly a dozen pixels are left across


_TURNS = {
    2: np.fliplr,
    3: lambda grey: grey[::-1, ::-1],
    4: np.flipud,
    5: np.transpose,
    6: lambda grey: np.rot90(grey, -1),
    7: lambda grey: grey[::-1, ::-1].T,
    8: np.rot90,
}
"""What EXIF's orientation asks for."""


def from_file(path: Path | str) -> Frame:
    """The frame of a picture file. Raises DrawingError."""
    path = Path(path)
    try:
        content = read_file(path, LARGEST_BYTES, _too_large)
    except OSError as error:
        raise DrawingError(
            "Cannot read the picture {path} ({error}): check the path.", path=path, error=error.strerror
        ) from None
    return from_picture(content)


def from_picture(content: bytes) -> Frame:
    """A picture file's content -> Frame; its `picture` is what lies in the frame's square. Raises DrawingError."""
    from core.digits import normalisation, segmentation  # both import scipy: 0.3 s that few visits to a page need

    grey, notes = decode(content)
    if grey.shape == (SIDE, SIDE) and (ready := _ready_made(grey)) is not None:
        return Frame(pixels=ready.pixels, notes=notes, picture=_view(grey, 1.0, np.zeros(2)))
    grey = _large_enough(grey)
    ink = normalisation.solid(segmentation.find_ink(grey))
    if segmentation.several(ink):
        notes = (*notes, "several")
    placing = normalisation.place(ink)
    pixels, shift = normalisation.normalised(ink, placing)
    scale, corner = placing.scale, placing.middle - (CENTRE - shift) / placing.scale
    return Frame(pixels=pixels, notes=notes, picture=_view(grey, scale, corner))


def decode(content: bytes) -> tuple[np.ndarray, tuple[str, ...]]:
    """A picture file's content -> grey picture, longer side at most 512, turned as its EXIF says; notes.

    Notes: animated (only the first image is taken). Raises DrawingError.
    """
    if len(content) > LARGEST_BYTES:
        raise _too_large(len(content))
    with guarded(_damaged), Image.open(io.BytesIO(content), formats=FORMATS) as image:
        _check_size(image)
        notes = ("animated",) if getattr(image, "is_animated", False) else ()
        image.draft("L", (2 * _WORKING_SIDE, 2 * _WORKING_SIDE))  # JPEG: decodes at a fraction of its size
        image.load()
        turned = image.getexif().get(ExifTags.Base.Orientation, 1)
        grey = _grey(image)  # first: turning copies the picture
    return np.ascontiguousarray(_TURNS.get(turned, lambda upright: upright)(grey)), notes


def _damaged(reason: str) -> DrawingError:
    if reason.startswith("cannot identify image file"):
        return DrawingError("This is no picture that can be opened: use one of {formats}.", formats=", ".join(FORMATS))
    if "decompression bomb" in reason:
        return DrawingError("The picture has far too many pixels to open: crop it to the digit.")
    return DrawingError("The picture is damaged or cut off ({reason}): save it again.", reason=reason)


def _check_size(image: Image.Image) -> None:
    """Raises DrawingError for a picture that would take long to open, or that is a mere line."""
    size = image.width * image.height
    if size > LARGEST_PIXELS:
        raise DrawingError(
            "The picture has {size} million pixels; at most {most} are opened: "
            "make it smaller, or crop it to the digit.",
            size=f"{math.ceil(size / 1e5) / 10:g}",
            most=LARGEST_PIXELS // 1_000_000,
        )
    if max(image.size) > _LONGEST_SHAPE * min(image.size):
        raise DrawingError(
            "The picture is {width} x {height} pixels, a mere line: crop it to the digit.",
            width=image.width,
            height=image.height,
        )


def _too_large(size: int) -> DrawingError:
    return DrawingError(
        "The picture has {size} MiB; at most {most} are accepted: make it smaller.",
        size=f"{size / 2**20:.0f}",
        most=LARGEST_BYTES >> 20,
    )


def _grey(image: Image.Image) -> np.ndarray:
    """Any mode -> grey; transparency is laid over black or white, whichever its content stands out from."""
    factor = max(1, -(-max(image.size) // (2 * _WORKING_SIDE)))
    if image.mode.startswith(("I", "F")):
        levels = np.asarray(image)[::factor, ::factor].astype(np.float32)
        levels = np.nan_to_num(levels, posinf=0, neginf=0)
        full = 65535 if image.mode.startswith("I") else max(float(levels.max()), 1e-9)
        return _shrunk(Image.fromarray(np.clip(levels / full, 0, 1)))
    if not image.has_transparency_data:
        return _shrunk(_as(image, "RGB" if image.mode == "CMYK" else "L").reduce(factor).convert("L"), 255)
    image = _as(image, "RGBA").reduce(factor)
    alpha = image.getchannel("A")
    opaque = np.asarray(alpha, np.float32) / 255
    shown = np.asarray(image.convert("L"), np.float32)
    paper = 255 if (shown * opaque).sum() <= 127 * opaque.sum() else 0
    return _shrunk(Image.composite(image.convert("L"), Image.new("L", image.size, paper), alpha), 255)


def _as(image: Image.Image, mode: str) -> Image.Image:
    """`convert` copies also where there is nothing to do: a tenth of a second for a large picture."""
    return image if image.mode == mode else image.convert(mode)


def _shrunk(image: Image.Image, full: float = 1) -> np.ndarray:
    image = image.convert("F")
    image.thumbnail((_WORKING_SIDE, _WORKING_SIDE), Image.Resampling.BOX)
    return np.asarray(image, np.float32) / full


def _ready_made(grey: np.ndarray) -> Frame | None:
    """A 28 x 28 picture whose rim is black, or white, is an image of MNIST already, or one turned dark on light."""
    rim = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    pixels = 1 - grey if rim.mean() > 0.5 else grey
    if max(rim.max(), 1 - rim.min()) - abs(rim.mean() - 0.5) - 0.5 > _BLANK or pixels.max() <= 0.5:
        return None
    return from_pixels(np.rint(pixels * 255).astype(np.uint8)) if abs(rim.mean() - 0.5) > 0.5 - _BLANK else None


def _large_enough(grey: np.ndarray) -> np.ndarray:
    """A small picture enlarged, so that lines and outlines are found by the same measures. Raises DrawingError."""
    if min(grey.shape) < 8:
        raise DrawingError("The picture is smaller than 8 pixels: use a larger one.")
    factor = -(-_LEAST_SIDE // max(grey.shape))
    if factor == 1:
        return grey
    size = (grey.shape[1] * factor, grey.shape[0] * factor)
    return np.clip(np.asarray(Image.fromarray(grey).resize(size, Image.Resampling.BICUBIC)), 0, 1)


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
