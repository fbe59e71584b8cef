"""A picture of a digit (scan, photo of paper, screenshot) -> the frame that MNIST would have.

Here a file becomes a grey picture, and `cutting` cuts its digits out of it: `segmentation` finds their ink,
`separation` parts it, and `normalisation` makes it a frame.
"""

import io
import math
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image

from core.digits.boxes import Box
from core.digits.drawing import Frame
from core.errors import DrawingError
from core.outside import guarded, read_file

warnings.simplefilter("error", Image.DecompressionBombWarning)  # Pillow tells so of far too many pixels
ENDINGS = ("png", "jpg", "jpeg", "gif", "webp", "bmp", "tif", "tiff")
"""Of the names of picture files."""
FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF")
LARGEST_BYTES = 8 * 2**20
LARGEST_PIXELS = 32_000_000
"""Checked before decoding; a phone's picture has about 12 million."""
KEPT_SIDE, WORKING_SIDE = 1024, 512
"""The longer side that is kept of a picture, and the one at which its ink is looked for."""
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
_SIDEWAYS = (5, 6, 7, 8)


def from_file(path: Path | str) -> Frame:
    """The frame of a picture file's digit, of several the first's. Raises DrawingError."""
    return all_from_file(path)[0]


def all_from_file(path: Path | str) -> tuple[Frame, ...]:
    """The frames of a picture file's digits, at least one, in reading order. Raises DrawingError."""
    path = Path(path)
    try:
        content = read_file(path, LARGEST_BYTES, _too_large)
    except OSError as error:
        raise DrawingError(
            "Cannot read the picture {path} ({error}): check the path.", path=path, error=error.strerror
        ) from None
    return all_from_picture(content)


def from_picture(content: bytes) -> Frame:
    """A picture's content -> the frame of its digit; of several, as a note says, the first. Raises DrawingError."""
    return all_from_picture(content)[0]


def all_from_picture(content: bytes) -> tuple[Frame, ...]:
    """A picture's content -> the frames of its digits, at least one, in reading order. Raises DrawingError."""
    from core.digits.cutting import cut_all  # imports scipy: 0.3 s that few visits to a page need

    return cut_all(decode(content))


@dataclass(frozen=True, kw_only=True, eq=False)
class Picture:
    """What a picture file shows, turned upright."""

    grey: np.ndarray
    """(height, width) float32, 0 black to 1 white; longer side at most 1,024."""
    size: tuple[int, int]
    """Width and height in the file's own pixels."""
    notes: tuple[str, ...] = ()
    """animated: only the first image is taken."""

    @property
    def whole(self) -> Box:
        return Box(0, 0, *self.size)


def decode(content: bytes) -> Picture:
    """A picture file's content -> Picture. Raises DrawingError."""
    if len(content) > LARGEST_BYTES:
        raise _too_large(len(content))
    with guarded(_damaged), Image.open(io.BytesIO(content), formats=FORMATS) as image:
        _check_size(image)
        width, height = image.size
        notes = ("animated",) if getattr(image, "is_animated", False) else ()
        image.draft("L", (KEPT_SIDE, KEPT_SIDE))  # JPEG: decodes at a fraction of its size
        image.load()
        turned = image.getexif().get(ExifTags.Base.Orientation, 1)
        grey = _grey(image)  # first: turning copies the picture
    upright = np.ascontiguousarray(_TURNS.get(turned, lambda upright: upright)(grey))
    return Picture(grey=upright, size=(height, width) if turned in _SIDEWAYS else (width, height), notes=notes)


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
    factor = max(1, -(-max(image.size) // KEPT_SIDE))
    if image.mode.startswith(("I", "F")):
        levels = np.asarray(image)[::factor, ::factor].astype(np.float32)
        levels = np.nan_to_num(levels, posinf=0, neginf=0)
        full = 65535 if image.mode.startswith("I") else max(float(levels.max()), 1e-9)
        return np.clip(levels / full, 0, 1)
    if not image.has_transparency_data:
        return _levels(_as(image, "RGB" if image.mode == "CMYK" else "L").reduce(factor))
    image = _as(image, "RGBA").reduce(factor)
    alpha = image.getchannel("A")
    opaque = np.asarray(alpha, np.float32) / 255
    shown = np.asarray(image.convert("L"), np.float32)
    paper = 255 if (shown * opaque).sum() <= 127 * opaque.sum() else 0
    return _levels(Image.composite(image.convert("L"), Image.new("L", image.size, paper), alpha))


def _as(image: Image.Image, mode: str) -> Image.Image:
    """`convert` copies also where there is nothing to do: a tenth of a second for a large picture."""
    return image if image.mode == mode else image.convert(mode)


def _levels(image: Image.Image) -> np.ndarray:
    return np.asarray(image.convert("L"), np.float32) / 255


def shrunk(grey: np.ndarray, side: int) -> np.ndarray:
    """A grey picture whose longer side is at most so long."""
    if max(grey.shape, default=0) <= side:
        return grey
    image = Image.fromarray(grey)
    image.thumbnail((side, side), Image.Resampling.BOX)
    return np.asarray(image, np.float32)
