"""The map by t-SNE: what is alike lies together, every place is told by the nearest final states, and it is kept."""

import numpy as np
import pytest
from sklearn.manifold import trustworthiness

from core.digits.data import Mnist
from core.errors import ConfigError, StoreError
from core.examining import projection, tsne
from core.examining.index import Index, index_of, opened
from core.reading import readers
from tests.conftest import digits
from tests.test_equations import a_reader

TEST = digits(300, 4)
TINY = Mnist(TEST, TEST, "subset", "tiny")


@pytest.fixture(scope="module")
def index(tmp_path_factory) -> Index:
    return index_of(readers.load(), TINY, tmp_path_factory.mktemp("tsne"))


@pytest.fixture(scope="module")
def made(index) -> tsne.Embedding:
    return tsne.tsne(index)


def nearest_places(made: tsne.Embedding, state: np.ndarray) -> np.ndarray:
    """(H,) -> (2,): the rule of the module's first sentence, by NumPy."""
    away = np.linalg.norm(made.final.astype(np.float64) - state, axis=1)
    chosen = np.argsort(away)[: tsne.NEAREST]
    weights = 1 / away[chosen]
    return (made.places_of_final[chosen] * weights[:, None]).sum(0) / weights.sum()


def test_digits_with_like_states_lie_together_better_than_on_two_axes(index, made):
    flat = projection.pca(index).places(index)[-1]
    of_map = trustworthiness(made.final, made.places_of_final, n_neighbors=10)
    assert of_map > max(0.9, trustworthiness(made.final, flat, n_neighbors=10))


@pytest.mark.parametrize("row", [6, 13, 20])
def test_state_of_an_earlier_row_lies_among_the_final_states_most_like_it(index, made, row):
    states = index.states("h", -1, row)
    for image in (3, 77, 250):
        expected = nearest_places(made, states[image])
        np.testing.assert_allclose(made.places(index)[row, image], expected, rtol=1e-3, atol=1e-2)


def test_path_of_a_test_digit_ends_where_that_digit_lies(index, made):
    way = projection.path(index, made, index.images[9] / 255)
    spread = made.places_of_final.std()
    np.testing.assert_allclose(way[-1], made.places_of_final[9], atol=0.05 * spread)
    np.testing.assert_allclose(way[0], made.places(index)[0, 9], atol=0.05 * spread)


def test_map_is_made_once_and_opened_afterwards(index, made, monkeypatch):
    monkeypatch.setattr(tsne.sys, "executable", "nobody")  # nothing can be computed any more
    again = tsne.tsne(index)
    np.testing.assert_array_equal(again.places(index), made.places(index))
    assert tsne.kept(index, "h", 1) is not None  # the top layer of two
    assert opened(index.reader, TINY, index.path.parent) is not None


def test_damaged_map_is_made_anew(tmp_path):
    index = index_of(a_reader("rnn", 8)[0], Mnist(digits(60, 4), digits(60, 4), "subset", "tiny"), tmp_path)
    first = tsne.tsne(index).places(index)
    [path] = tmp_path.glob("*-tsne-*")
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    assert tsne.kept(index) is None
    np.testing.assert_array_equal(tsne.tsne(index).places(index), first)
    assert tsne.kept(index) is not None


def test_few_digits_and_few_units_have_a_map(tmp_path):
    few = digits(3, 4)
    index = index_of(a_reader("rnn", 1)[0], Mnist(few, few, "subset", "few"), tmp_path)
    assert np.isfinite(projection.path(index, tsne.tsne(index), few.images[0] / 255)).all()


def test_computation_that_fails_is_told_in_one_line(tmp_path, monkeypatch):
    index = index_of(a_reader("rnn", 8)[0], TINY, tmp_path)
    monkeypatch.setattr(tsne, "_ROOT", tmp_path)  # where no `core` can be found
    with pytest.raises(StoreError, match=r"could not be computed: .*core"):
        tsne.tsne(index)
    assert not list(tmp_path.glob("*-tsne-*"))


def test_state_that_a_reader_lacks_is_refused(tmp_path):
    with pytest.raises(ConfigError):
        tsne.tsne(index_of(a_reader("gru", 8)[0], TINY, tmp_path), "C")
