"""Learn's formulas, filled by the browser's own network as soon as another row or unit is chosen."""

import numpy as np

from dashboard.components import component

_element = component("formulas", html="<span></span>")


def live_formulas(
    weights: str,
    frame: np.ndarray,
    layer: int,
    target: int,
    places: dict[str, list[str]],
    *,
    page: str,
    controls: dict[str, str],
    diagram: str,
    formulas: dict[str, str],
) -> None:
    """weights: address of the reader's file; frame (T, 28), 0 to 1; layer from 0; target: the digit of the readout.

    places: formula -> what fills its numbers, in their order. page, controls (row, unit) and formulas are CSS
    selectors of what stands in the page, formulas by the names of `places`; diagram: the path of the cell's picture.
    """
    selectors = {"page": page, "controls": controls, "diagram": diagram, "formulas": formulas}
    x = frame.astype(float).ravel().tolist()
    data = {"weights": weights, "x": x, "layer": layer, "target": target, "places": places} | selectors
    _element(data=data, key="formulas", height=1)
