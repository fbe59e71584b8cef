"""The Learn page shows the numbers that the article's equations give, and says what its figures show."""

import re
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from core.errors import ConfigError
from core.reading import equations, readers
from core.reading.gradients import RowGradients
from core.reading.surgery import BLANK, Clamp, Surgery
from core.reading.tracing import read, trace
from core.training import delay
from dashboard import samples
from dashboard.formats import joined, number, power_of_ten, typeset
from dashboard.learn import delayed, formulas, network, state, surgery_settings, torch_check, vanishing
from dashboard.learn.diagram import diagram
from dashboard.learn.figures import Place, Reach
from dashboard.learn.findings import findings
from dashboard.words import texts
from tests.test_equations import CELLS, a_frame, a_reader

PAGE = "../dashboard/pages/learn.py"
SECTION = """
from dashboard.learn import equations, state
from dashboard.learn.subject import choose_subject, fit
state.restore()
subject = choose_subject()
fit(subject.reader)
equations.show(subject)
state.publish()
"""
SPOTS = [(1, 1, 1), (9, 1, 17), (14, 2, 57), (21, 2, 128), (28, 2, 64)]  # row, layer, unit, as on the screen
NUMBER = re.compile(r"(?<![\w{])-?\d+\.\d{3,}")


@pytest.fixture(autouse=True)
def _no_runs(tmp_path, monkeypatch):
    monkeypatch.setenv("RUNS_ROOT", str(tmp_path))


def settings_of(**changes):
    return {name: changes.get(name, state.SETTINGS[name].default) for name in state.SURGERY}


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def by_hand(reader, frame, row, layer, unit):
    """Every number of the section in the order of the screen, straight from PyTorch's documentation."""
    below = frame.astype(float)
    for k in range(layer):
        U, W, b_U, b_W = (array.astype(float) for array in reader.layer(k))
        H, h, C, out = reader.hidden, np.zeros(reader.hidden), np.zeros(reader.hidden), []
        for x in below[:row]:
            h_old, C_old, x_now = h, C, x
            gates = U @ x + b_U + W @ h + b_W
            if reader.cell == "rnn":
                h = np.tanh(gates)
            elif reader.cell == "lstm":
                i, f, g, o = np.split(gates, 4)
                C = sigmoid(f) * C + sigmoid(i) * np.tanh(g)
                h = sigmoid(o) * np.tanh(C)
            else:
                Ux, Wh = U @ x + b_U, W @ h + b_W
                r, z = sigmoid(Ux[:H] + Wh[:H]), sigmoid(Ux[H : 2 * H] + Wh[H : 2 * H])
                n = np.tanh(Ux[2 * H :] + r * Wh[2 * H :])
                h = (1 - z) * n + z * h
            out.append(h)
        below = np.array(out)

    def linear(block):
        at = block * H + unit - 1
        return [W[at] @ h_old, U[at] @ x_now, b_U[at] + b_W[at], gates[at]]

    u = unit - 1
    if reader.cell == "rnn":
        return [*linear(0), h[u]]
    if reader.cell == "gru":
        wh, ux, total = W[2 * H + u] @ h_old, U[2 * H + u] @ x_now, np.arctanh(n[u])
        return [
            *(*linear(0), r[u], *linear(1), z[u], ux, b_U[2 * H + u], r[u], wh, b_W[2 * H + u], total, n[u]),
            *(z[u], n[u], z[u], h_old[u], (1 - z[u]) * n[u], z[u] * h_old[u], h[u]),
        ]
    i, f, g, o = sigmoid(i[u]), sigmoid(f[u]), np.tanh(g[u]), sigmoid(o[u])
    return [
        *(*linear(1), f, *linear(0), i, *linear(2), g, C_old[u], f, i, g, f * C_old[u], i * g, C[u]),
        *(*linear(3), o, o, C[u], o, np.tanh(C[u]), h[u]),
    ]


def shown(page):
    """The numbers of the unit's equations, with their signs, in the order of the screen."""
    lines = [block.value for block in page.markdown if block.value.startswith(r"$\displaystyle \begin{aligned}")]
    texts = [
        text for line in lines[:-1] for text in re.findall(r"\\text(?:bf)?\{([^}]*)\}", line)
    ]  # the last: the readout
    signed = [re.sub(r"- (\d)", r"-\1", text.replace(r"\char`−", "-")) for text in texts]
    return [float(found) for text in signed for found in NUMBER.findall(text)]


@pytest.mark.parametrize("cell", CELLS)
def test_every_number_is_the_one_that_the_equations_give(cell):
    reader = readers.load(delay.shipped_path(cell))
    page = AppTest.from_string(SECTION, default_timeout=60)
    for digit in "038":
        for row, layer, unit in SPOTS:
            for name, value in {"reader": cell, "digit": digit, "row": row, "layer": layer, "unit": unit}.items():
                page.session_state[f"learn_{name}"] = value
            page.run()
            assert not page.exception
            expected = by_hand(reader, samples.sample(digit), row, layer, unit)
            np.testing.assert_allclose(shown(page), expected, atol=0.0005 + 2e-5)


@pytest.mark.parametrize("cell", CELLS)
def test_the_diagram_carries_the_equations_numbers(cell):
    reader, _ = a_reader(cell)
    terms = equations.terms(reader, trace(reader, a_frame(1)), 1, 12, 3)
    texts = re.findall(r">([^<>]+)</text>", diagram(cell, terms, "a cell"))
    for parts in terms.values():
        assert typeset(parts["value"]) in texts
        if "sum" in parts:
            assert typeset(parts["sum"]) in texts


def test_output_gate_and_output_have_names_of_their_own():
    reader, _ = a_reader("lstm")
    terms = equations.terms(reader, trace(reader, a_frame(1)), 0, 12, 3)
    written = formulas.lines("lstm", terms)
    gate, output = r"o_{\mathrm{gate}}^{(t)}", "o^{(t)}"
    assert f"{gate} &=" in written["o"]
    assert rf"{gate} \odot" in written["h"]
    assert not any(output in line for line in written.values())
    read_out = formulas.readout(7, {"V h": 1.0, "c": 2.0, "o": 3.0, "y": 0.5})
    assert output in read_out
    assert "gate" not in read_out
    assert re.search(r">o</tspan><tspan[^>]*>gate</tspan>", diagram("lstm", terms, "a cell"))


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("chapter", range(1, 7))
def test_each_chapter_opens_with_a_digit_already_read(chapter, language):
    page = AppTest.from_file(PAGE, default_timeout=60)
    page.session_state["language"] = language
    page.query_params["chapter"] = str(chapter)
    page.run()
    assert not page.exception
    assert [header.value for header in page.header] == [f"{chapter} · {texts()[f'learn.chapter_{chapter}'][language]}"]
    assert page.selectbox(key="learn_digit").value == "7"


def test_the_buttons_lead_from_chapter_to_chapter():
    page = AppTest.from_file(PAGE, default_timeout=60).run()
    page.button(key="learn_to_arrow_forward").click().run()
    assert page.header[0].value.startswith("2 · ")
    assert page.query_params["chapter"] == "2"
    page.button(key="learn_to_arrow_back").click().run()
    assert page.header[0].value.startswith("1 · ")
    assert "chapter" not in page.query_params


@pytest.mark.parametrize(
    ("chapter", "chosen", "shown"), [(2, "lstm", "rnn"), (2, "rnn", ""), (4, "rnn", "lstm"), (4, "gru", "")]
)
def test_a_chapter_shows_a_reader_of_its_own_kind_and_says_so(chapter, chosen, shown):
    page = AppTest.from_file(PAGE, default_timeout=60)
    page.query_params["chapter"], page.query_params["reader"] = str(chapter), chosen
    page.run()
    told = [caption.value for caption in page.caption if "in the place of" in caption.value]
    assert len(told) == bool(shown)
    written = re.sub(
        r"\[([^\]]*)\]\([^)]*\)", r"\1", " ".join(block.value for block in page.markdown[:-1])
    )  # the glossary
    assert "Hidden state" in written
    assert ("Forget gate" in written) == ((shown or chosen) == "lstm")


@pytest.mark.parametrize("cell", CELLS)
def test_the_weights_that_are_counted_are_all_of_the_reader_s(cell):
    reader, _ = a_reader(cell)
    found = network.parts(reader)
    assert sum(part.numbers for part in found) == sum(array.size for array in reader.arrays.values())
    assert f"**{sum(array.size for array in reader.arrays.values()):,}**" in network.table(reader, found)


def test_the_url_sets_the_page_and_the_page_sets_the_url():
    page = AppTest.from_string(SECTION, default_timeout=60)
    page.query_params["row"], page.query_params["unit"], page.query_params["lang"] = "9", "40", "en"
    page.query_params["reader"], page.query_params["digit"], page.query_params["rows"] = "gru", "3", "15-28"
    page.run()
    assert page.slider(key="learn_row").value == 9
    assert page.number_input(key="learn_unit").value == 40
    assert page.selectbox(key="learn_reader").value == "gru"
    assert page.session_state["learn_rows"] == (15, 28)
    page.slider(key="learn_row").set_value(22).run()
    told = dict(page.query_params)
    assert told == {"row": "22", "unit": "40", "lang": "en", "reader": "gru", "digit": "3", "rows": "15-28"}


def test_a_drawing_travels_in_the_url():
    pixels = samples.sample("4")
    page = AppTest.from_string(SECTION, default_timeout=60)
    page.session_state["frame"], page.session_state["frame_label"] = pixels, 4
    code = dict(page.run().query_params)["digit"]
    again = AppTest.from_string(SECTION, default_timeout=60)
    again.query_params["digit"] = code
    again.run()
    np.testing.assert_allclose(again.session_state["frame"], pixels, atol=0.5 / 255)
    assert again.selectbox(key="learn_digit").value == samples.MINE


@pytest.mark.parametrize("wrong", ["0", "29", "-1", "x", "9" * 50, "<b>"])
def test_nonsense_in_the_url_is_ignored(wrong):
    page = AppTest.from_string(SECTION, default_timeout=60)
    for name in state.SETTINGS:
        page.query_params[name] = wrong
    page.run()
    assert not page.exception
    assert page.slider(key="learn_row").value in range(1, 29)


@pytest.mark.parametrize("digit", list("0123456789"))
def test_the_sample_digits_are_read_as_what_they_are(digit):
    assert trace(readers.load(), samples.sample(digit)).digit == int(digit)


def test_the_controls_make_the_surgery_that_it_shows():
    reader, _ = a_reader("lstm")
    where = {"units": "2-4", "rows": (15, 28), "in": 2}
    settings = settings_of(f="1", i="0", silent="9, 1:3", order="blank", blank=(27, 28), **where)
    found = surgery_settings.surgery_of(settings, reader)
    assert found.clamp == (Clamp("f", 1.0, 1, (1, 2, 3), 14, None), Clamp("i", 0.0, 1, (1, 2, 3), 14, None))
    assert found.silenced == ((1, 8), (0, 2))
    assert found.rows == (*range(26), BLANK, BLANK)
    assert surgery_settings.surgery_of(settings_of(), reader) == Surgery()


def test_a_gate_that_the_cell_does_not_have_is_ignored():
    assert not surgery_settings.surgery_of(settings_of(f="1"), a_reader("gru")[0])


@pytest.mark.parametrize("text", ["0", "10", "3:1", "1:0", "5-2", "a", "1-2-3", "::"])
def test_units_that_are_none_are_named(text):
    with pytest.raises(ConfigError, match=re.escape(text)):
        surgery_settings.units_of(text, a_reader("rnn")[0])


def a_place(cell, first):
    gradients = RowGradients(np.geomspace(first, 1, 28), None, np.ones(28), 0.1)
    return Place(cell.upper(), cell, None, Reach(gradients, np.full(28, 0.5), None))


@pytest.mark.parametrize(
    ("rnn", "lstm", "said"),
    [
        (1e-6, 1e-2, "The LSTM passes 1·10⁴ times as much back to row 1 as the RNN."),
        (0.5, 0.005, "Here it is the RNN that passes more back to row 1: 100 times as much as the LSTM."),
        (0.5, 0.4, "RNN and LSTM differ by less than a factor of ten here."),
    ],
)
def test_what_is_said_of_the_gradients_is_what_they_show(rnn, lstm, said):
    _, after, _ = findings([a_place("rnn", rnn), a_place("lstm", lstm)])
    assert said in after


def test_what_is_measured_does_not_depend_on_another_figure_in_the_making():
    reader = readers.load(delay.shipped_path("rnn"))
    frame = samples.sample("7")
    traced = trace(reader, frame)

    def before_training():
        vanishing._measured.cache_clear()
        return vanishing.compare([("rnn", reader, reader)], frame, 7, {})[0].before.gradients.hidden

    alone = before_training()
    with ThreadPoolExecutor(1) as beside:
        checks = [beside.submit(torch_check._difference, reader, traced) for _ in range(20)]
        for _ in range(3):
            np.testing.assert_allclose(before_training(), alone, rtol=1e-3)
        assert max(check.result() for check in checks) < 1e-4


def test_what_is_said_of_the_delay_is_what_the_table_says():
    table = {"delays": [0, 28, 112], "cells": {cell: {"accuracy": [0.99, 0.6, 0.1]} for cell in CELLS}}
    table["cells"]["rnn"] = {"accuracy": [0.9, 0.2, 0.1]}
    text = delayed.findings(table)
    assert "RNN 90.0% → 20.0% → 10.0%" in text
    assert "RNN 0, GRU 28, LSTM 28" in text


def test_a_delay_is_blank_rows_after_the_digit():
    reader, _ = a_reader("lstm")
    images = (a_frame(3)[None] * np.arange(1, 9)[:, None, None] * 31).astype(np.uint8)
    labels = np.arange(8) % 10
    found = delay.accuracies(reader, images, labels, (0, 5))
    for blank, accuracy in zip((0, 5), found, strict=True):
        surgery = Surgery(rows=(*range(28), *[BLANK] * blank))
        answers = read(reader, images.astype(np.float32) / 255, surgery).argmax(1)
        assert accuracy == pytest.approx((answers == labels).mean())


def test_the_shipped_table_of_delays_is_of_the_shipped_readers():
    table = delay.shipped()
    assert table["images"] == 10_000
    for cell, found in table["cells"].items():
        assert found["weights"] == delay.fingerprint(delay.shipped_path(cell)), f"run {table['command']} again"
        card = readers.load(delay.shipped_path(cell)).card
        assert found["accuracy"][0] == pytest.approx(card["test_accuracy"], abs=0.002)


@given(st.floats(-1e6, 1e6))
def test_a_number_keeps_its_value_and_zero_has_no_minus(value):
    assert float(number(value)) == pytest.approx(value, abs=0.0005)
    assert not re.fullmatch(r"-0\.0+", number(value))


def test_a_sum_reads_as_one_writes_it():
    assert joined(-0.5, -1.25, 0.75, -0.0001) == "-0.500 - 1.250 + 0.750 + 0.000"


@given(st.floats(1e-30, 1e30))
def test_a_power_of_ten_is_the_number_to_one_figure(value):
    raised = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
    text = power_of_ten(value)
    head, _, exponent = text.partition("·10")
    assert float(head) * 10.0 ** int(exponent.translate(raised) or 0) == pytest.approx(value, rel=0.51)
