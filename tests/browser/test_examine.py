"""Examine in a browser: from a click in the matrix to an image's strips on Draw, the map under hand and keyboard."""

import re

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from core.digits import data
from core.examining.answers import answers, cell
from core.examining.figures import confusions
from core.reading import readers
from tests.browser.conftest import Dashboard

pytestmark = pytest.mark.browser


def open_page(page: Page, dashboard: Dashboard, query: str) -> None:
    page.goto(f"{dashboard.page('examine')}?{query}")
    expect(page.locator(".st-key-examine_choices")).to_be_visible()


@pytest.mark.data
def test_a_click_in_the_matrix_leads_to_the_strips_of_an_image(page, dashboard):
    open_page(page, dashboard, "view=mistakes&reader=gru")
    found = answers(readers.load(readers.SHIPPED.parent / "gru.safetensors"), *images_and_labels())
    [frequent] = confusions(found, 1)
    truth, answer = frequent["truth"], frequent["answer"]
    page.locator(f'.matrix button[data-row="{truth}"][data-column="{answer}"]').click()
    expect(page.locator(".gallery .tile")).to_have_count(frequent["images"])
    expect(page.locator(".gallery .caption b").first).to_have_text(f"{truth} → {answer}")
    expect(page).to_have_url(re.compile(rf"[?&]cell={truth}{answer}(&|$)"))
    page.locator(".gallery .tile a").first.click()
    surest = cell(found, truth, answer)[0]
    expect(page).to_have_url(re.compile(rf"[?&]image={surest + 1}(&|$)"))
    expect(page.locator("[data-answer]")).to_have_attribute("data-answer", str(answer))
    expect(page.get_by_text(f"Wrong: it is a {truth}.")).to_be_visible()
    expect(page.locator('.strip[data-letter="h"]').first).to_be_visible()
    page.go_back()
    expect(page.locator(".matrix table")).to_be_visible()


def images_and_labels() -> tuple[np.ndarray, np.ndarray]:
    test = data.load().test
    return test.images, test.labels


def test_the_matrix_obeys_the_keyboard(page, dashboard):
    open_page(page, dashboard, "view=mistakes")
    first = page.locator('.matrix button[data-row="0"][data-column="0"]')
    first.focus()
    for key in ("ArrowDown", "ArrowRight", "ArrowRight"):
        page.keyboard.press(key)
    expect(page.locator('.matrix button[data-row="1"][data-column="2"]')).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"[?&]cell=12(&|$)"))
    chosen = page.locator('.matrix button[data-row="1"][data-column="2"]')
    expect(chosen).to_have_attribute("aria-pressed", "true")
    expect(chosen).to_be_focused()  # the table was drawn anew under it


@pytest.mark.usefixtures("overtaken")
def test_the_map_moves_without_the_server(page, dashboard):
    sent: list[str] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame)))
    open_page(page, dashboard, "view=map&digit=4")
    slider = page.locator(".cloud .transport input")
    expect(page.locator(".cloud .title")).to_contain_text("nearest to yours after row 28")
    expect(page.locator(".cloud .tile")).to_have_count(24)
    assert page.locator(".cloud").get_attribute("data-renderer") in ("webgl", "2d")
    sent.clear()
    shown = "tiles => tiles.map(({ href }) => href)"
    last = page.locator(".cloud .tile a").evaluate_all(shown)
    slider.focus()
    for _ in range(14):
        page.keyboard.press("ArrowLeft")
    expect(page.locator(".cloud")).to_have_attribute("data-row", "14")
    expect(page.locator(".cloud .title")).to_contain_text("after row 14")
    assert page.locator(".cloud .tile a").evaluate_all(shown) != last
    assert sent == []


def test_a_map_that_did_not_arrive_says_so_and_comes_with_the_next_choice(page, dashboard):
    page.route("**/media/*.bin", lambda route: route.fulfill(status=404))
    open_page(page, dashboard, "view=map&digit=4")
    expect(page.locator(".cloud .hint")).to_have_text("The digits of the map did not arrive: reload the page.")
    page.unroute("**/media/*.bin")
    page.locator(".st-key-examine_digit").get_by_role("combobox").click()
    page.get_by_role("option", name="5", exact=True).click()
    expect(page.locator(".cloud .tile")).to_have_count(24)
    expect(page.locator(".cloud .hint")).to_contain_text("lasso")


def test_a_lasso_shows_what_lies_in_it_and_a_tile_opens_it(page, dashboard):
    open_page(page, dashboard, "view=map&digit=4")
    expect(page.locator(".cloud .tile")).to_have_count(24)
    box = page.locator(".cloud .overlay").bounding_box()
    corners = [(0.02, 0.02), (0.98, 0.02), (0.98, 0.98), (0.02, 0.98)]
    points = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in corners]
    page.mouse.move(*points[0])
    page.mouse.down()
    for point in points[1:]:
        page.mouse.move(*point, steps=4)
    page.mouse.up()
    count = len(images_and_labels()[0])
    expect(page.locator(".cloud .title")).to_contain_text(f"{count} digits chosen")
    expect(page.locator(".cloud .tile")).to_have_count(48)
    page.keyboard.press("Escape")
    expect(page.locator(".cloud .tile")).to_have_count(24)
    page.locator(".cloud .tile a").first.focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"[?&]image=\d+"))
    expect(page.locator("[data-answer]")).to_be_visible()


def test_the_2d_canvas_draws_where_there_is_no_webgl(page, dashboard):
    page.add_init_script(
        "const get = HTMLCanvasElement.prototype.getContext;"
        "HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {"
        "  return kind === 'webgl' ? null : get.call(this, kind, ...rest);"
        "};"
    )
    open_page(page, dashboard, "view=map")
    expect(page.locator(".cloud")).to_have_attribute("data-renderer", "2d")
    inked = """canvas => [...canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data]
      .filter((value, place) => place % 4 === 3 && value > 0).length"""
    assert page.locator(".cloud .points").evaluate(inked) > 500


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("view", ["good", "mistakes", "when", "map", "similar", "mine"])
def test_no_view_is_wider_than_a_phone(page, dashboard, view, language):
    page.set_viewport_size({"width": 390, "height": 844})
    open_page(page, dashboard, f"view={view}&lang={language}")
    standing = {"mistakes": ".matrix table", "map": ".cloud .tile", "mine": '[data-testid="stAlert"]'}
    expect(page.locator(standing.get(view, ".live-plot .main-svg")).first).to_be_attached()
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 390


@pytest.mark.data
def test_the_followed_unit_leads_from_draw_to_the_digits_whose_unit_does_the_same(page, dashboard):
    page.goto(f"{dashboard.url}/?digit=7&row=16&unit=40&layer=2")
    link = page.locator(".follow a.alike")
    expect(link).to_contain_text("digits alike in rows")
    rows = re.search(r"rows (\d+) to (\d+)", link.inner_text())
    first, last = int(rows[1]), int(rows[2])
    assert first <= 16 <= last
    link.click()
    expect(page).to_have_url(re.compile(rf"/examine\?.*rows={first}-{last}"))
    expect(page).to_have_url(re.compile(r"[?&]units=40(&|$)"))
    expect(page.locator(".gallery .tile").first).to_be_visible()
    expect(page.get_by_text(f"in all rows {first} to {last} (units: 40)")).to_be_visible()
    page.go_back()
    expect(page.locator("[data-answer]")).to_be_visible()
