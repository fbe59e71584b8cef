"""A hand that draws on the Draw page's canvas with the mouse, and eyes that read the answer."""

import gzip
import json
import os
from pathlib import Path

import numpy as np
from playwright.sync_api import Page, expect

from dashboard import samples

CANVAS = 280
_PEN = Path(os.environ.get("PEN_DIGITS", Path(__file__).parents[3] / "shared/data/pen/pen_digits_train.jsonl.gz"))


def people() -> list[dict]:
    """Pen digits of other people (UCI Pen-Based Recognition) where PEN_DIGITS points to them, else our own samples."""
    if _PEN.is_file():
        with gzip.open(_PEN, "rt", encoding="utf-8") as file:
            return [json.loads(line) for line in file]
    return [{"digit": digit, "strokes": samples.strokes(str(digit))} for digit in range(10)]


def ready(page: Page) -> None:
    """The page stands: answer, canvas and player."""
    expect(page.locator("[data-answer]").first).to_be_visible()
    expect(page.locator(".player-root .headline").first).not_to_be_empty()
    expect(page.locator(".upper-canvas")).to_be_visible()


def draw(page: Page, strokes: list, size: float = 0.7, left: float = 0.15, top: float = 0.15) -> None:
    """Strokes with the mouse: `size`, `left` and `top` as fractions of the canvas."""
    for path in paths_on(page, strokes, size, left, top):
        press(page, path)
        page.mouse.up()


def press(page: Page, path: np.ndarray) -> None:
    """One stroke (N, 2) of the page's pixels, after which the mouse is still down."""
    page.mouse.move(*path[0])
    page.mouse.down()
    for point in path[1:]:
        page.mouse.move(*point)
        page.evaluate("() => new Promise(requestAnimationFrame)")  # moves within one frame would become one


def paths_on(page: Page, strokes: list, size: float = 0.7, left: float = 0.15, top: float = 0.15) -> list[np.ndarray]:
    """Where the strokes of `draw` run on the page: each (N, 2) of its pixels."""
    page.locator(".upper-canvas").scroll_into_view_if_needed()
    box = page.locator(".upper-canvas").bounding_box()
    corner = np.array([box["x"], box["y"]]) + CANVAS * np.array([left, top])
    points = np.concatenate([np.array(stroke, float) for stroke in strokes])
    scale = CANVAS * size / max(np.ptp(points, axis=0).max(), 1)
    return [_sparse((np.array(stroke, float) - points.min(0)) * scale + corner) for stroke in strokes]


def _sparse(path: np.ndarray) -> np.ndarray:
    """The path without points that lie closer than 6 pixels to the one before; its end stays."""
    kept = [path[0]]
    for point in path[1:-1]:
        if np.hypot(*(point - kept[-1])) >= 6:
            kept.append(point)
    return np.array([*kept, path[-1]])


def read(page: Page, strokes: int) -> int:
    """The answer, once page and server have read a drawing of this many strokes (0: the sample)."""
    expect(page.locator(f'.player-root[data-heard="{strokes}"]')).to_be_visible()
    return live_answer(page, strokes)


def live_answer(page: Page, strokes: int) -> int:
    """The answer to this many strokes, whether the server has heard of them or not."""
    answer = page.locator(f'[data-answer][data-strokes="{strokes}"]')
    expect(answer).to_be_visible()
    return int(answer.get_attribute("data-answer"))


def clear(page: Page) -> None:
    page.locator(".st-key-draw_clear button").first.click()
    read(page, 0)
