"""A picture of the strips shows every value of the trace, in SVG and PNG alike, with its letters and scales."""

import base64
import io
import re
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from core.reading.strips import Strip, strips_of, to_png, to_svg
from tests.traces import COLOURS, random_trace

SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn"])
def test_svg_holds_a_pixel_for_each_value(cell):
    traced = random_trace(cell)
    root = ElementTree.fromstring(to_svg(traced, 1, COLOURS))
    images = [image.get("href").partition(",")[2] for image in root.iter(f"{SVG}image")]
    sizes = [Image.open(io.BytesIO(base64.b64decode(image))).size for image in images]
    assert sizes == [(28, 28), *[(12, 28)] * len(traced.states()), (10, 28)]
    letters = re.findall(r">(\w)\(t\)<", to_svg(traced, 1, COLOURS).decode())
    assert letters == ["x", *traced.states()]


def test_colours_run_from_the_ramps_one_end_to_the_other():
    strip = Strip(letter="C", values=np.array([[0, 0.25, 0.5, 1, 2]]), ramp=COLOURS.signed, ends=("−1", "1"))
    expected = [[0, 0, 255], [128, 128, 255], [255, 255, 255], [255, 128, 0], [255, 128, 0]]
    assert np.asarray(strip.cells)[0].tolist() == expected


def test_legend_says_where_values_go_beyond_its_colours():
    [cells] = [strip for strip in strips_of(random_trace("lstm", scale=3.0), 0, COLOURS) if strip.letter == "C"]
    assert np.abs(cells.values - 0.5).max() > 0.5
    assert all(end[0] in "≤≥" for end in cells.ends)
    [states] = [strip for strip in strips_of(random_trace("lstm"), 0, COLOURS) if strip.letter == "h"]
    assert states.ends == ("−1", "1")


def test_png_is_the_same_picture_at_twice_the_size():
    traced = random_trace("lstm")
    root = ElementTree.fromstring(to_svg(traced, 1, COLOURS))
    with Image.open(io.BytesIO(to_png(traced, 1, COLOURS))) as image:
        assert image.size == tuple(2 * int(root.get(side, 0)) for side in ("width", "height"))
        frame = next(root.iter(f"{SVG}image"))
        left, top = (2 * int(frame.get(name, 0)) for name in ("x", "y"))
        pixels = np.asarray(image.convert("RGB"))[top + 10 : top + 560 : 20, left + 10 : left + 560 : 20, 0]
    np.testing.assert_allclose(pixels, 255 * (1 - traced.x), atol=1)
