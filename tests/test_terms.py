"""Learn's formulas in the browser: their terms are Python's, and their numbers are written as Python writes them."""

import json

import numpy as np
import pytest

from core.reading import equations
from core.reading.cells import CELLS
from core.reading.readers import reader_of, save, shapes_of
from core.reading.tracing import trace
from dashboard.learn import formulas
from tests.mirror import ROUNDING, mirrored

_TERMS = ("W h", "U x", "b", "sum", "value", "C before", "f", "i", "a", "kept", "added", "o", "C", "tanh C", "d", "r")
_TERMS += ("z", "n", "h before", "new", "V h", "c", "y", "L")


@pytest.mark.parametrize(("cell", "layers"), [(cell, layers) for cell in CELLS for layers in (1, 3)])
def test_terms_of_the_equations_are_the_same(cell, layers, tmp_path):
    random = np.random.default_rng(layers)
    shapes = shapes_of(cell, 9, layers)
    reader = reader_of({name: random.normal(0, 0.5, shape).astype(np.float32) for name, shape in shapes.items()})
    frame = random.random((28, 28), dtype=np.float32)
    save(reader, tmp_path / "weights.safetensors")
    frame.tofile(tmp_path / "x")
    places = [(layer, row, unit, unit) for layer in range(layers) for row in (0, 1, 27) for unit in (0, 8)]
    job = {"kind": "terms", "weights": str(tmp_path / "weights.safetensors"), "x": str(tmp_path / "x"), "rows": 28}
    mirrored(tmp_path, [job | {"places": places, "out": str(tmp_path / "out")}])
    read = trace(reader, frame)
    for (layer, row, unit, digit), (terms, readout) in zip(
        places, json.loads((tmp_path / "out").read_text()), strict=True
    ):
        for letter, expected in equations.terms(reader, read, layer, row, unit).items():
            assert terms[letter] == pytest.approx(expected, abs=ROUNDING)
        expected = {term: values[digit] for term, values in equations.readout(reader, read.h[-1, row]).items()}
        assert readout == pytest.approx(expected, abs=ROUNDING)


def test_numbers_of_formulas_are_written_alike(tmp_path):
    random = np.random.default_rng(0)
    wide = random.normal(0, 10 ** random.uniform(-5, 3, (300, 1)), (300, 3))
    rounded = [[0.0, -0.0, 1e-9], [-1e-9, -0.0005, 0.0005], [-1.0, 1.0, 999.9995], *wide, *np.round(wide, 4)]
    places = sorted({place for cell in CELLS for group in formulas.places(cell).values() for place in group})
    terms = [
        (place, {name: float(triple[k % 3]) for k, name in enumerate(_TERMS)}) for place in places for triple in rounded
    ]
    jobs = [{"kind": "texts", "texts": terms, "out": str(tmp_path / "out")}]
    mirrored(tmp_path, jobs)
    found = json.loads((tmp_path / "out").read_text())
    for (place, given_terms), text in zip(terms, found, strict=True):
        assert text == formulas.text(place, given_terms).replace("-", "−")
