"""The Learn page's settings, kept in the session and in the URL."""

import re
from typing import Any

from dashboard import samples
from dashboard.page_settings import Setting, Settings, a_name, one_of, rows, whole

ORDERS = ("drawn", "upwards", "shuffled", "blank", "waiting")
_UNITS = re.compile(r"[\d:,\s-]*")


def units(text: str) -> str:
    if len(text) > 400 or not _UNITS.fullmatch(text):
        raise ValueError(text)
    return text


def a_point(text: str) -> str:
    """Of a training: so many steps, or `after` all of them."""
    return text if text == "after" else str(whole(0, 10**9)(text))


_FLAG = Setting(None, one_of("0", "1"))
_ROWS = Setting((1, 28), rows, lambda value: f"{value[0]}-{value[1]}")
SETTINGS = {
    "chapter": Setting(1, whole(1, 6)),
    "digit": Setting("7", samples.read, samples.write),
    "reader": Setting("lstm", a_name),
    "row": Setting(14, whole(1, 28)),
    "layer": Setting(1, whole(1, 4)),
    "unit": Setting(1, whole(1, 1024)),
    "memory": Setting(None, one_of("lstm", "rnn", "none")),
    "start": Setting("run", one_of("run", "default")),
    "point": Setting("after", a_point),
    "place1": Setting("rnn", a_name),
    "place2": Setting("gru", a_name),
    "place3": Setting("lstm", a_name),
    "delay": Setting(None, one_of("all", "gated", "none")),
    **dict.fromkeys(("forget", "close"), Setting(None, one_of("stays", "wavers", "changes"))),
    "carry": Setting(None, one_of("few", "some", "many")),
    **dict.fromkeys("fiorz", _FLAG),
    "in": Setting(0, whole(0, 4)),
    "units": Setting("", units),
    "rows": _ROWS,
    "silent": Setting("", units),
    "order": Setting("drawn", one_of(*ORDERS)),
    "blank": Setting((15, 28), rows, _ROWS.write),
}
SURGERY = (*"fiorz", "in", "units", "rows", "silent", "order", "blank")
"""The settings of the surgery section."""

_page = Settings("learn", SETTINGS)
key, kept, value, put, clear, restore, publish = (
    _page.key, _page.kept, _page.value, _page.put, _page.clear, _page.restore, _page.publish,
)  # fmt: skip


def defaults(names: tuple[str, ...]) -> dict[str, Any]:
    """Setting -> its default."""
    return {name: SETTINGS[name].default for name in names}
