"""The animation has an image a row, in the page's colours, with the cursor on that row."""

import io

import numpy as np
import pytest
from PIL import Image, ImageSequence

from core.reading.animation import ROW, to_gif
from tests.traces import COLOURS, random_trace


def images_of(cell: str, layers: int) -> list[np.ndarray]:
    content = to_gif(random_trace(cell, layers), layers - 1, COLOURS)
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
