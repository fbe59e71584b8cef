"""A trace is torch's own reading, row by row, and surgery does to it what its words say."""

import csv
import io
import subprocess
import sys

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import ConfigError, DrawingError, WeightsError
from core.reading import cells, equations
from core.reading.readers import LARGEST_SUM, Reader, reader_of, shapes_of
from core.reading.tracing import LETTERS, Clamp, RowTrace, Surgery, decision, read, softmax, to_csv, to_npz_bytes, trace
from core.training.model import RowReader

CELLS = st.sampled_from(sorted(LETTERS))
SEEDS = st.integers(0, 2**31 - 1)


def network_of(cell: str, hidden: int, layers: int, seed: int) -> RowReader:
    torch.manual_seed(seed)
    return RowReader(cell, hidden, layers)


def reader_from(network: RowReader) -> Reader:
    return reader_of({name: value.numpy() for name, value in network.state_dict().items()})


def a_reader(cell: str, hidden: int = 6, layers: int = 2, seed: int = 0) -> Reader:
    return reader_from(network_of(cell, hidden, layers, seed))


def a_frame(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).random((28, 28)).astype(np.float32)


@settings(max_examples=40)
@given(CELLS, st.integers(1, 12), st.integers(1, 3), st.floats(1, LARGEST_SUM), SEEDS)
def test_every_number_of_a_trace_is_finite_however_large_the_weights_that_are_let_in(cell, hidden, layers, size, seed):
    random = np.random.default_rng(seed)
    arrays = {}
    for name, shape in shapes_of(cell, hidden, layers).items():
        drawn = random.standard_normal(shape)
        arrays[name] = (drawn * 0.99 * size / np.abs(drawn).sum(-1, keepdims=True)).astype(np.float32)
    traced = trace(reader_of(arrays), a_frame(seed))
    for values in (traced.logits, traced.probabilities, *traced.states().values()):
        assert np.isfinite(values).all()


@settings(max_examples=40)
@given(CELLS, st.integers(1, 24), st.integers(1, 4), SEEDS)
def test_hidden_states_and_logits_are_torchs_own(cell, hidden, layers, seed):
    network, frame = network_of(cell, hidden, layers, seed), a_frame(seed)
    with torch.no_grad():
        top, last = network.recurrent(torch.from_numpy(frame)[None])
        logits = network.classifier(top[0])
    ours = trace(reader_from(network), frame)
    np.testing.assert_allclose(ours.h[-1], top[0].numpy(), atol=1e-5)
    for letter, final in zip("hC", last if cell == "lstm" else (last,), strict=False):
        np.testing.assert_allclose(getattr(ours, letter)[:, -1], final[:, 0].numpy(), atol=1e-5)
    np.testing.assert_allclose(ours.logits, logits.numpy(), atol=1e-5)
    np.testing.assert_allclose(ours.probabilities, logits.softmax(-1).numpy(), atol=1e-5)
    assert ours.digit == int(logits[-1].argmax())


@settings(max_examples=20)
@given(CELLS, st.integers(1, 12), st.integers(1, 3), SEEDS)
def test_every_gate_is_the_articles_equation(cell, hidden, layers, seed):
    reader, frame = a_reader(cell, hidden, layers, seed), a_frame(seed)
    ours, expected = trace(reader, frame), equations.states(reader, frame)
    assert list(ours.states()) == list(LETTERS[cell])
    for letter, values in ours.states().items():
        assert values.shape == (layers, 28, hidden)
        assert values.dtype == np.float32
        np.testing.assert_allclose(values, expected[letter], atol=1e-5)


@pytest.mark.parametrize("hidden", [8, 128, 1024])
def test_wide_readers_are_torchs_own_too(hidden):
    network, frame = network_of("lstm", hidden, 2, 1), a_frame(1)
    with torch.no_grad():
        logits = network(torch.from_numpy(frame)[None])
    np.testing.assert_allclose(trace(reader_from(network), frame).logits[-1], logits[0].numpy(), atol=1e-5)


@pytest.mark.parametrize("cell", LETTERS)
def test_weights_of_any_size_give_numbers(cell):
    reader = a_reader(cell)
    huge = reader_of({name: array * 1e6 for name, array in reader.arrays.items()})
    traced = trace(huge, a_frame())
    assert all(np.isfinite(values).all() for values in traced.states().values())
    np.testing.assert_allclose(traced.probabilities.sum(-1), 1, rtol=1e-5)


@settings(max_examples=20)
@given(CELLS, st.integers(0, 5), SEEDS)
def test_reading_many_frames_is_tracing_each(cell, count, seed):
    reader = a_reader(cell, 5, 2, seed)
    frames = np.random.default_rng(seed).random((count, 28, 28)).astype(np.float32)
    expected = [trace(reader, frame).probabilities[-1] for frame in frames]
    np.testing.assert_allclose(read(reader, frames), np.reshape(expected, (count, 10)), atol=1e-6)


def test_reading_in_several_batches_changes_nothing(monkeypatch):
    reader, frames = a_reader("lstm"), np.random.default_rng(0).random((7, 28, 28)).astype(np.float32)
    whole = read(reader, frames)
    monkeypatch.setattr("core.reading.tracing._BATCH_BYTES", 2 * 28 * reader.hidden * 6 * 4)
    np.testing.assert_allclose(read(reader, frames), whole, atol=1e-6)


def test_tracing_needs_no_torch():
    check = "import sys, core.reading.tracing; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0


# ---- frames and readers that cannot be read


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        (np.zeros((27, 28)), "28 x 28"),
        (np.zeros(784), "28 x 28"),
        (np.full((28, 28), np.nan), "finite"),
        (np.full((28, 28), 255, np.uint8), "0 to 255|255"),
        (np.full((28, 28), -0.5), "-0.5"),
    ],
)
def test_a_frame_that_is_none_is_named(frame, words):
    with pytest.raises(DrawingError, match=words):
        trace(a_reader("rnn"), frame)


def test_frames_of_another_shape_are_named():
    with pytest.raises(DrawingError, match="N x 28 x 28"):
        read(a_reader("rnn"), np.zeros((28, 28)))


def test_a_reader_of_other_pictures_is_named():
    arrays = {name: np.zeros(shape, np.float32) for name, shape in shapes_of("lstm", 4, 1, inputs=32).items()}
    with pytest.raises(WeightsError, match="32 pixels a row"):
        trace(reader_of(arrays), a_frame())


# ---- surgery


@settings(max_examples=30)
@given(
    st.sampled_from(["f", "i", "o", "r", "z"]),
    st.sampled_from([0.0, 0.25, 1.0]),
    st.sampled_from([None, 0, 1]),
    st.sampled_from([None, (0,), (1, 4)]),
)
def test_a_clamped_gate_is_one_whose_weights_say_nothing_else(gate, value, layer, units):
    cell = "lstm" if gate in "fio" else "gru"
    reader, frame = a_reader(cell), a_frame()
    arrays = {name: array.copy() for name, array in reader.arrays.items()}
    first = cells.CELLS[cell].weight_order.index(gate) * reader.hidden
    rows = first + np.array(range(reader.hidden) if units is None else units)
    for k in range(reader.layers) if layer is None else [layer]:
        for name in ("weight_ih", "weight_hh", "bias_hh"):
            arrays[f"{cell}.{name}_l{k}"][rows] = 0
        arrays[f"{cell}.bias_ih_l{k}"][rows] = {0.0: -100, 0.25: np.log(1 / 3), 1.0: 100}[value]
    ours = trace(reader, frame, Surgery(clamp=((gate, value, layer, units),)))
    expected = trace(reader_of(arrays), frame)
    for letter, values in ours.states().items():
        np.testing.assert_allclose(values, getattr(expected, letter), atol=1e-6)


def test_a_clamp_holds_from_its_first_row_to_its_last():
    reader, frame = a_reader("lstm"), a_frame()
    whole = trace(reader, frame)
    cut = trace(reader, frame, Surgery(clamp=(Clamp("i", 0.0, layer=0, first_row=14, last_row=20),)))
    for letter, values in cut.states().items():
        np.testing.assert_array_equal(values[:, :14], getattr(whole, letter)[:, :14])
    assert (cut.i[0, 14:21] == 0).all()
    assert (cut.i[0, 21:] > 0).all()
    states = cut.states()
    before = np.concatenate([np.zeros_like(states["C"][:, :1]), states["C"][:, :-1]], axis=1)
    np.testing.assert_allclose(states["C"], states["f"] * before + states["i"] * states["a"], atol=1e-6)
    np.testing.assert_allclose(cut.h, states["o"] * np.tanh(states["C"]), atol=1e-6)


@pytest.mark.parametrize("cell", LETTERS)
def test_a_silenced_unit_is_one_that_nobody_hears(cell):
    reader, frame = a_reader(cell), a_frame()
    arrays = {name: array.copy() for name, array in reader.arrays.items()}
    for name in (f"{cell}.weight_hh_l0", f"{cell}.weight_ih_l1"):
        arrays[name][:, 3] = 0
    arrays[f"{cell}.weight_hh_l1"][:, 5] = 0
    arrays["classifier.weight"][:, 5] = 0
    ours = trace(reader, frame, Surgery(silenced=((0, 3), (1, 5))))
    expected = trace(reader_of(arrays), frame)
    np.testing.assert_allclose(ours.logits, expected.logits, atol=1e-6)
    assert (ours.h[0, :, 3] == 0).all()
    assert (ours.h[1, :, 5] == 0).all()
    assert ours.C is None or (ours.C[0, :, 3] == 0).all()
    np.testing.assert_allclose(np.delete(ours.h[0], 3, -1), np.delete(expected.h[0], 3, -1), atol=1e-6)


def test_rows_are_blanked_reordered_and_appended():
    reader, frame = a_reader("gru"), a_frame()
    order = (*range(27, -1, -1), -1, 5, -1)
    ours = trace(reader, frame, Surgery(rows=order))
    by_hand = np.array([frame[row] if row >= 0 else np.zeros(28) for row in order])
    np.testing.assert_array_equal(ours.x, by_hand.astype(np.float32))
    np.testing.assert_allclose(ours.h, equations.states(reader, by_hand)["h"], atol=1e-5)
    assert ours.logits.shape == (31, 10)


def test_surgery_is_done_in_batched_reading_as_in_a_trace():
    surgery = Surgery(clamp=[["f", 0.5, None, [1, 2], 3, 9]], silenced=[[1, 0]], rows=[-1, *range(27)])
    reader, frames = a_reader("lstm"), np.random.default_rng(1).random((3, 28, 28)).astype(np.float32)
    expected = [trace(reader, frame, surgery).probabilities[-1] for frame in frames]
    np.testing.assert_allclose(read(reader, frames, surgery), expected, atol=1e-6)


def test_surgery_leaves_the_frame_as_it_was():
    frame = a_frame()
    kept = frame.copy()
    trace(a_reader("lstm"), frame, Surgery(rows=(-1,) * 28))
    np.testing.assert_array_equal(frame, kept)


def test_surgery_is_a_key_for_caches_however_it_was_written():
    as_lists = Surgery(clamp=[["f", 1.0, None, [1, 2]]], silenced=[[0, 1]], rows=[0, 1])
    as_tuples = Surgery(clamp=(Clamp("f", 1.0, None, (1, 2)),), silenced=((0, 1),), rows=(0, 1))
    assert as_lists == as_tuples
    assert hash(as_lists) == hash(as_tuples)
    assert as_lists
    assert not Surgery()


@pytest.mark.parametrize(
    ("cell", "surgery", "words"),
    [
        ("gru", Surgery(clamp=(("f", 1.0),)), "no gate 'f': choose r or z"),
        ("rnn", Surgery(clamp=(("f", 1.0),)), "silence units instead"),
        ("lstm", Surgery(clamp=(("f", 1.5),)), "0 to 1"),
        ("lstm", Surgery(clamp=(("f", float("nan")),)), "0 to 1"),
        ("lstm", Surgery(clamp=(("f", 1.0, 2),)), "no layer 2"),
        ("lstm", Surgery(clamp=(("f", 1.0, None, (6,)),)), "no unit 6"),
        ("lstm", Surgery(clamp=(("f", 1.0, None, None, 9, 3),)), "Rows 9 to 3"),
        ("lstm", Surgery(silenced=((0, -1),)), "no unit -1"),
        ("lstm", Surgery(rows=()), "0 rows"),
        ("lstm", Surgery(rows=(28,)), "no row 28"),
    ],
)
def test_surgery_that_does_not_fit_is_named(cell, surgery, words):
    with pytest.raises(ConfigError, match=words):
        trace(a_reader(cell), a_frame(), surgery)


# ---- when it decided


def a_trace_with(given: list[list[float]]) -> RowTrace:
    logits = np.pad(np.array(given, np.float32), ((0, 0), (0, 10 - len(given[0]))), constant_values=-20)
    empty = np.zeros((1, len(logits), 4), np.float32)
    return RowTrace(cell="rnn", x=np.zeros((len(logits), 28)), logits=logits, probabilities=softmax(logits), h=empty)


def test_a_decision_names_when_it_settled_what_was_before_and_when_it_was_certain():
    found = decision(a_trace_with([[0, 9, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 9], [0, 0, 1], [0, 0, 9]]))
    assert (found.digit, found.settled, found.before, found.certain) == (2, 3, 1, 6)
    assert found.probability > 0.99
    assert found.before_probability == pytest.approx(np.e / (np.e + 2), rel=1e-5)


def test_a_mind_that_never_changed_and_never_was_certain():
    found = decision(a_trace_with([[1, 0], [1, 0]]))
    assert (found.digit, found.settled, found.certain, found.before, found.before_probability) == (
        0,
        0,
        None,
        None,
        None,
    )


# ---- files


@pytest.mark.parametrize("cell", LETTERS)
def test_the_npz_holds_the_trace(cell):
    traced = trace(a_reader(cell), a_frame())
    with np.load(io.BytesIO(to_npz_bytes(traced))) as found:
        assert set(found) == {"x", "logits", "digit"} | {letter.lower() for letter in LETTERS[cell]}
        for letter, values in traced.states().items():
            np.testing.assert_array_equal(found[letter.lower()], values)
        np.testing.assert_array_equal(found["x"], traced.x)
        np.testing.assert_array_equal(found["logits"], traced.logits)
        assert found["digit"] == traced.digit


def test_the_csv_holds_every_value_counted_from_one():
    traced = trace(a_reader("lstm", 3, 2), a_frame())
    table = list(csv.DictReader(io.StringIO(to_csv(traced))))
    assert len(table) == 28 * (28 + 6 * 3 * 2 + 10 + 10)
    found = {(line["letter"], line["layer"], line["row"], line["unit"]): float(line["value"]) for line in table}
    assert found["C", "2", "28", "3"] == pytest.approx(traced.C[1, 27, 2], rel=1e-6)
    assert found["x", "", "1", "28"] == pytest.approx(traced.x[0, 27], rel=1e-6)
    assert found["p", "", "28", "9"] == pytest.approx(traced.probabilities[27, 9], rel=1e-6)
