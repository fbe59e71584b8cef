"""A trace of a network with random weights, and colours that a test tells apart."""

import numpy as np

from core.reading.readers import reader_of, shapes_of
from core.reading.strips import Colours
from core.reading.tracing import RowTrace, trace

COLOURS = Colours(
    paper="#ffffff",
    ink="#000000",
    accent="#ff00ff",
    signed=("#0000ff", "#ffffff", "#ff8000"),
    unsigned=("#ffffff", "#008080"),
)


def random_trace(cell: str, layers: int = 2, scale: float = 0.4) -> RowTrace:
    """Of 12 units a layer, whose weights have the deviation `scale`; the same at every call."""
    random = np.random.default_rng(0)
    shapes = shapes_of(cell, 12, layers)
    reader = reader_of({name: random.normal(0, scale, shape).astype(np.float32) for name, shape in shapes.items()})
    return trace(reader, random.uniform(0, 1, (28, 28)).astype(np.float32))
