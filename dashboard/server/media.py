"""How long a file that a page shows can be fetched: past the moments in which no run of the page names it.

Streamlit forgets a session's files as a run begins, and deletes what none has named anew as a run ends: this one,
interrupted by the next, or another tab's. What the page still shows, and fetches only now, would be missing.

What makes a file once a button is pressed has another id after each run, and the old one is forgotten as a run ends: a
click that was on its way would be told that there is no such file.
"""

import time
from weakref import WeakKeyDictionary

from streamlit.runtime.media_file_manager import MediaFileManager

KEPT_SECONDS = 300
CLICKED_SECONDS = 10
"""For what makes a file: it holds a reading of its own, and each stroke leaves another."""
_unnamed = MediaFileManager._get_inactive_file_ids
_Since = WeakKeyDictionary[MediaFileManager, dict[str, float]]
"""File -> when it was first found without a run that names it, in seconds of the monotonic clock."""
_since, _made_since = _Since(), _Since()


def keep_a_while() -> None:
    """From now on a file is deleted no sooner than KEPT_SECONDS after no session has named it, what makes one no sooner
    than CLICKED_SECONDS.
    """
    MediaFileManager._get_inactive_file_ids = _long_unnamed
    MediaFileManager._remove_orphaned_deferred_callables = _drop_makers


def _long_unnamed(self: MediaFileManager) -> set[str]:
    return _older(self, _unnamed(self), _since, KEPT_SECONDS)


def _drop_makers(self: MediaFileManager) -> None:
    named = {file for files in self._files_by_session_and_coord.values() for file in files.values()}
    for file in _older(self, set(self._deferred_callables) - named, _made_since, CLICKED_SECONDS):
        self._drop_deferred_id(file)


def _older(manager: MediaFileManager, unnamed: set[str], known: _Since, seconds: float) -> set[str]:
    """Those that have been unnamed for so long; remembers since when the others are."""
    earlier, now = known.get(manager, {}), time.monotonic()
    since = known[manager] = {file: earlier.get(file, now) for file in unnamed}
    return {file for file in unnamed if now - since[file] >= seconds}
