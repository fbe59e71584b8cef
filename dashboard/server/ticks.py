"""What a page's tick may do: ask for the figures of the page that is shown, and nothing else.

Train asks for its figures anew every second, in a fragment. Such a request that is on its way as a person leaves names
the page that is left; Streamlit runs it after the new page's script, and tells the browser that page, which then takes
away all that the new one has shown. Where the new page still waits to begin, both become one rerun of the old one.

A browser sends a click a moment after it, with all that goes out in that moment. A tick that leaves in between takes
the click with it, and the click goes out once more: one press of Start would make two runs.
"""

from weakref import WeakKeyDictionary

from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.scriptrunner_utils.script_requests import ScriptRequestType

_CLICKS = {"trigger_value", "string_trigger_value", "json_trigger_value", "chat_input_value"}
"""The values of a widget that are sent once, for what a person has just done."""
_ask = AppSession.request_rerun
_leaving: WeakKeyDictionary[AppSession, tuple[str, str]] = WeakKeyDictionary()
"""The page that a session leaves, and the one that it has asked for, until that one asks for something itself."""


def keep_to_their_page() -> None:
    """For every session from now on: no tick of a page that is left, and no click with a tick."""
    AppSession.request_rerun = _request_rerun


def _request_rerun(self: AppSession, client_state: ClientState | None) -> None:
    if client_state is not None:
        if _is_late(self, client_state):
            return
        if client_state.is_auto_rerun:
            _leave_clicks(client_state)
    _ask(self, client_state)


def _leave_clicks(asked: ClientState) -> None:
    """They come by themselves, right after."""
    widgets = asked.widget_states.widgets
    for place in reversed(range(len(widgets))):
        if widgets[place].WhichOneof("value") in _CLICKS:
            del widgets[place]


def _is_late(session: AppSession, asked: ClientState) -> bool:
    """Whether it is a fragment's, and of another page than the one that is shown, or about to be.

    Remembers of a whole page's request which page it leaves.
    """
    page, its = _page_of(session), asked.page_script_hash
    if not page or not its:
        return False
    if not asked.fragment_id:
        _leaving[session] = page, its
        return False
    left, next_page = _leaving.get(session, (page, page))
    if its == next_page:
        _leaving.pop(session, None)
    # between the taking of a request and its page's beginning Streamlit still names the page that is left
    return its != page or its == left != next_page


def _page_of(session: AppSession) -> str:
    requests = session._scriptrunner._requests if session._scriptrunner else None
    if requests and requests._state == ScriptRequestType.RERUN and requests._rerun_data.page_script_hash:
        return requests._rerun_data.page_script_hash
    pages = session._pages_manager
    return pages.intended_page_script_hash or pages.current_page_script_hash
