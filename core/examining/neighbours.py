"""Which test digits have nearly the same state as one digit after a row: exact, by way of the quantised index.

The index names twice as many candidates as are wanted; those are read again in float32 and sorted by their exact
distances, so that quantisation touches neither a distance nor, all but never, who is among the nearest.

Shapes: M digits in the index, H hidden, K = 10 classes. Rows, layers and images count from 0.
"""

from typing import Any

import numpy as np

from core.errors import ConfigError
from core.examining.index import Index, check_number, place_of
from core.examining.states import ROWS, checked, read_rows

METRICS = ("cosine", "euclidean")
COUNT = 24
_MOST = 1000


def nearest(
    index: Index,
    query: np.ndarray | int,
    row: int,
    *,
    state: str = "h",
    layer: int = -1,
    metric: str = "cosine",
    count: int = COUNT,
) -> dict[str, Any]:
    """The `count` digits of the index whose h or C of a layer after `row` is nearest to that of the query.

    query: a frame (28, 28), 0 to 1, or the number of a test image, which then is its own first neighbour at distance
    0. Cosine distance is 1 - cos, 0 to 2. Returns `neighbours` (index, digit, distance; nearest first) and `digits`
    (K counts among them). Raises ConfigError and DrawingError.
    """
    _check(index, state, layer, row, metric, count)
    image = _image(index, query)
    itself = index.chosen == (query if isinstance(query, int | np.integer) else -1)
    vector = _states(index, image[None], state, layer, row)[0]
    rough = distances(vector, index.states(state, layer, row), metric)
    rough[itself] = -1  # a candidate even at row 0, where thousands of digits are the same
    places = np.sort(_smallest(rough, 2 * count))
    batch = np.concatenate([image[None], _as(image, index.images[index.chosen[places]])])
    exact = _states(index, batch, state, layer, row)
    found = distances(exact[0], exact[1:], metric)
    found[itself[places]] = 0  # all that is left there is a batch's rounding
    order = np.lexsort((~itself[places], found))[:count]
    return _named(index, places[order], found[order])


def along(
    index: Index,
    frame: np.ndarray,
    *,
    state: str = "h",
    layer: int = -1,
    metric: str = "cosine",
    count: int = COUNT,
) -> list[dict[str, Any]]:
    """`nearest` of a frame (28, 28), 0 to 1, after each of the 28 rows: the candidates of all rows are read at once."""
    _check(index, state, layer, 0, metric, count)
    image = checked(np.asarray(frame)[None])[0]
    vectors = [row.states[state][layer][0].copy() for row in read_rows(index.reader, image[None])]
    candidates = [
        np.sort(_smallest(distances(vector, index.states(state, layer, row), metric), 2 * count))
        for row, vector in enumerate(vectors)
    ]
    every = np.unique(np.concatenate(candidates))
    batch = np.concatenate([image[None], _as(image, index.images[index.chosen[every]])])
    lists = []
    for row, places in zip(read_rows(index.reader, batch), candidates, strict=True):
        states = row.states[state][layer]
        found = distances(states[0], states[1 + np.searchsorted(every, places)], metric)
        order = np.argsort(found, kind="stable")[:count]
        lists.append(_named(index, places[order], found[order]))
    return lists


def distances(vector: np.ndarray, states: np.ndarray, metric: str) -> np.ndarray:
    """vector (H,), states (M, H) -> (M,) float32. Two states of zeros have the cosine distance 0."""
    if metric == "euclidean":
        gaps = states - vector
        return np.sqrt(np.einsum("mh,mh->m", gaps, gaps))
    lengths = np.sqrt(np.einsum("mh,mh->m", states, states))
    length = np.sqrt(vector @ vector)
    cosines = states @ vector / np.maximum(lengths * length, np.finfo(np.float32).tiny)
    both_zero = (lengths == 0) & (length == 0)
    return np.where(both_zero, 0, np.clip(1 - cosines, 0, 2)).astype(np.float32)


def _check(index: Index, state: str, layer: int, row: int, metric: str, count: int) -> None:
    place_of(index.reader, state, layer)
    check_number("row", row, ROWS)
    if metric not in METRICS:
        raise ConfigError("There is no distance {metric}: choose {metrics}.",
                          metric=repr(metric), metrics=" or ".join(METRICS))  # fmt: skip
    if not 1 <= count <= _MOST:
        raise ConfigError("{count} neighbours cannot be listed: choose 1 to {most}.",
                          count=str(count), most=str(_MOST))  # fmt: skip


def _image(index: Index, query: np.ndarray | int) -> np.ndarray:
    """(28, 28), uint8 of a test image, float32 of a frame."""
    if not isinstance(query, int | np.integer):
        return checked(np.asarray(query)[None])[0]
    check_number("test image", int(query), len(index.images))
    return index.images[query]


def _as(image: np.ndarray, images: np.ndarray) -> np.ndarray:
    """Images (M, 28, 28) uint8 in the type of the image that they join."""
    return images if image.dtype == np.uint8 else images / np.float32(255)


def _states(index: Index, images: np.ndarray, state: str, layer: int, row: int) -> np.ndarray:
    """(N, H) float32: h or C of a layer after `row`, of images that are read anew."""
    for found in read_rows(index.reader, images):
        if found.row == row:
            return found.states[state][layer].copy()
    raise AssertionError("read_rows yields every row")


def _smallest(values: np.ndarray, count: int) -> np.ndarray:
    """The places of the `count` smallest values, in no order."""
    return np.argpartition(values, count)[:count] if count < len(values) else np.arange(len(values))


def _named(index: Index, places: np.ndarray, found: np.ndarray) -> dict[str, Any]:
    images = index.chosen[places]
    digits = index.answers.labels[images]
    return {
        "neighbours": [
            {"index": int(image), "digit": int(digit), "distance": float(distance)}
            for image, digit, distance in zip(images, digits, found, strict=True)
        ],
        "digits": np.bincount(digits, minlength=10).tolist(),
    }
