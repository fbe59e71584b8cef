"""What a person has set on the Runs page, kept in the session and in the URL."""

from dashboard.page_settings import Setting, Settings, one_of
from dashboard.runs.overlay import AXES


def names(text: str) -> list[str]:
    """a,b: ids, states, columns."""
    return [part for part in text.split(",") if part]


_NAMES = Setting([], names, ",".join)
_SWITCH = Setting(False, lambda text: text == "1", lambda on: str(int(on)))
SETTINGS = {
    "find": Setting("", str),
    "state": _NAMES,
    "hide": _NAMES,
    "archived": _SWITCH,
    "sort": Setting("-created", str),
    "chosen": _NAMES,
    "over": Setting("step", one_of(*AXES)),
    "log": _SWITCH,
    "every": _SWITCH,
}
"""find, state, archived: which runs; hide: columns; sort: a column, a minus in front: the greatest first; chosen: ids;
over, log: the charts' axes; every: all settings, also those that are the same."""

_page = Settings("runs", SETTINGS)
key, kept, value, put = _page.key, _page.kept, _page.value, _page.put
restore, publish = _page.restore, _page.publish


def ask(run_id: str) -> None:
    """The page begins with this run, whatever was set on it before."""
    put(**{name: setting.default for name, setting in SETTINGS.items()} | {"chosen": [run_id]})
