"""Which request of a browser comes too late: a fragment's, of the page that is left, however early it is asked."""

from types import SimpleNamespace
from typing import Any

from streamlit.proto.ClientState_pb2 import ClientState

from dashboard.server.leaving import _is_late


class Session:
    """What Streamlit tells of a session while no script waits: the page that was last begun."""

    def __init__(self, page: str):
        self._scriptrunner = None
        self._pages_manager = SimpleNamespace(intended_page_script_hash=page, current_page_script_hash=page)

    def begin(self, page: str) -> None:
        self._pages_manager.intended_page_script_hash = page


def late(session: Any, page: str, fragment: str = "") -> bool:
    return _is_late(session, ClientState(page_script_hash=page, fragment_id=fragment))


def test_tick_of_the_page_that_is_left_is_late_before_and_after_the_next_one_begins():
    session = Session("train")
    assert not late(session, "train", "tick")
    assert not late(session, "draw")  # the click that leaves, taken from the queue and not yet begun
    assert late(session, "train", "tick")
    session.begin("draw")
    assert late(session, "train", "tick")
    assert not late(session, "draw", "desk")


def test_page_that_one_comes_back_to_is_asked_again():
    session = Session("train")
    late(session, "draw")
    session.begin("draw")
    assert not late(session, "draw", "desk")  # a button in it, which leads back without a request of its own
    session.begin("train")
    assert not late(session, "train", "tick")
    assert not late(session, "draw")
    assert not late(session, "train")  # thought better of it
    session.begin("train")
    assert not late(session, "train", "tick")


def test_whole_page_is_never_late():
    session = Session("train")
    assert not late(session, "train")
    assert not late(session, "draw")
    assert not late(session, "train")
