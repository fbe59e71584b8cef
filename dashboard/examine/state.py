"""The Examine page's settings, kept in the session and in the URL."""

import re

from dashboard import samples
from dashboard.page_settings import Setting, Settings, a_name, one_of

VIEWS = ("good", "mistakes", "when", "map", "similar", "mine")


def a_step(text: str) -> str:
    """Of a run; empty: the run's weights as they are now."""
    if not re.fullmatch(r"\d{0,12}", text):
        raise ValueError(text)
    return text


def a_cell(text: str) -> str:
    """A cell of the confusion matrix, truth and answer: 49."""
    if not re.fullmatch(r"\d\d", text):
        raise ValueError(text)
    return text


SETTINGS = {
    "view": Setting("good", one_of(*VIEWS)),
    "reader": Setting("lstm", a_name),
    "step": Setting("", a_step),
    "beside": Setting("", a_name),
    "beside_step": Setting("", a_step),
    "digit": Setting("3", samples.read, samples.write),
    "cell": Setting("", a_cell),
}
_page = Settings("examine", SETTINGS)
key, value, put, restore, publish = _page.key, _page.value, _page.put, _page.restore, _page.publish
