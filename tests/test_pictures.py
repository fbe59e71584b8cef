"""A picture of a digit gives the frame that its strokes would, however it was taken; anything else gives a word."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from core.digits.drawing import from_strokes, ink
from core.digits.pictures import LARGEST_BYTES, LARGEST_PIXELS, from_file, from_picture
from core.errors import DrawingError

FIVE = [[(190, 50), (90, 55), (85, 130), (150, 120), (190, 170), (140, 230), (80, 215)]]
SHAPE = (320, 280)


def inked(width: float = 20, scale: float = 1.0, strokes=FIVE) -> np.ndarray:
    """(280, 280), 0 paper to 1 ink."""
    return ink([np.array(stroke, float) * scale for stroke in strokes], width / 2, 280)


def as_bytes(image: np.ndarray) -> np.ndarray:
    return np.rint(np.clip(image, 0, 1) * 255).astype(np.uint8)


def content_of(image: Image.Image | np.ndarray, kind: str = "PNG", **options) -> bytes:
    content = io.BytesIO()
    picture = Image.fromarray(as_bytes(image)) if isinstance(image, np.ndarray) else image
    picture.save(content, kind, **options)
    return content.getvalue()


def is_the_five(content: bytes, tolerance: float = 0.03) -> bool:
    return np.abs(from_picture(content).pixels - from_strokes(FIVE).pixels).mean() < tolerance


GREY = Image.fromarray(np.rint((1 - inked()) * 255).astype(np.uint8))


@pytest.mark.parametrize("width", [6, 12, 20, 32])
@pytest.mark.parametrize("negative", [False, True], ids=["dark on light", "light on dark"])
def test_picture_gives_what_its_strokes_give(width, negative):
    picture = inked(width)
    assert is_the_five(content_of(picture if negative else 1 - picture))


def test_small_digit_in_a_corner_is_found():
    assert is_the_five(content_of(1 - inked(8, 0.3)))


def test_uneven_light_noise_and_faint_ink_are_seen_through():
    random = np.random.default_rng(0)
    y, x = np.mgrid[:280, :280] / 280
    paper = 0.8 - 0.4 * x - 0.2 * y**2
    assert is_the_five(content_of(paper * (1 - 0.5 * inked(10)) + random.normal(0, 0.02, x.shape)))


def test_dust_and_the_edge_of_the_paper_are_left_out():
    picture = 1 - inked()
    picture[20:24, 20:24] = 0
    picture[:, :6] = 0
    assert is_the_five(content_of(picture))


@pytest.mark.parametrize("kind", ["JPEG", "GIF", "WEBP", "BMP", "TIFF"])
def test_every_named_format_opens(kind):
    assert is_the_five(content_of(GREY, kind))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
def test_every_mode_of_png_opens(mode):
    assert is_the_five(content_of(GREY.convert(mode)))


def test_cmyk_opens():
    assert is_the_five(content_of(GREY.convert("RGB").convert("CMYK"), "JPEG"))


def test_sixteen_bits_open():
    deep = np.rint((1 - inked()) * 65535).astype(np.uint16)
    assert is_the_five(content_of(Image.fromarray(deep)))
    assert is_the_five(content_of(Image.fromarray((1 - inked()).astype(np.float32)), "TIFF"))


@pytest.mark.parametrize("colour", [0, 255])
def test_ink_on_transparency_is_seen_whatever_its_colour(colour):
    picture = Image.new("LA", (280, 280), (colour, 0))
    picture.putalpha(Image.fromarray(np.rint(inked() * 255).astype(np.uint8)))
    assert is_the_five(content_of(picture))


def test_turned_as_the_camera_says():
    exif = Image.Exif()
    exif[0x0112] = 6  # the picture has to be turned clockwise
    assert is_the_five(content_of(GREY.rotate(90), "JPEG", exif=exif))


def test_animation_gives_its_first_image_and_says_so():
    blank = Image.new("L", GREY.size, 255)
    content = content_of(GREY, "GIF", save_all=True, append_images=[blank, GREY])
    assert is_the_five(content)
    assert from_picture(content).notes == ("animated",)


@pytest.mark.parametrize("negative", [False, True])
def test_image_of_mnist_is_taken_as_it_is(negative):
    pixels = np.rint(from_strokes(FIVE).pixels * 255).astype(np.uint8)
    content = content_of(Image.fromarray(255 - pixels if negative else pixels))
    assert np.array_equal(np.rint(from_picture(content).pixels * 255), pixels)


def test_view_shows_what_the_frame_shows():
    frame = from_picture(content_of(1 - inked(12, 0.5)))
    assert frame.picture is not None
    view = 1 - frame.picture.reshape(28, 8, 28, 8).mean((1, 3)) / 255
    assert np.corrcoef(view.ravel(), frame.pixels.ravel())[0, 1] > 0.9


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims to be this large and holds next to nothing."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    size = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size) + chunk(b"IDAT", zlib.compress(bytes(10))) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "no picture"),
        (b"this is text, whatever its name", "no picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "no picture"),
        (png_header(8000, 6250), "50 million pixels"),
        (png_header(60000, 60000), "too many pixels|million pixels"),
        (png_header(12000, 12000), "too many pixels|million pixels"),
        (png_header(200, 200), "damaged|cut off"),
        (content_of(GREY)[:300], "damaged|cut off"),
        (content_of(GREY, "JPEG")[:400], "damaged|cut off"),
        (bytes(LARGEST_BYTES + 1), "8 MiB"),
        (content_of(np.ones(SHAPE)), "stands out"),
        (content_of(np.zeros(SHAPE)), "stands out"),
        (content_of(np.ones((3, 3))), "smaller than 8"),
        (content_of(0.5 + np.random.default_rng(0).normal(0, 0.02, SHAPE)), "stands out"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_shows_no_digit_is_refused_with_a_word(content, word):
    with pytest.raises(DrawingError, match=word):
        from_picture(content)


def test_limit_of_pixels_is_above_a_telephones():
    assert LARGEST_PIXELS > 4032 * 3024


def test_random_bytes_never_bring_a_traceback():
    random = np.random.default_rng(1)
    whole = bytearray(content_of(GREY))
    for _ in range(60):
        damaged = bytearray(whole)
        for place in random.integers(8, len(whole), 6):
            damaged[place] = random.integers(256)
        try:
            from_picture(bytes(damaged))
        except DrawingError as error:
            assert str(error)  # noqa: PT017 - either a frame or a word


def test_file_is_read_by_its_path(tmp_path):
    path = tmp_path / "five.png"
    path.write_bytes(content_of(GREY))
    assert np.array_equal(from_file(path).pixels, from_picture(path.read_bytes()).pixels)
    with pytest.raises(DrawingError, match="check the path"):
        from_file(tmp_path / "none.png")
    with pytest.raises(DrawingError, match="check the path"):
        from_file(tmp_path)
