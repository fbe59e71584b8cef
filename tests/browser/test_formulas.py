"""Learn's formulas are filled by the browser's own network while the slider is in the hand, before the server's."""

import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest
from playwright.sync_api import Page, Route, expect

from core.reading import equations, readers
from core.reading.tracing import trace
from core.training import delay
from dashboard import samples
from dashboard.learn import formulas
from tests.browser.conftest import Dashboard

pytestmark = pytest.mark.browser
CHAPTER = {"lstm": 4, "gru": 4, "rnn": 2}
LAYER, UNIT, DIGIT = 2, 17, "7"
FILES = "**/media/*.bin"
TEXTS = "(selector) => [...document.querySelectorAll(selector)].map((one) => one.textContent)"


def opened(page: Page, dashboard: Dashboard, cell: str, row: int) -> list[str]:
    """The page; what the browser complains of from now on."""
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
    page.goto(dashboard.page(f"learn?chapter={CHAPTER[cell]}&reader={cell}&row={row}&layer={LAYER}&unit={UNIT}"))
    filled(page, row, UNIT)
    return complaints


def filled(page: Page, row: int, unit: int) -> None:
    expect(page.locator(".st-key-learn_page")).to_have_attribute("data-filled", f"{row}:{unit}")


def shown(page: Page, name: str, numbers: str = ".katex-html .mord.text") -> list[float]:
    texts = page.evaluate(TEXTS, f".st-key-learn_formula_{name} {numbers}")
    signed = [re.sub(r"−\s(\d)", r"−\1", text) for text in texts]
    return [float(found.replace("−", "-")) for text in signed for found in re.findall(r"−?\d+\.\d+", text)]


def terms_of(cell: str, row: int, unit: int) -> dict[str, dict[str, float]]:
    """Equation -> its terms, as Python's own equations give them."""
    reader = readers.load(delay.shipped_path(cell))
    read = trace(reader, samples.sample(DIGIT))
    terms = equations.terms(reader, read, LAYER - 1, row - 1, unit - 1)
    answer = equations.readout(reader, read.h[-1, row - 1])
    own = {name: float(values[int(DIGIT)]) for name, values in answer.items()}
    return terms | {"readout": own, "loss": {"y": own["y"], "L": -np.log(own["y"])}}


def expected(cell: str, row: int, unit: int) -> dict[str, list[float]]:
    """Formula -> the numbers in its places."""
    terms = terms_of(cell, row, unit)
    return {
        name: [terms[name][term] for place in places for term in place.partition(":")[0].strip("()").split(" + ")]
        for name, places in formulas.places(cell).items()
    }


def of_diagram(page: Page) -> dict[str, str]:
    """Term -> its text in the cell's picture."""
    texts = page.locator(".st-key-learn_cell svg [data-term]")
    return dict(texts.evaluate_all("(all) => all.map((one) => [one.dataset.term, one.textContent])"))


def diagram_is_right(page: Page, cell: str, row: int, unit: int) -> None:
    terms = terms_of(cell, row, unit)
    for term, text in of_diagram(page).items():
        equation, _, name = term.removeprefix("1 - ").partition(" ")
        value = 1 - terms[equation][name] if term.startswith("1 - ") else terms[equation][name]
        assert float(text.replace("−", "-")) == pytest.approx(value, abs=0.0005 + 1e-4), term
    gates = page.locator(".st-key-learn_cell svg [data-gate]")
    opened = gates.evaluate_all("(all) => all.map((one) => [one.dataset.gate, one.style.getPropertyValue('--open')])")
    for gate, how_far in opened:
        assert float(how_far) == pytest.approx(terms[gate]["value"], abs=1e-3)


def are_right(page: Page, cell: str, row: int, unit: int) -> None:
    diagram_is_right(page, cell, row, unit)
    for name, values in expected(cell, row, unit).items():
        for numbers in (".katex-html .mord.text", ".katex-mathml mtext"):
            np.testing.assert_allclose(shown(page, name, numbers), values, atol=0.0005 + 1e-4, err_msg=name)


@contextmanager
def stopped(pid: int) -> Iterator[None]:
    """The server answers nothing meanwhile."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@pytest.mark.usefixtures("overtaken")
@pytest.mark.parametrize("cell", CHAPTER)
def test_formulas_follow_row_and_unit_without_the_server(page: Page, dashboard: Dashboard, cell: str):
    complaints = opened(page, dashboard, cell, 14)
    are_right(page, cell, 14, UNIT)
    slider = page.get_by_role("slider", name="Row t")
    with stopped(dashboard.pid):
        for key, row in (("ArrowRight", 15), ("ArrowLeft", 14), ("End", 28), ("Home", 1)):
            slider.press(key)
            filled(page, row, UNIT)
            are_right(page, cell, row, UNIT)
        page.locator(".st-key-learn_unit input").fill("41")
        filled(page, 1, 41)
        are_right(page, cell, 1, 41)
    page.locator(".st-key-learn_unit input").press("Enter")
    expect(page).to_have_url(re.compile("row=1&.*unit=41"))
    page.wait_for_function("() => !document.querySelector('[data-test-script-state=running]')")
    are_right(page, cell, 1, 41)
    assert not [text for text in complaints if "LaTeX" in text]


def test_a_number_that_names_no_unit_leaves_the_formulas_as_they_are(page: Page, dashboard: Dashboard):
    opened(page, dashboard, "lstm", 14)
    field = page.locator(".st-key-learn_unit input")
    for wrong in ("0", "129", ""):
        field.fill(wrong)
    field.fill("3")
    filled(page, 14, 3)
    are_right(page, "lstm", 14, 3)


def test_a_file_that_is_fetched_late_is_still_there(page: Page, dashboard: Dashboard):
    with page.expect_request(FILES) as early:
        opened(page, dashboard, "lstm", 14)
    page.get_by_role("combobox", name="Reader").click()
    with page.expect_request(FILES):
        page.get_by_role("option", name="GRU").first.click()
    page.wait_for_function("() => !document.querySelector('[data-test-script-state=running]')")
    filled(page, 14, UNIT)
    are_right(page, "gru", 14, UNIT)
    assert page.request.get(early.value.url).status == 200


def test_a_file_that_did_not_come_is_asked_for_again(page: Page, dashboard: Dashboard):
    tries = []

    def once_missing(route: Route) -> None:
        tries.append(route)
        route.fulfill(status=404) if len(tries) == 1 else route.continue_()

    page.route(FILES, once_missing)
    with page.expect_console_message(lambda said: "the server fills them" in said.text):
        page.goto(dashboard.page(f"learn?chapter=4&reader=lstm&row=14&layer={LAYER}&unit={UNIT}"))
    page.get_by_role("slider", name="Row t").press("ArrowRight")
    filled(page, 15, UNIT)
    are_right(page, "lstm", 15, UNIT)
