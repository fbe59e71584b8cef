"""The Examine page's settings, kept in the session and in the URL."""

import re

from dashboard import samples
from dashboard.page_settings import Setting, Settings, a_name, one_of, rows, whole

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


def units(text: str) -> list[int]:
    """17,20: units from 1."""
    if not re.fullmatch(r"\d{1,4}(,\d{1,4}){0,63}", text):
        raise ValueError(text)
    return sorted({int(part) for part in text.split(",")})


SETTINGS = {
    "view": Setting("good", one_of(*VIEWS)),
    "reader": Setting("lstm", a_name),
    "step": Setting("", a_step),
    "beside": Setting("", a_name),
    "beside_step": Setting("", a_step),
    "digit": Setting("3", samples.read, samples.write),
    "cell": Setting("", a_cell),
    "way": Setting("nearest", one_of("nearest", "units")),
    "layer": Setting(None, whole(1, 4)),
    "units": Setting([], units, lambda chosen: ",".join(map(str, chosen))),
    "rows": Setting((10, 14), rows, lambda span: f"{span[0]}-{span[1]}"),
    "side": Setting("above", one_of("above", "below")),
}
_page = Settings("examine", SETTINGS)
key, kept, value, put = _page.key, _page.kept, _page.value, _page.put
restore, publish = _page.restore, _page.publish
