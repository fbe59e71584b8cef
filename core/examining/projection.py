"""The map: every indexed digit's h(t) or C(t) in two dimensions, at every row, and one's own digit's path through it.

One PCA for all rows, fitted on the last: there the digits lie apart, and the map is to show how they get there. By the
nearest of ten centres on the map, 94 % of the shipped LSTM's final states are given their digit; where PCA is fitted on
all rows, 93 % (and 50 instead of 45 % after row 14). After row 1, which almost every image has blank, all digits are
at one point.

The other map, by neighbours in place of axes, is in tsne.py.

Shapes: M digits in the index, T = 28 rows, H hidden. Rows, layers and images count from 0.
"""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from core.examining.index import Index, place_of
from core.examining.states import ROWS, checked, read_rows

_LARGEST = 32_767


class Map(Protocol):
    """A place in two dimensions for every state of one kind (h or C) and layer."""

    @property
    def state(self) -> str: ...

    @property
    def layer(self) -> int: ...

    def place(self, states: np.ndarray) -> np.ndarray:
        """(..., H) -> (..., 2) float32."""
        ...

    def places(self, index: Index) -> np.ndarray:
        """(T, M, 2) float32: of every digit of the index after every row."""
        ...


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

    def places(self, index: Index) -> np.ndarray:
        """(T, M, 2) float32: of every digit after every row."""
        found = np.stack([index.projected(self.state, self.layer, row, self.axes) for row in range(ROWS)])
        found -= (self.mean @ self.axes).astype(np.float32)
        return found


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


def positions(index: Index, made: Map) -> dict[str, Any]:
    """Every digit at every row, for the browser: `places` (T, M, 2) int16, of which 1 is `scale` of the map.

    Also `digits` (M,) uint8 and `images` (M,) uint16 (numbers in the test set). 10,000 digits: 1.1 MiB.
    """
    found = made.places(index)
    scale = max(float(np.abs(found).max()), np.finfo(np.float32).tiny) / _LARGEST
    return {
        "places": np.rint(found / scale).astype(np.int16),
        "scale": scale,
        "digits": index.labels.astype(np.uint8),
        "images": index.chosen.astype(np.uint16),
    }


def path(index: Index, made: Map, frame: np.ndarray) -> np.ndarray:
    """(T, 2): the 28 points of a frame (28, 28), 0 to 1, on the same map. Raises DrawingError."""
    rows = read_rows(index.reader, checked(np.asarray(frame)[None]))
    return made.place(np.array([row.states[made.state][made.layer][0].copy() for row in rows]))
