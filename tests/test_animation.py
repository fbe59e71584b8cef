"""The animation has an image a row, in the page's colours, with the cursor on that row."""

import io

import numpy as np
import pytest
from PIL import Image, ImageSequence

from core.reading.animation import ROW, Colours, to_gif
from core.reading.readers import reader_of, shapes_of
from core.reading.tracing import trace

COLOURS = Colours(
    paper="#ffffff",
    ink="#000000",
    accent="#ff00ff",
    signed=("#0000ff", "#ffffff", "#ff8000"),
    unsigned=("#ffffff", "#008080"),
)


def images_of(cell: str, layers: int) -> list[np.ndarray]:
    random = np.random.default_rng(0)
    shapes = shapes_of(cell, 12, layers)
    reader = reader_of({name: random.normal(0, 0.4, shape).astype(np.float32) for name, shape in shapes.items()})
    content = to_gif(trace(reader, random.uniform(0, 1, (28, 28)).astype(np.float32)), layers - 1, COLOURS)
    with Image.open(io.BytesIO(content)) as animation:
        assert animation.info["loop"] == 0
        images = []
        for image in ImageSequence.Iterator(animation):
            images.append(np.asarray(image.convert("RGB")).astype(int))
    return images


@pytest.mark.parametrize(("cell", "layers"), [("lstm", 2), ("gru", 1), ("rnn", 3)])
def test_cursor_goes_down_row_by_row(cell, layers):
    images = images_of(cell, layers)
    assert len(images) == 28
    tops = []
    for image in images:
        accent = np.abs(image - (255, 0, 255)).max(-1) < 40
        tops.append(np.flatnonzero(accent[:, : image.shape[1] // 2].sum(1) > 100)[0])
    assert np.array_equal(np.diff(tops), np.full(27, ROW))
