"""Neighbours, selections and the map are those of PyTorch's own states; an index survives damage, and old ones go."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch

from core.digits.data import Mnist, Split
from core.errors import ConfigError, DrawingError, StoreError
from core.examining import projection
from core.examining.index import Index, index_of, opened
from core.examining.neighbours import along, nearest
from core.examining.selection import matching, units_on
from core.reading import readers
from core.reading.readers import Reader
from core.training.model import network_of
from tests.conftest import digits
from tests.test_equations import a_frame, a_reader
from tests.test_examining import mnist, whole

__all__ = ["mnist", "whole"]
CELLS = ("rnn", "gru", "lstm")
TEST = digits(60, 4)
TINY = Mnist(TEST, TEST, "subset", "tiny")


@pytest.fixture(scope="session")
def shipped(mnist, tmp_path_factory) -> Index:
    """The shipped reader's index of the whole test set."""
    return index_of(readers.load(), mnist, tmp_path_factory.mktemp("index"))


@torch.no_grad()
def states_of_torch(reader: Reader, images: np.ndarray, row: int) -> dict[str, np.ndarray]:
    """h and C (L, N, H) after a row, by PyTorch reading no further than that row."""
    network, parts = network_of(reader), torch.from_numpy(np.array(images[:, : row + 1])).split(1000)
    last = [network.recurrent(part.float() / 255)[1] for part in parts]
    found = last if reader.cell == "lstm" else [(h,) for h in last]
    return {
        letter: torch.cat(layers, 1).numpy() for letter, layers in zip("hC", zip(*found, strict=True), strict=False)
    }


def distances_of_torch(query: np.ndarray, states: np.ndarray, metric: str) -> np.ndarray:
    a, b = torch.from_numpy(query).double(), torch.from_numpy(states).double()
    return (1 - torch.cosine_similarity(a, b) if metric == "cosine" else (a - b).norm(dim=1)).numpy()


def content(found: dict, key: str) -> np.ndarray:
    return np.array([row[key] for row in found["neighbours"]])


def assert_nearest(index: Index, states: np.ndarray, row: int, **choice) -> None:
    for query in (7, 500):
        expected = distances_of_torch(states[query], states, choice["metric"])
        found = nearest(index, query, row, **choice)
        np.testing.assert_allclose(content(found, "distance"), np.sort(expected)[:24], atol=1e-4)
        np.testing.assert_allclose(content(found, "distance"), expected[content(found, "index")], atol=1e-4)
        assert (content(found, "digit") == index.answers.labels[content(found, "index")]).all()


@pytest.mark.data
@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_neighbours_in_the_whole_test_set_are_those_of_pytorch(shipped, whole, metric):
    assert_nearest(shipped, whole.tops[:, 27], 27, metric=metric)


def test_neighbours_by_the_cell_state_of_a_lower_layer_are_those_of_pytorch(shipped):
    states = states_of_torch(shipped.reader, shipped.images, 13)["C"][0]
    assert_nearest(shipped, states, 13, state="C", layer=0, metric="euclidean")


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_neighbours_along_all_rows_are_those_of_each_row_alone(shipped, metric):
    frame = a_frame(3)
    rows = along(shipped, frame, metric=metric)
    assert len(rows) == 28
    for row in (4, 13, 27):  # before, thousands of digits are at the same distance
        alone = nearest(shipped, frame, row, metric=metric)
        np.testing.assert_allclose(content(rows[row], "distance"), content(alone, "distance"), atol=1e-5)
        assert set(content(rows[row], "index")) == set(content(alone, "index"))


def test_a_test_image_is_its_own_first_neighbour_at_distance_0(shipped):
    for query in (0, 321, 999):
        for metric in ("cosine", "euclidean"):
            found = nearest(shipped, query, 27, metric=metric)["neighbours"][0]
            assert (found["index"], found["distance"]) == (query, 0)
            drawn = nearest(shipped, shipped.images[query] / 255, 27, metric=metric)["neighbours"][0]
            assert (drawn["index"], drawn["distance"]) == (query, pytest.approx(0, abs=1e-4))
        assert nearest(shipped, query, 0, count=1)["neighbours"][0]["index"] == query  # among many that are the same


def test_answers_in_the_index_are_those_of_pytorch(shipped, whole):
    top = np.sort(whole.logits, 2)
    clear = (top[..., -1] - top[..., -2]).T > 1e-4  # elsewhere rounding decides
    np.testing.assert_array_equal(shipped.answers.by_row[clear], whole.logits.argmax(2).T[clear])


def test_an_index_of_the_whole_test_set_stays_under_200_mib_and_out_of_memory(shipped):
    assert len(shipped) == len(shipped.images)
    assert shipped.path.stat().st_size < 200 * 2**20
    assert isinstance(shipped._states, np.memmap)
    assert not shipped._states.flags.writeable


def test_the_map_is_a_principal_component_analysis_and_a_digits_path_runs_through_its_places(shipped, whole):
    last = whole.tops[:, 27].astype(np.float64)
    axes = np.linalg.svd(last - last.mean(0), full_matrices=False)[2][:2]
    found = projection.pca(shipped)
    np.testing.assert_allclose(np.abs((axes * found.axes.T).sum(1)), 1, atol=1e-4)
    spread = (last - last.mean(0)).var(0).sum()
    np.testing.assert_allclose(found.explained, ((last - last.mean(0)) @ axes.T).var(0) / spread, rtol=1e-3)
    message = projection.positions(shipped, found)
    places = message["places"] * message["scale"]
    assert message["places"].nbytes <= 1.2 * 2**20
    assert places[0].std(0).max() < 0.1 * places[27].std(0).min()  # one point at first, ten islands at last
    np.testing.assert_allclose(projection.path(shipped, found, shipped.images[9] / 255), places[:, 9], atol=0.03)


def test_a_selection_finds_the_digits_whose_units_exceed_the_threshold(shipped, whole):
    units, rows, threshold = [3, 77], (12, 14), 0.1
    for above, sign in ((True, 1), (False, -1)):
        found = matching(shipped, units, rows, sign * threshold, above=above, count=10**6)
        least = (sign * whole.tops[:, 12:15, units] - threshold).min((1, 2))
        full = {match["index"] for match in found["matches"] if match["held"] == 1}
        tolerance = 1 / 255  # half a step of h in one byte
        assert set(np.flatnonzero(least > tolerance)) <= full <= set(np.flatnonzero(least > -tolerance))
        assert found["images"] == len(full) > 0
        labels = shipped.answers.labels
        assert found["digits"] == [sum(labels[image] == digit for image in full) for digit in range(10)]
        assert found["fractions"] == pytest.approx(np.array(found["digits"]) / np.bincount(labels))
        ranks = [(match["held"], match["margin"]) for match in found["matches"]]
        assert ranks == sorted(ranks, reverse=True)


def test_units_on_are_those_that_stay_beyond_the_threshold():
    states = np.zeros((28, 4))
    states[5:8, 1], states[5:7, 2], states[4:9, 3] = 0.5, 0.5, -0.5
    assert units_on(states, (5, 7), 0.4) == [1]
    assert units_on(states, (5, 7), -0.4, above=False) == [3]


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("hidden", [8, 512])
def test_every_state_is_kept_to_within_half_a_step(cell, hidden, tmp_path):
    index = index_of(a_reader(cell, hidden)[0], TINY, tmp_path)
    for row in (0, 27):
        for letter, layers in states_of_torch(index.reader, TEST.images, row).items():
            for layer, expected in enumerate(layers):
                half_step = (expected.max(0) - expected.min(0)) / 510
                assert (np.abs(index.states(letter, layer, row) - expected) <= half_step + 1e-5).all()


@pytest.mark.parametrize("cell", CELLS)
def test_neighbours_of_every_cell_and_layer_are_those_of_pytorch(cell, tmp_path):
    index = index_of(a_reader(cell, 16)[0], TINY, tmp_path)
    for letter, layers in states_of_torch(index.reader, TEST.images, 20).items():
        for layer, states in enumerate(layers):
            expected = np.sort(distances_of_torch(states[3], states, "euclidean"))[:5]
            found = nearest(index, 3, 20, state=letter, layer=layer, metric="euclidean", count=5)
            np.testing.assert_allclose(content(found, "distance"), expected, atol=1e-5)


def test_a_reader_of_one_unit_has_a_map(tmp_path):
    index = index_of(a_reader("rnn", 1)[0], TINY, tmp_path)
    assert np.isfinite(projection.path(index, projection.pca(index), TEST.images[0])).all()


def test_a_reader_too_large_is_indexed_for_as_many_digits_as_fit(tmp_path):
    reader, most = a_reader("lstm", 64)[0], 400_000
    index = index_of(reader, TINY, tmp_path, most_bytes=most)
    assert most * 0.8 < index.path.stat().st_size <= most
    assert 1 < len(index) < len(TEST)
    assert len(index.answers) == len(TEST)
    out = next(image for image in range(60) if image not in index.chosen)
    found = nearest(index, out, 27, count=5)
    assert set(content(found, "index")) <= set(index.chosen.tolist())
    states = states_of_torch(reader, TEST.images, 27)["h"][1]
    expected = np.sort(distances_of_torch(states[out], states[index.chosen], "cosine"))[:5]
    np.testing.assert_allclose(content(found, "distance"), expected, atol=1e-5)


def flipped(path: Path, place: int) -> None:
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("damage", [
    lambda path: flipped(path, 0),
    lambda path: flipped(path, path.stat().st_size // 2),
    lambda path: flipped(path, -1),
    lambda path: path.write_bytes(path.read_bytes()[:-1]),
    lambda path: path.write_bytes(b""),
    lambda path: path.write_bytes(index_of(a_reader("gru", seed=1)[0], TINY, path.parent).path.read_bytes()),
    lambda path: path.unlink(),
], ids=["magic", "state", "sum", "cut", "empty", "another's", "gone"])  # fmt: skip
def test_a_damaged_or_foreign_index_is_built_anew(damage, tmp_path):
    reader, progress = a_reader("gru")[0], []
    built = index_of(reader, TINY, tmp_path)
    whole, expected = built.path.read_bytes(), built.states("h", 0, 9)
    index_of(reader, TINY, tmp_path, lambda *rows: progress.append(rows))
    assert not progress  # opened, not built
    damage(built.path)
    assert opened(reader, TINY, tmp_path) is None
    index = index_of(reader, TINY, tmp_path, lambda *rows: progress.append(rows))
    assert progress == [(row, 28) for row in range(1, 29)]
    assert index.path.read_bytes() == whole
    np.testing.assert_array_equal(index.states("h", 0, 9), expected)


def test_other_images_or_other_weights_have_an_index_of_their_own(tmp_path):
    reader, other = a_reader("gru")[0], digits(60, 5)
    paths = {
        index_of(reader, TINY, tmp_path).path,
        index_of(reader, Mnist(other, other, "subset", ""), tmp_path).path,
        index_of(a_reader("gru", seed=1)[0], TINY, tmp_path).path,
    }
    assert len(paths) == 3
    renamed = readers.reader_of(reader.arrays, {"name": "the same weights under another name"})
    assert index_of(renamed, TINY, tmp_path).path in paths


def test_a_build_that_ends_early_leaves_nothing(tmp_path):
    def interrupt(done: int, rows: int) -> None:
        if done == 14:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        index_of(a_reader("lstm")[0], TINY, tmp_path, interrupt)
    assert not list(tmp_path.iterdir())


def test_two_that_build_at_once_have_the_same_index(tmp_path):
    reader = a_reader("lstm")[0]
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda _: index_of(reader, TINY, tmp_path), range(2))
    np.testing.assert_array_equal(first.states("C", 1, 27), second.states("C", 1, 27))
    assert [path.name for path in tmp_path.iterdir()] == [first.path.name]


def test_indexes_used_longest_ago_are_removed_and_abandoned_parts_too(tmp_path):
    cells = [a_reader("rnn", seed=seed)[0] for seed in range(4)]
    built = [index_of(reader, TINY, tmp_path).path for reader in cells[:3]]
    for age, path in zip((300, 200, 100), built, strict=True):
        then = path.stat().st_mtime - age
        os.utime(path, (then, then))
    part = tmp_path / f".{built[0].name}.x.part"
    part.write_bytes(b"half")
    os.utime(part, (0, 0))
    assert opened(cells[0], TINY, tmp_path)  # used: now the newest
    size = built[0].stat().st_size
    last = index_of(cells[3], TINY, tmp_path, cache_bytes=2 * size).path
    assert set(tmp_path.iterdir()) == {built[0], last}
    alone = index_of(cells[1], TINY, tmp_path, cache_bytes=0).path
    assert set(tmp_path.iterdir()) == {alone}


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StoreError, match="choose another folder"):
        index_of(a_reader("rnn")[0], TINY, tmp_path / "file")


@pytest.mark.parametrize("ask", [
    lambda index: nearest(index, 0, 28),
    lambda index: nearest(index, 0, 0, layer=2),
    lambda index: nearest(index, 0, 0, state="C"),
    lambda index: nearest(index, 0, 0, metric="manhattan"),
    lambda index: nearest(index, 0, 0, count=0),
    lambda index: nearest(index, 60, 0),
    lambda index: nearest(index, -1, 0),
    lambda index: matching(index, [], (0, 1), 0.5),
    lambda index: matching(index, [8], (0, 1), 0.5),
    lambda index: matching(index, [1, 1], (0, 1), 0.5),
    lambda index: matching(index, [1], (2, 1), 0.5),
    lambda index: matching(index, [1], (0, 1), np.nan),
    lambda index: projection.pca(index, "C"),
])  # fmt: skip
def test_what_a_reader_does_not_have_is_refused(ask, tmp_path):
    with pytest.raises(ConfigError):
        ask(index_of(a_reader("gru", 8)[0], TINY, tmp_path))


def test_a_frame_that_is_none_is_refused(tmp_path):
    with pytest.raises(DrawingError):
        nearest(index_of(a_reader("gru", 8)[0], TINY, tmp_path), np.zeros((28, 20)), 0)


def test_an_index_of_one_image_has_one_neighbour(tmp_path):
    one = Split(TEST.images[:1], TEST.labels[:1])
    index = index_of(a_reader("gru", 8)[0], Mnist(one, one, "subset", ""), tmp_path)
    assert [row["index"] for row in nearest(index, a_frame(0), 27)["neighbours"]] == [0]
