"""What the server adds to the page before anything is drawn: the style sheet, so that nothing moves when it comes.

Streamlit delivers a page's own styles with its elements, one of many scripts that arrive in no order; whatever they
place then jumps. Here they stand in the document's head.
"""

import json
from functools import cache
from pathlib import Path

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_SHEET = Path(__file__).parents[1] / "styles.css"
_END = b"</head>"
# Of an address such as /train Streamlit's browser part does not know whether the server is at /train or at /, and tries
# both: two answers 404 at each page that is opened by its own link. Told the server's address, it asks there alone.
_BASE = """{
  const parts = location.pathname.split("/").filter(Boolean);
  if (%s.includes(parts.at(-1))) parts.pop();
  window.__streamlit = { ...window.__streamlit, BACKEND_BASE_URL: `${location.origin}/${parts.join("/")}` };
}"""


class PageHead:
    """Middleware that puts the style sheet into the head of every HTML document."""

    def __init__(self, app: ASGIApp):
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET" or not _may_be_a_page(scope["path"]):
            await self.app(scope, receive, send)
            return
        # what is to be changed must not be packed, and its tag is another's
        unwanted = (b"accept-encoding", b"if-none-match", b"if-modified-since")
        headers = [(name, value) for name, value in scope["headers"] if name not in unwanted]
        await self.app({**scope, "headers": headers}, receive, _Inserting(send))


def _may_be_a_page(path: str) -> bool:
    """Files have an ending; Streamlit's own addresses begin with an underscore."""
    last = path.rpartition("/")[2]
    return ("." not in last and not path.lstrip("/").startswith("_")) or last == "index.html"


class _Inserting:
    """Passes a response on, an HTML document with the head's addition."""

    def __init__(self, send: Send):
        self.send = send
        self.start: Message | None = None
        self.body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            if not _is_html(message):
                await self.send(message)
            else:
                self.start = message
        elif self.start is None:
            await self.send(message)
        else:
            self.body += message.get("body", b"")
            if not message.get("more_body"):
                await self._finish(self.start)

    async def _finish(self, start: Message) -> None:
        body = self.body.replace(_END, addition() + _END, 1)
        headers = MutableHeaders(raw=list(start["headers"]))
        headers["content-length"] = str(len(body))
        for name in ("etag", "last-modified"):
            if name in headers:
                del headers[name]
        await self.send({**start, "headers": headers.raw})
        await self.send({"type": "http.response.body", "body": body})


def _is_html(start: Message) -> bool:
    return any(name.lower() == b"content-type" and b"text/html" in value for name, value in start["headers"])


@cache
def addition() -> bytes:
    """What goes into the head."""
    return (
        f"<script>{_BASE % json.dumps(_pages())}</script><style>\n{_SHEET.read_text(encoding='utf-8')}</style>".encode()
    )


def _pages() -> list[str]:
    return sorted(path.stem for path in (_SHEET.parent / "pages").glob("*.py"))
