"""The map: every indexed digit's h(t) or C(t) in two dimensions, at every row, and one's own digit's path through it.

One PCA for all rows, fitted on the last: there the digits lie apart, and the map is to show how they get there. By the
nearest of ten centres on the map, 92 % of the shipped reader's final states are given their digit; where PCA is fitted
on all rows, 86 % (and 49 instead of 43 % after row 14). After row 1, which almost every image has blank, all digits are
at one point.

A t-SNE or UMAP belongs beside `pca`, as another function from states (M, H) to a Projection that can also place new
points; neither has a library here with few dependencies of its own.

Shapes: M digits in the index, T = 28 rows, H hidden. Rows, layers and images count from 0.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from core.examining.index import Index, place_of
from core.examining.states import ROWS, checked, read_rows

_LARGEST = 32_767


@dataclass(frozen=True, eq=False)
class Projection:
    """(H,) -> (2,), linear."""

    state: str
    layer: int
    mean: np.ndarray
    """(H,) of the last row."""
    axes: np.ndarray
    """(H, 2), orthonormal; the first shows most of the variance."""
    explained: tuple[float, float]
    """The fraction of the last row's variance that each axis shows, 0 to 1."""

    def place(self, states: np.ndarray) -> np.ndarray:
        """(..., H) -> (..., 2) float32."""
        return ((states - self.mean) @ self.axes).astype(np.float32)


def pca(index: Index, state: str = "h", layer: int = -1) -> Projection:
    """The two principal axes of h or C of a layer after the last row. Raises ConfigError for what the reader lacks."""
    place_of(index.reader, state, layer)
    values = index.states(state, layer, ROWS - 1).astype(np.float64)
    mean = values.mean(0)
    variances, axes = np.linalg.eigh(np.atleast_2d((values - mean).T @ (values - mean)))
    variances, axes = np.maximum(variances[::-1], 0), axes[:, ::-1][:, :2]
    axes = axes * np.where(axes.sum(0) < 0, -1, 1)  # PCA leaves the signs open: the map is not to flip between visits
    if axes.shape[1] < 2:  # a reader of one unit has one axis
        axes, variances = np.pad(axes, ((0, 0), (0, 1))), np.pad(variances, (0, 1))
    total = max(float(variances.sum()), np.finfo(np.float64).tiny)
    return Projection(state, layer, mean, axes, (float(variances[0]) / total, float(variances[1]) / total))


def positions(index: Index, projection: Projection) -> dict[str, Any]:
    """Every digit at every row, for the browser: `places` (T, M, 2) int16, of which 1 is `scale` of the projection.

    Also `digits` (M,) uint8, `images` (M,) uint16 (numbers in the test set) and `explained`. 10,000 digits: 1.1 MiB.
    """
    state, layer, axes = projection.state, projection.layer, projection.axes
    found = np.stack([index.projected(state, layer, row, axes) for row in range(ROWS)])
    found -= (projection.mean @ axes).astype(np.float32)
    scale = max(float(np.abs(found).max()), np.finfo(np.float32).tiny) / _LARGEST
    return {
        "places": np.rint(found / scale).astype(np.int16),
        "scale": scale,
        "digits": index.labels.astype(np.uint8),
        "images": index.chosen.astype(np.uint16),
        "explained": projection.explained,
    }


def path(index: Index, projection: Projection, frame: np.ndarray) -> list[list[float]]:
    """The 28 points (x, y) of a frame (28, 28), 0 to 1, in the same projection. Raises DrawingError."""
    rows = read_rows(index.reader, checked(np.asarray(frame)[None]))
    return [projection.place(row.states[projection.state][projection.layer][0]).tolist() for row in rows]
