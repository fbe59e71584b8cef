"""The map by neighbours: digits whose final states are alike lie side by side, and each kind is an island of its own.

scikit-learn's t-SNE (van der Maaten & Hinton, JMLR 2008) of the states after the last row. It has a place only for what
it was made of. Any other state, of an earlier row or of one's own digit, is given the mean place of the NEAREST final
states that are most like it, weighted by 1 / distance; a final state has its own place by that rule too. So the map
tells what a state is like, and the distances between islands tell nothing.

10,000 digits take a minute or two on two cores: it is computed in a process of its own and kept beside the index, as an
index is. Shapes as in projection.py.
"""

import os
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np

from core import system
from core.errors import StoreError
from core.examining.index import Index, place_of
from core.examining.index_file import SUFFIX, Layout, mapped, writing
from core.examining.states import ROWS

NEAREST = 5
_PERPLEXITY = 30.0
_FEWEST = 5
"""Digits: of fewer there is nothing to be told apart."""
_MANY = 2000
_ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, eq=False)
class Embedding:
    """A map by t-SNE; made by `tsne`, opened by `kept`."""

    state: str
    layer: int
    final: np.ndarray
    """(M, H) float32: the states that it was made of."""
    of_rows: np.ndarray
    """(T, M, 2) float32: the place of every digit after every row."""

    @property
    def places_of_final(self) -> np.ndarray:
        """(M, 2) float32: of the states that it was made of."""
        return self.of_rows[-1]

    def place(self, states: np.ndarray) -> np.ndarray:
        """(N, H) -> (N, 2) float32."""
        return _likeness(self.final, self.places_of_final).predict(states).astype(np.float32)

    def places(self, index: Index) -> np.ndarray:
        return self.of_rows


def tsne(index: Index, state: str = "h", layer: int = -1) -> Embedding:
    """Opened where it has been made before, else made, which takes a minute or two.

    Raises ConfigError for what the reader lacks, StoreError where the computation failed or cannot be kept.
    """
    if found := kept(index, state, layer):
        return found
    places = _computed(index, state, layer)
    path, layout = _plan(index, state, layer)
    try:
        with writing(path, layout) as writer:
            writer.add("places", places)
    except OSError as error:
        raise StoreError(
            "Cannot keep the map in {folder} ({reason}): free some space, or choose another folder.",
            folder=str(path.parent), reason=str(error.strerror),
        ) from None  # fmt: skip
    return Embedding(state, layer, index.states(state, layer, ROWS - 1), places)


def kept(index: Index, state: str = "h", layer: int = -1) -> Embedding | None:
    """The map where it has been made; None where it has not, or its file is damaged."""
    arrays = mapped(*_plan(index, state, layer))
    if arrays is None:
        return None
    return Embedding(state, layer, index.states(state, layer, ROWS - 1), np.array(arrays["places"]))


def _plan(index: Index, state: str, layer: int) -> tuple[Path, Layout]:
    """The file beside the index, whose name holds the hashes of weights and images, and what is in it."""
    place_of(index.reader, state, layer)
    name = f"{index.path.stem}-tsne-{state}{layer % index.reader.layers + 1}"
    identity = {"map": name, "perplexity": f"{_PERPLEXITY:g}", "nearest": str(NEAREST)}
    return index.path.with_name(name + SUFFIX), Layout(identity, {"places": ("<f4", (ROWS, len(index), 2))})


def _computed(index: Index, state: str, layer: int) -> np.ndarray:
    """(T, M, 2) float32, from a process that is sent the states row by row, the last row first."""
    shape = (len(index), index.reader.hidden)
    command = [sys.executable, "-m", "core.examining.tsne", *map(str, shape)]
    # beside other work, threads that spin at every barrier take ten times as long; for few digits one is enough
    patient = {**os.environ, "OMP_WAIT_POLICY": "passive"}
    if len(index) < _MANY:
        patient["OMP_NUM_THREADS"] = "1"
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=_ROOT, env=patient, stdin=pipe, stdout=pipe, stderr=pipe) as process:
        assert process.stdin is not None, "it was asked for"
        with suppress(BrokenPipeError):  # it has ended, and says why
            for row in reversed(range(ROWS)):
                process.stdin.write(index.states(state, layer, row).tobytes())
        answer, said = process.communicate()
    places = np.frombuffer(answer, np.float32)
    if process.returncode or places.size != ROWS * len(index) * 2:
        reason = (said.decode(errors="replace").strip().splitlines() or ["it was ended"])[-1]
        raise StoreError("The map by t-SNE could not be computed: {reason}", reason=reason)
    return places.reshape(ROWS, len(index), 2)


def _likeness(final: np.ndarray, places: np.ndarray) -> Any:
    """Predicts the place of a state from the final states (M, H) and their places (M, 2)."""
    from sklearn.neighbors import KNeighborsRegressor

    return KNeighborsRegressor(min(NEAREST, len(final)), weights="distance", algorithm="brute").fit(final, places)


def _embed(final: np.ndarray) -> np.ndarray:
    """(M, H) -> (M, 2) float32."""
    from sklearn.manifold import TSNE

    if len(final) < _FEWEST:
        return np.zeros((len(final), 2), np.float32)
    perplexity = min(_PERPLEXITY, (len(final) - 1) / 3)
    start = "pca" if final.shape[1] > 1 else "random"
    return TSNE(perplexity=perplexity, init=start, random_state=0).fit_transform(final).astype(np.float32)


def main(shape: tuple[int, int], states: IO[bytes], places: IO[bytes]) -> None:
    """Reads the states (M, H) of each row, the last row first; writes (T, M, 2), both float32."""
    system.end_with_parent()
    rows = (np.frombuffer(states.read(4 * shape[0] * shape[1]), np.float32).reshape(shape) for _ in range(ROWS))
    final = next(rows)
    found = [_embed(final)]
    likeness = _likeness(final, found[0])
    found += [likeness.predict(row).astype(np.float32) for row in rows]
    places.write(np.array(found[::-1]).tobytes())


if __name__ == "__main__":
    main((int(sys.argv[1]), int(sys.argv[2])), sys.stdin.buffer, sys.stdout.buffer)
