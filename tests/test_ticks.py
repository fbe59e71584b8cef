"""Which request of a browser comes too late: a fragment's, of the page that is left; and what a tick may not bring."""

from types import SimpleNamespace
from typing import Any

from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates

from dashboard.server.ticks import _is_late, _leave_clicks


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


def test_tick_brings_what_is_set_and_no_click():
    clicks = [
        WidgetState(id="button", trigger_value=True),
        WidgetState(id="menu", string_trigger_value={"data": "x"}),
        WidgetState(id="element", json_trigger_value="[1]"),
        WidgetState(id="chat", chat_input_value={"data": "x"}),
    ]
    settings = [WidgetState(id="number", double_value=0.5), WidgetState(id="element", json_value="{}")]
    tick = ClientState(widget_states=WidgetStates(widgets=[*clicks[:2], settings[0], *clicks[2:], settings[1]]))
    _leave_clicks(tick)
    assert list(tick.widget_states.widgets) == settings
