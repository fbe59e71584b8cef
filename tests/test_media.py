"""What a page shows can be fetched for a while after the run that named it."""

import pytest
from streamlit.runtime.media_file_manager import MediaFileManager
from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage

from dashboard.server import media


@pytest.fixture
def moment(monkeypatch) -> list[float]:
    """The monotonic clock's seconds, to be set."""
    now = [1000.0]
    monkeypatch.setattr(media.time, "monotonic", lambda: now[0])
    for name in ("_get_inactive_file_ids", "_remove_orphaned_deferred_callables"):
        monkeypatch.setattr(MediaFileManager, name, getattr(MediaFileManager, name))
    media.keep_a_while()
    return now


@pytest.fixture
def files() -> MediaFileManager:
    return MediaFileManager(MemoryMediaFileStorage("/media"))


def named(files: MediaFileManager, content: bytes) -> str:
    """Its file, as a run that names it leaves it."""
    return files.add(content, "application/octet-stream", "weights").rsplit("/", 1)[1].partition(".")[0]


def end_a_run_that_names_nothing(files: MediaFileManager) -> None:
    """Interrupted by the next one before it came to its elements, for example."""
    files.clear_session_refs()
    files.remove_orphaned_files()


def test_file_that_a_run_no_longer_names_can_be_fetched_for_a_while_and_then_is_gone(files, moment):
    file = named(files, b"weights")
    for seconds in (0, media.KEPT_SECONDS / 2, media.KEPT_SECONDS / 2 - 1):
        moment[0] += seconds
        end_a_run_that_names_nothing(files)
        assert files.read_file(file) is not None
    moment[0] += 1
    end_a_run_that_names_nothing(files)
    assert files.read_file(file) is None


def test_file_that_is_named_anew_begins_its_while_anew(files, moment):
    file = named(files, b"weights")
    end_a_run_that_names_nothing(files)
    moment[0] += media.KEPT_SECONDS - 1
    assert named(files, b"weights") == file
    files.remove_orphaned_files()
    end_a_run_that_names_nothing(files)
    moment[0] += media.KEPT_SECONDS - 1
    end_a_run_that_names_nothing(files)
    assert files.read_file(file) is not None


def test_file_that_a_page_shows_is_never_deleted(files, moment):
    file = named(files, b"weights")
    moment[0] += 10 * media.KEPT_SECONDS
    files.remove_orphaned_files()
    assert files.read_file(file) is not None


def test_another_session_that_ends_a_run_deletes_nothing_of_this_one(files, moment):
    file = named(files, b"weights")
    files.clear_session_refs()  # this session's next run has begun
    files.remove_orphaned_files()  # another one's ends
    assert files.read_file(file) is not None
    assert named(files, b"weights") == file


def test_click_on_a_download_that_a_new_run_has_overtaken_still_gets_its_file(files, moment):
    old, new = (files.add_deferred(lambda text=text: text, "text/csv", "button") for text in (b"old", b"new"))
    files.remove_orphaned_files()
    for maker, text in ((old, b"old"), (new, b"new")):
        address = files.execute_deferred(maker)
        assert files.read_file(address.rsplit("/", 1)[1].partition(".")[0]).content == text
    moment[0] += media.CLICKED_SECONDS
    files.remove_orphaned_files()
    assert set(files._deferred_callables) == {new}
