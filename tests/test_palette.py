"""Text can be read: every ink of the theme has a contrast of 4.5 : 1 or more on the page."""

import re
from pathlib import Path

import pytest

from dashboard import palette

TOKENS = Path(__file__).parents[1] / "dashboard" / "components" / "tokens.css"


def channels(colour: str) -> list[int]:
    return [int(colour[place : place + 2], 16) for place in (1, 3, 5)]


def luminance(colour: list[float]) -> float:
    """Relative luminance as WCAG 2.2 defines it; channels 0 to 255."""
    linear = [c / 255 / 12.92 if c / 255 <= 0.04045 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in colour]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: list[float], other: list[float]) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("base", ["light", "dark"])
def test_muted_text_and_links_stand_out_from_the_page(base):
    theme = palette.theme(base)
    ink, paper = channels(theme["textColor"]), channels(theme["backgroundColor"])
    part = int(re.search(r"--quiet: color-mix\(in srgb, var\(--ink\) (\d+)%", TOKENS.read_text("utf-8"))[1]) / 100
    quiet = [part * one + (1 - part) * other for one, other in zip(ink, paper, strict=True)]
    for text in (ink, quiet, channels(theme["primaryColor"]), channels(theme["linkColor"])):
        assert contrast(text, paper) >= 4.5
