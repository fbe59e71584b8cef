"""The network answers while the pen is down, without the server, and the server's answer moves nothing."""

from base64 import b64decode
from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from core.reading.readers import reader_of, save, shapes_of
from core.training.config import preset
from dashboard import samples
from tests.browser.conftest import Dashboard
from tests.browser.drawing_hand import draw, live_answer, paths_on, press, read, ready

pytestmark = pytest.mark.browser
PICTURES = """root => Object.fromEntries([...root.querySelectorAll(".strip canvas")].map((canvas) =>
  [canvas.closest(".strip").dataset.letter, canvas.toDataURL()]))"""
ENTRIES = "() => performance.getEntriesByName('pen-to-strips').length"
TIMES = "() => performance.getEntriesByName('pen-to-strips').map((entry) => [entry.startTime, entry.duration])"
PAINTED = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))"
DART = """([x, y]) => {
  const canvas = document.elementFromPoint(x, y).shadowRoot.elementFromPoint(x, y);
  for (let step = 0; step < 20; step++) {
    const place = { clientX: x + step, clientY: y + step, bubbles: true, composed: true, buttons: 1 };
    canvas.dispatchEvent(new MouseEvent("mousemove", place));
  }
}"""


UNSEEN = 2  # of 255 levels: the browser lays a text or a line out anew
ROUNDED = 8  # likewise: one step of a ramp, for a message has values in thousandths


def difference(one: bytes, other: bytes) -> int:
    """The largest of any pixel's channels, of two PNG of one size."""
    first, second = (np.asarray(Image.open(BytesIO(picture)).convert("RGB"), int) for picture in (one, other))
    return int(np.abs(first - second).max())


class Desk:
    """The Draw page, standing, with the network in it; `sent`: frames to the server."""

    def __init__(self, page: Page, url: str):
        self.page, self.sent = page, []
        page.on("websocket", lambda socket: socket.on("framesent", lambda frame: self.sent.append(frame)))
        page.goto(url)
        ready(page)
        page.wait_for_function("() => performance.getEntriesByName('network-ready').length")
        self.settle()

    def settle(self) -> None:
        """Until no script runs on the server, and its last message is painted."""
        self.page.wait_for_function("() => !document.querySelector('[data-test-script-state=running]')")
        self.page.evaluate(PAINTED)

    def pictures(self) -> dict[str, bytes]:
        """What each strip shows, by its letter: PNG."""
        found = self.page.locator("[data-strips]").evaluate(PICTURES)
        return {letter: b64decode(url.partition(",")[2]) for letter, url in found.items()}

    def all_but_the_last_stroke(self, digit: str) -> tuple[int, np.ndarray]:
        """Draws them, each after the server has read those before. How many there are in all, and the last one."""
        *first, last = paths_on(self.page, samples.strokes(digit))
        for number, path in enumerate(first, 1):
            press(self.page, path)
            self.page.mouse.up()
            read(self.page, number)
        self.settle()
        return len(first) + 1, last


@pytest.fixture
def desk(page: Page, dashboard: Dashboard) -> Desk:
    return Desk(page, dashboard.url)


@pytest.mark.usefixtures("overtaken")
@pytest.mark.parametrize("digit", ["1", "7"])
def test_answer_and_strips_follow_the_pen_and_the_server_is_not_asked(desk, digit):
    page, sample = desk.page, desk.pictures()
    strokes, path = desk.all_but_the_last_stroke(digit)
    before, asked = desk.pictures(), len(desk.sent)
    press(page, path)
    assert live_answer(page, strokes) == int(digit)
    shown = desk.pictures()
    assert set(shown) == set("xfiaoChp")
    assert all(shown[letter] not in (sample[letter], before[letter]) for letter in shown)
    assert len(desk.sent) == asked
    page.mouse.up()
    assert read(page, strokes) == int(digit)
    assert len(desk.sent) > asked


@pytest.mark.parametrize("digit", ["7", "4"])
def test_nothing_visible_moves_when_the_servers_answer_comes(desk, digit):
    page = desk.page
    strokes, path = desk.all_but_the_last_stroke(digit)
    press(page, path)
    live_answer(page, strokes)
    box = page.locator(".player-root").bounding_box()
    box["height"] = page.viewport_size["height"] - box["y"]
    page.evaluate(PAINTED)
    before = page.screenshot(clip=box)
    page.mouse.up()
    read(page, strokes)
    desk.settle()
    assert difference(before, page.screenshot(clip=box)) <= UNSEEN


def test_each_answer_leaves_an_entry_and_a_frame_has_one_at_most(desk):
    page = desk.page
    path = paths_on(page, samples.strokes("1"))[1]
    start = page.evaluate("performance.now()")
    press(page, path[:8])
    page.evaluate(PAINTED)
    entries = page.evaluate(TIMES)
    mine = np.array([entry for entry in entries if entry[0] >= start])
    assert 4 <= len(mine) <= 9  # eight points, and perhaps one at the press
    assert (mine[:, 1] > 0).all()
    ends = mine.sum(1)
    assert (np.diff(mine[:, 0]) > 0).all()
    assert (np.diff(ends) > 0).all()
    counted = page.evaluate(ENTRIES)
    page.evaluate(DART, path[7].tolist())  # twenty movements at once
    page.wait_for_function(f"({ENTRIES})() > {counted}")
    page.evaluate(PAINTED)
    assert page.evaluate(ENTRIES) == counted + 1
    page.mouse.up()


def test_undo_after_a_live_stroke_shows_the_digit_before(desk):
    page = desk.page
    page.get_by_role("button", name="number").click()  # in order of peaks, rounding may change the place of equal ones
    strokes = samples.strokes("7")
    draw(page, strokes[:1])
    first = read(page, 1)
    shown = desk.pictures()
    draw(page, strokes[1:], 0.7, 0.3, 0.15)
    read(page, 2)
    assert desk.pictures()["x"] != shown["x"]
    page.locator(".st-key-draw_undo button").first.click()
    assert read(page, 1) == first
    desk.settle()
    now = desk.pictures()
    assert max(difference(now[letter], shown[letter]) for letter in shown) <= ROUNDED


def test_stroke_begun_before_the_server_has_answered_is_not_lost(desk):
    page = desk.page
    first, second = paths_on(page, samples.strokes("7"))
    press(page, first)
    page.mouse.up()
    press(page, second)
    assert live_answer(page, 2) == 7
    shown = desk.pictures()
    expect(page.locator('.player-root[data-heard="1"]')).to_be_visible()  # the pen is still down
    page.evaluate(PAINTED)
    assert desk.pictures() == shown
    assert page.locator("[data-answer]").get_attribute("data-answer") == "7"
    page.mouse.up()
    assert read(page, 2) == 7


def test_sample_fades_at_the_first_touch(desk):
    page = desk.page
    picture = page.locator(".st-key-draw_canvas_box .dc-background-canvas")
    expect(picture).not_to_have_css("opacity", "0")
    press(page, paths_on(page, samples.strokes("1"))[0][:1])
    assert picture.evaluate("element => getComputedStyle(element).opacity") == "0"
    page.mouse.up()


def test_server_answers_alone_where_the_weights_cannot_be_had(page, dashboard):
    page.route("**/media/*.bin", lambda route: route.abort())
    page.goto(dashboard.url)
    ready(page)
    sample = read(page, 0)
    first, second = paths_on(page, samples.strokes("7"))
    press(page, first)
    page.evaluate(PAINTED)
    assert live_answer(page, 0) == sample
    page.mouse.up()
    read(page, 1)
    press(page, second)
    page.mouse.up()
    assert read(page, 2) == 7
    assert page.evaluate(ENTRIES) == 0


def test_large_network_reads_beside_the_page(page, dashboard):
    random = np.random.default_rng(0)
    shapes = shapes_of("gru", 1024, 2)  # about 90 ms a trace: far from 25 and from 250
    run_id = dashboard.store.add(preset("article"), None, "finished")
    arrays = {name: random.normal(0, 1024**-0.5, shape).astype(np.float32) for name, shape in shapes.items()}
    save(reader_of(arrays), dashboard.store.folder / run_id / "weights.safetensors")
    with page.expect_worker() as worker:
        Desk(page, f"{dashboard.url}?reader={run_id}")
    assert worker.value.url.startswith("blob:")
    assert page.evaluate("performance.getEntriesByName('network-ready').at(-1).detail") == "worker"
    press(page, paths_on(page, samples.strokes("1"))[1])
    answer = live_answer(page, 1)
    page.mouse.up()
    assert read(page, 1) == answer
    assert page.evaluate(ENTRIES) > 0


def test_keys_work_without_focus_but_not_while_typing(desk):
    page, root = desk.page, desk.page.locator(".player-root")
    page.evaluate("document.activeElement.blur()")
    for key, row in [
        ("ArrowUp", 27),
        ("ArrowLeft", 26),
        ("ArrowDown", 27),
        ("Home", 1),
        ("ArrowRight", 2),
        ("End", 28),
    ]:
        page.keyboard.press(key)
        expect(root).to_have_attribute("data-row", str(row))
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollTop") == 0
    page.keyboard.press("Space")
    pause = page.get_by_role("button", name="Pause (Space)")
    expect(pause).to_be_visible()
    page.keyboard.press("Space")
    expect(pause).to_have_count(0)
    row = root.get_attribute("data-row")
    field = page.locator(".st-key-draw_reader input")
    field.focus()
    for key in ("ArrowUp", "ArrowDown", "Home", "Space", "Escape"):
        page.keyboard.press(key)
    assert root.get_attribute("data-row") == row
    expect(pause).to_have_count(0)
    page.get_by_label("Number of the unit").focus()
    for key in ("ArrowLeft", "ArrowUp", "Home"):
        page.keyboard.press(key)
    assert root.get_attribute("data-row") == row


def test_two_readers_answer_the_same_pen_under_one_cursor(page, dashboard):
    page.goto(f"{dashboard.url}?beside=rnn")
    ready(page)
    first, second = (page.locator(f".st-key-draw_{name} .player-root") for name in ("player", "companion"))
    expect(second.locator("[data-answer]")).to_be_visible()
    page.wait_for_function("() => performance.getEntriesByName('network-ready').length === 2")
    [path, *_] = paths_on(page, samples.strokes("7"))
    press(page, path)
    for player in (first, second):
        expect(player.locator('[data-answer][data-strokes="1"]')).to_be_visible()
    page.mouse.up()
    first.focus()
    page.keyboard.press("Home")
    for player in (first, second):
        expect(player).to_have_attribute("data-row", "1")
    box = second.locator('.strip[data-letter="x"]').bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] * 0.5)
    for player in (first, second):
        expect(player).to_have_attribute("data-row", "15")
    assert "beside=rnn" in page.url
