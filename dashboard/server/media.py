"""How long a file that a page shows can be fetched: past the moments in which no run of the page names it.

Streamlit forgets a session's files as a run begins, and deletes what none has named anew as a run ends: this one,
interrupted by the next, or another tab's. What the page still shows, and fetches only now, would be missing.
"""

import time
from weakref import WeakKeyDictionary

from streamlit.runtime.media_file_manager import MediaFileManager

KEPT_SECONDS = 300
_unnamed = MediaFileManager._get_inactive_file_ids
_since: WeakKeyDictionary[MediaFileManager, dict[str, float]] = WeakKeyDictionary()
"""File -> when it was first found without a run that names it, in seconds of the monotonic clock."""


def keep_a_while() -> None:
    """From now on a file is deleted no sooner than KEPT_SECONDS after no session has named it."""
    MediaFileManager._get_inactive_file_ids = _long_unnamed


def _long_unnamed(self: MediaFileManager) -> set[str]:
    unnamed, now = _unnamed(self), time.monotonic()
    earlier = _since.get(self, {})
    since = _since[self] = {file: earlier.get(file, now) for file in unnamed}
    return {file for file in unnamed if now - since[file] >= KEPT_SECONDS}
