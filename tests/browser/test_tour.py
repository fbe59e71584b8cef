"""The tour in a real browser: offered once, done with keys alone in both languages, left and taken up again."""

import json
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from core.reading import readers
from core.training.config import preset
from dashboard.words import texts
from tests.browser.conftest import Dashboard, wait_for
from tests.browser.drawing_hand import draw, ready

pytestmark = pytest.mark.browser
STEPS = ("draw", "play", "follow", "decide", "train", "own", "hold", "share")
FAR = 90  # presses of the Tab key
OWN = "learned before"


def trained_before(dashboard: Dashboard) -> None:
    """A run with weights: those of the run that the tour starts come only after ten seconds of training."""
    run = dashboard.store.run(dashboard.store.add(preset("article"), None, "finished", name=OWN))
    readers.save(readers.load(), run.folder.weights_path)


def card(page: Page) -> Locator:
    return page.locator(".card")


def at_step(page: Page, name: str, done: bool = False) -> None:
    expect(page.locator(f'.card[data-step="{name}"][data-done="{str(done).lower()}"]')).to_be_visible()


def gets_focus(page: Page, selector: str) -> None:
    expect(page.locator(f"{selector}:focus")).to_be_attached()


def has_focus(control: Locator) -> bool:
    return control.count() > 0 and control.first.evaluate("(control) => control.matches(':focus')")


def tab_to(page: Page, control: Locator) -> None:
    for _ in range(FAR):
        if has_focus(control):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{FAR} presses of Tab did not lead to {control}")


def press_in_card(page: Page, control: str, key: str = "Enter") -> None:
    """F8 leads to the card, wherever the focus is, and Tab to its buttons."""
    page.keyboard.press("F8")
    assert has_focus(card(page))
    tab_to(page, card(page).locator(control))
    page.keyboard.press(key)


def start(page: Page, dashboard: Dashboard, language: str = "en") -> None:
    page.goto(f"{dashboard.url}/?lang={language}")
    ready(page)
    tab_to(page, page.locator(".offer .begin"))
    page.keyboard.press("Enter")
    at_step(page, "draw")
    assert has_focus(card(page))


def to_the_control(page: Page) -> None:
    press_in_card(page, ".show")


def another_sample(page: Page) -> None:
    to_the_control(page)
    gets_focus(page, ".st-key-draw_clear button")
    page.keyboard.press("Enter")


def play(page: Page) -> None:
    to_the_control(page)
    page.keyboard.press("Enter")


def follow(page: Page) -> None:
    to_the_control(page)
    page.keyboard.press("Control+a")
    page.keyboard.type("41")
    page.keyboard.press("Enter")


def to_its_row(page: Page) -> None:
    settled = int(page.locator(".answer-decided").get_attribute("data-settled"))
    to_the_control(page)
    page.keyboard.press("Home")
    for _ in range(settled - 1):
        page.keyboard.press("ArrowRight")


def train(page: Page) -> None:
    press_in_card(page, ".go")
    expect(page).to_have_url(re.compile("/train"))
    expect(card(page).locator(".go")).to_have_count(0)
    to_the_control(page)
    gets_focus(page, ".st-key-preset_fast button")
    page.keyboard.press("Enter")
    expect(page.locator(".st-key-preset_fast button")).to_be_disabled()
    to_the_control(page)
    gets_focus(page, ".st-key-start button")
    page.keyboard.press("Enter")


def choose_own(page: Page) -> None:
    press_in_card(page, ".go")
    ready(page)
    to_the_control(page)
    page.keyboard.type(OWN)
    expect(page.get_by_role("option").first).to_contain_text(OWN)
    page.keyboard.press("Enter")


def hold(page: Page) -> None:
    to_the_control(page)
    gets_focus(page, ".surgery-button")
    page.keyboard.press("Enter")
    expect(page.locator('.gate input[data-gate="f"]')).to_be_visible()
    to_the_control(page)
    page.keyboard.press("Home")
    expect(page.locator(".surgery-state")).to_contain_text("f = 0.00")


def share(page: Page) -> None:
    to_the_control(page)
    gets_focus(page, ".copy-link")
    page.keyboard.press("Enter")


@pytest.mark.usefixtures("overtaken")
@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_whole_tour_is_done_with_keys_alone(page: Page, dashboard: Dashboard, language: str):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    trained_before(dashboard)
    before = {run.id for run in dashboard.store.runs()}
    start(page, dashboard, language)
    acts: list[Callable[[Page], None]] = [another_sample, play, follow, to_its_row, train]
    acts += [choose_own, hold, share]
    for name, act in zip(STEPS, acts, strict=True):
        at_step(page, name)
        expect(card(page)).to_contain_text(texts()[f"tour.{name}_do"][language])
        act(page)
        at_step(page, name, done=True)
        expect(card(page)).to_contain_text(texts()[f"tour.{name}_seen"][language])
        press_in_card(page, ".next")
    expect(card(page)).to_contain_text(texts()["tour.end_title"][language])
    assert [run.config.preset for run in dashboard.store.runs() if run.id not in before] == ["fast"]
    page.keyboard.press("Escape")
    expect(card(page)).to_be_hidden()
    expect(page.locator(".offer")).to_have_attribute("data-state", "finished")


def test_offer_is_made_once_and_not_again_when_declined(page: Page, dashboard: Dashboard):
    page.goto(dashboard.url)
    ready(page)
    expect(page.locator(".offer .begin")).to_have_text(texts()["tour.offer"]["en"])
    page.get_by_role("button", name=texts()["tour.decline"]["en"]).click()
    for _ in range(2):
        expect(page.locator(".offer .begin")).to_have_text(texts()["tour.tour"]["en"])
        expect(page.locator(".offer .no")).to_be_hidden()
        expect(card(page)).to_be_hidden()
        page.reload()
        ready(page)
    page.locator(".offer .begin").click()
    at_step(page, "draw")


def test_tour_is_taken_up_where_it_was_left(page: Page, dashboard: Dashboard):
    start(page, dashboard)
    draw(page, [[[60, 40], [60, 200]]])
    at_step(page, "draw", done=True)
    press_in_card(page, ".next")
    at_step(page, "play")
    page.reload()
    at_step(page, "play")
    press_in_card(page, ".back")
    at_step(page, "draw", done=True)
    press_in_card(page, ".next")
    page.keyboard.press("Escape")
    expect(card(page)).to_be_hidden()
    expect(page.locator(".ring")).to_be_hidden()
    assert has_focus(page.locator(".offer .begin"))
    page.goto(dashboard.page("examine"))
    page.locator(".offer .begin").click()
    at_step(page, "play")
    card(page).locator(".go").click()
    ready(page)
    expect(page.locator(".ring")).to_be_visible()
    expect(card(page).locator(".go")).to_have_count(0)


def test_address_opens_a_step_with_its_digit_and_a_copy_of_it_is_a_click_away(page: Page, dashboard: Dashboard):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{dashboard.url}/?tour=3&reader=gru&row=9")
    at_step(page, "follow")
    card(page).locator(".copy").click()
    expect(card(page).locator(".copy")).to_have_text(texts()["tour.copied"]["en"])
    link = page.evaluate("navigator.clipboard.readText()")
    assert re.search(r"[?&]tour=3(&|$)", link)
    assert re.search(r"[?&]reader=gru(&|$)", link)
    card(page).locator(".next").click()
    at_step(page, "decide")
    page.reload()
    at_step(page, "decide")
    page.goto(link)
    at_step(page, "follow")
    expect(page.locator(".player-root")).to_have_attribute("data-reader", "gru")


@pytest.mark.parametrize("address", ["tour=0", "tour=9", "tour=3.5", "tour=", "tour=<b>"])
def test_address_that_names_no_step_opens_none(page: Page, dashboard: Dashboard, address: str):
    page.goto(f"{dashboard.url}/?{address}")
    ready(page)
    expect(page.locator('.offer[data-state="offered"]')).to_be_visible()
    expect(card(page)).to_be_hidden()


def test_damaged_memory_is_as_none(page: Page, dashboard: Dashboard):
    for kept in ("{", '"x"', json.dumps({"state": "running", "step": 99, "done": []})):
        page.goto(dashboard.url)
        page.evaluate("(kept) => localStorage.setItem('row-by-row.tour', kept)", kept)
        page.reload()
        expect(page.locator('.offer[data-state="offered"]')).to_be_visible()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_nothing_of_the_tour_is_cut_on_a_phone(page: Page, dashboard: Dashboard, language: str):
    page.set_viewport_size({"width": 390, "height": 844})
    for number, name in enumerate(STEPS, 1):
        path = "train" if name == "train" else ""
        page.goto(f"{dashboard.page(path)}?lang={language}&tour={number}")
        at_step(page, name)
        expect(page.locator(".ring")).to_be_visible()
        wait_for(lambda: in_sight_beside_its_ring(page, 390, 844), f"the card of {name} beside its ring")
        assert card(page).evaluate("(card) => card.scrollHeight - card.clientHeight") <= 0, name
        assert card(page).evaluate("(card) => card.scrollWidth - card.clientWidth") <= 0, name
        assert page.evaluate("document.documentElement.scrollWidth") <= 390


def in_sight_beside_its_ring(page: Page, width: int, height: int) -> bool:
    """While a page still comes in, its control moves, the ring with it, and then the card."""
    ring, box = page.locator(".ring").bounding_box(), card(page).bounding_box()
    return ring is not None and box is not None and within(box, width, height) and not_over(box, ring)


def within(box: dict, width: int, height: int) -> bool:
    inside = box["x"] >= 0 and box["y"] >= 0
    return inside and box["x"] + box["width"] <= width and box["y"] + box["height"] <= height


def not_over(one: dict, other: dict) -> bool:
    apart = [
        one[start] + one[size] <= other[start] or other[start] + other[size] <= one[start]
        for start, size in (("x", "width"), ("y", "height"))
    ]
    return any(apart)
