"""Who may speak to the server: the addresses that it is reached under, and pages of its own alone.

Streamlit asks for `server.allowedHosts` at a WebSocket's beginning only, and takes any origin on localhost for its own:
a page that another program serves on another port could drive the dashboard, and a name that is made to point here
could read it.
"""

import logging
from urllib.parse import urlsplit

import streamlit as st
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

_READING = ("GET", "HEAD", "OPTIONS")
_REFUSED = "This dashboard does not answer under this address: add its name to server.allowedHosts."
_FOREIGN = "Another page may not speak for this one: add its origin to server.corsAllowedOrigins."


class Gate:
    """Middleware that refuses a host that is not ours, and what is asked in a foreign page's name."""

    def __init__(self, app: ASGIApp):
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = _refusal(scope) if scope["type"] in ("http", "websocket") else None
        if refusal is None:
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008, "reason": refusal})
        else:
            await PlainTextResponse(refusal, 403)(scope, receive, send)


def _refusal(scope: Scope) -> str | None:
    headers = Headers(scope=scope)
    host, origin = headers.get("host", ""), headers.get("origin")
    if not _is_ours(host):
        return _REFUSED
    asks = scope["type"] == "http" and scope["method"] in _READING
    if origin is None or asks or origin in (st.get_option("server.corsAllowedOrigins") or []):
        return None
    return None if urlsplit(origin).netloc == host else _FOREIGN


def _is_ours(host: str) -> bool:
    """Whether `server.allowedHosts` has it, as Streamlit reads that list; an empty list has all."""
    known = [name.strip().lower().rstrip(".") for name in st.get_option("server.allowedHosts") or []]
    try:
        name = (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:
        return False
    wild = any(pattern == "*" or (pattern.startswith("*.") and name.endswith(pattern[1:])) for pattern in known)
    return not known or wild or name in known


class _Expected(logging.Filter):
    """Drops what Streamlit says of a fragment whose page has just been left: a tick was on its way."""

    def filter(self, record: logging.LogRecord) -> bool:
        return "fragment with id" not in str(record.msg)


def quieten() -> None:
    """Keeps those lines out of the terminal."""
    for name in ("streamlit.runtime.app_session", "streamlit.runtime.scriptrunner.script_runner"):
        logger = logging.getLogger(name)
        if not any(isinstance(known, _Expected) for known in logger.filters):
            logger.addFilter(_Expected())
