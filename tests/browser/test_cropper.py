"""A picture's digits on Draw in a real browser: chosen and cut anew, by hand and from the keyboard."""

import io
import re

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from core.digits.drawing import ink
from tests.browser.conftest import Dashboard

pytestmark = pytest.mark.browser
SEVEN, ONE = [(60, 60), (200, 60), (120, 220)], [(360, 60), (360, 220)]


def picture(*strokes) -> dict:
    grey = 1 - ink([np.array(stroke, float) for stroke in strokes], 8, 420)
    content = io.BytesIO()
    Image.fromarray(np.rint(255 * grey).astype(np.uint8)).save(content, "PNG")
    return {"name": "digits.png", "mimeType": "image/png", "buffer": content.getvalue()}


@pytest.fixture
def desk(page: Page, dashboard: Dashboard) -> Page:
    """Draw with a picture of a seven and a one."""
    page.goto(dashboard.url)
    page.locator("[data-answer]").first.wait_for()
    page.locator(".st-key-draw_source button").nth(2).click()
    page.locator(".st-key-draw_picture img").wait_for()
    page.locator("input[type=file]").set_input_files(picture(SEVEN, ONE))
    answers(page, "7", "1")
    return page


def tiles(page: Page) -> Locator:
    return page.locator(".cropper .digit")


def answers(page: Page, *digits: str) -> None:
    expect(tiles(page).locator("b")).to_have_text(list(digits))


def is_chosen(page: Page, place: int, digit: str) -> None:
    """This one, and the player reads it."""
    expect(tiles(page).nth(place)).to_have_attribute("aria-checked", "true")
    expect(page.locator("[data-answer]").first).to_have_attribute("data-answer", digit)


def test_digits_are_chosen_by_a_click_on_either_and_by_arrow_keys(desk):
    is_chosen(desk, 0, "7")
    tiles(desk).nth(1).click()
    is_chosen(desk, 1, "1")
    desk.keyboard.press("ArrowRight")
    is_chosen(desk, 0, "7")
    desk.locator(".cropper .frame").nth(1).click()
    is_chosen(desk, 1, "1")


def test_frame_is_dragged_to_another_digit_and_back(desk):
    seven, one = (desk.locator(".cropper .frame").nth(place).bounding_box() for place in (0, 1))
    assert seven is not None
    assert one is not None
    desk.mouse.move(seven["x"] + seven["width"] / 2, seven["y"] + seven["height"] / 2)
    desk.mouse.down()
    desk.mouse.move(one["x"] + one["width"], one["y"] + one["height"] / 2, steps=5)
    desk.mouse.up()
    answers(desk, "1", "1")
    is_chosen(desk, 0, "1")
    desk.locator(".cropper .back").click()
    answers(desk, "7", "1")
    expect(desk.locator(".cropper .back")).to_have_count(0)


def test_frame_follows_the_arrow_keys_and_keeps_the_focus(desk):
    frame = desk.locator(".cropper .frame").first
    frame.focus()
    before = frame.get_attribute("style")
    desk.keyboard.press("Shift+ArrowRight")
    desk.keyboard.press("ArrowUp")
    expect(desk.locator(".cropper .back")).to_be_visible()
    expect(frame).to_be_focused()
    assert frame.get_attribute("style") != before
    answers(desk, "7", "1")


def test_a_new_picture_begins_anew(desk):
    tiles(desk).nth(1).click()
    is_chosen(desk, 1, "1")
    desk.locator("input[type=file]").set_input_files(picture(SEVEN))
    answers(desk, "7")
    is_chosen(desk, 0, "7")
    expect(desk.locator(".cropper .foot")).to_have_text(re.compile("Drag the frame"))
