"""Draw fits one screen at every size, its text can be read, and no page jumps while it loads."""

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import Dashboard
from tests.browser.drawing_hand import ready

pytestmark = pytest.mark.browser
LAPTOP = (1280, 640)
SCREENS = [
    *((LAPTOP, language, theme) for language in ("en", "zh") for theme in ("light", "dark")),
    ((1366, 768), "en", "dark"),
    ((1280, 900), "en", "light"),
    ((1920, 1080), "zh", "light"),
    ((390, 844), "en", "light"),
]
WIDE = [".upper-canvas", ".st-key-draw_tools", ".answer", ".transport", "[data-strips]"]
NARROW = [".upper-canvas", ".answer", '.strip[data-letter="p"]']
LEAST_CONTRAST, MOST_SHIFT = 4.5, 0.05
LONGEST_LINE = 100  # letters
LETTERS_A_LINE = """element => {
  const words = document.createRange();
  words.selectNodeContents(element);
  const lines = new Set([...words.getClientRects()].map(({ bottom }) => Math.round(bottom / 6)));
  return element.textContent.length / lines.size;
}"""
SLOWER = 4  # times: what comes one after the other there comes at once on a fast machine
REST_MS = 1500  # so long nothing may have moved before a page counts as loaded
SHIFTS = """window.shifts = [];
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) {
    const moved = entry.sources.map(({ node }) => node?.className || node?.nodeName);
    if (!entry.hadRecentInput) window.shifts.push([entry.value, entry.startTime, moved]);
  }
}).observe({ type: "layout-shift", buffered: true });"""
RESTING = f"() => performance.now() - Math.max(0, ...window.shifts.map(([, time]) => time)) > {REST_MS}"
# The contrast of every visible text of the page, in shadow roots too: [contrast, text]. A canvas makes any CSS colour
# numbers, and lays one that is partly clear over the page.
CONTRASTS = """() => {
  const UNREAD = "style, script, svg, noscript, title, :disabled, [translate=no], [data-testid=stIconMaterial]";
  const context = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d");
  const painted = (...colours) => {
    for (const colour of colours) Object.assign(context, { fillStyle: colour }).fillRect(0, 0, 1, 1);
    return [...context.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const linear = (part) => (part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4);
  const light = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  const parent = (element) => element.parentElement ?? element.getRootNode().host;
  const chain = (element) => (element ? [...chain(parent(element)), element] : []);
  const found = [];
  const walk = (root) => {
    for (const element of root.querySelectorAll("*")) {
      if (element.shadowRoot) walk(element.shadowRoot);
      const own = [...element.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
      if (!own.length || !element.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
      if (element.closest(UNREAD)) continue;
      const grounds = chain(element).map((one) => getComputedStyle(one).backgroundColor);
      const ground = painted("white", ...grounds);
      const text = painted("white", ...grounds, getComputedStyle(element).color);
      const [low, high] = [light(ground), light(text)].sort((one, other) => one - other);
      found.push([(high + 0.05) / (low + 0.05), own[0].data.trim(), element.className]);
    }
  };
  walk(document.body);
  return found;
}"""


@pytest.fixture
def open_at(browser: Browser, dashboard: Dashboard):
    """open_at(size, language, theme, ...) -> the Draw page, standing."""
    contexts: list[BrowserContext] = []

    def opened(size: tuple[int, int], language: str | None = "en", theme: str = "light", **settings) -> Page:
        width, height = size
        context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=theme, **settings)
        contexts.append(context)
        page = context.new_page()
        page.add_init_script(SHIFTS)
        page.goto(dashboard.url + (f"?lang={language}" if language else ""))
        ready(page)
        page.wait_for_function(RESTING)
        return page

    yield opened
    for context in contexts:
        context.close()


def beyond(page: Page, parts: list[str]) -> dict[str, dict]:
    """The parts that do not lie wholly in the window, with their boxes."""
    size = page.viewport_size
    boxes = {part: page.locator(part).bounding_box() for part in parts}
    inside = lambda box: (  # noqa: E731
        box["x"] >= 0
        and box["y"] >= 0
        and box["x"] + box["width"] <= size["width"]
        and box["y"] + box["height"] <= size["height"]
    )
    return {part: dict(box or {}) for part, box in boxes.items() if not box or not inside(box)}


@pytest.mark.parametrize(("size", "language", "theme"), SCREENS)
def test_what_belongs_together_is_seen_without_scrolling(open_at, size, language, theme):
    narrow = size[0] < 640
    page = open_at(size, language, theme, has_touch=narrow)
    assert beyond(page, NARROW if narrow else WIDE) == {}
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollTop") == 0
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= size[0]
    expect(page.locator(".player-root")).to_have_attribute("data-layout", "swipe" if narrow else "line")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_stands_out_from_the_page(open_at, theme):
    found = open_at(LAPTOP, "en", theme).evaluate(CONTRASTS)
    assert len(found) > 40
    assert {"Layer", "opinion", "forget gate"} <= {text for _, text, _ in found}
    assert [text for text in found if text[0] < LEAST_CONTRAST] == []


def test_lines_of_text_are_not_too_long_to_read(open_at):
    page = open_at((1920, 1080))
    for words in (".answer-decided", ".notice", ".notes"):
        assert page.locator(words).evaluate(LETTERS_A_LINE) <= LONGEST_LINE, words


NAMES = {"draw": "", "train": "train", "runs": "runs", "examine": "examine", "learn": "learn"}
STANDING = {
    "draw": ".player-root .headline",
    "train": ".live-plot .main-svg",
    "runs": "h1.page-title",
    "examine": ".live-plot .main-svg",
    "learn": ".st-key-learn_onward",
}


@pytest.mark.parametrize("name", STANDING)
def test_page_does_not_jump_while_it_loads(page, dashboard, name):
    page.set_viewport_size({"width": LAPTOP[0], "height": LAPTOP[1]})
    page.add_init_script(SHIFTS)
    processor = page.context.new_cdp_session(page)
    for visit, slower in (("first", SLOWER), ("reload", 1)):
        processor.send("Emulation.setCPUThrottlingRate", {"rate": slower})
        page.goto(dashboard.page(NAMES[name])) if visit == "first" else page.reload()
        expect(page.locator(STANDING[name]).first).to_be_attached()
        page.wait_for_function("() => !document.querySelector('[data-test-script-state=running]')")
        page.wait_for_function(RESTING)
        shifts = page.evaluate("window.shifts")
        assert sum(value for value, *_ in shifts) < MOST_SHIFT, (visit, shifts)


@pytest.mark.parametrize(("locale", "language"), [("zh-CN", "zh"), ("de-DE", "en")])
def test_first_language_is_the_browsers_and_the_document_says_it(open_at, locale, language):
    page = open_at(LAPTOP, None, locale=locale)
    title = {"en": "Draw", "zh": "书写"}[language]
    expect(page).to_have_title(f"{title} · Row by Row")
    assert page.evaluate("document.documentElement.lang") == language
    other = {"en": "中文", "zh": "English"}[language]
    page.get_by_role("button", name=other).click()
    page.wait_for_function("(was) => document.documentElement.lang !== was", arg=language)
    page.reload()
    ready(page)
    assert page.evaluate("document.documentElement.lang") != language


def test_canvas_has_a_name_and_a_ring_where_the_tab_key_finds_it(open_at):
    page = open_at(LAPTOP)
    canvas = page.get_by_role("img", name="Canvas: draw a digit here")
    for _ in range(12):
        page.keyboard.press("Tab")
        if canvas.evaluate("(canvas) => canvas.matches(':focus-visible')"):
            break
    assert canvas.evaluate("(canvas) => getComputedStyle(canvas).outlineStyle") == "solid"
