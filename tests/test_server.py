"""What the server adds to a page's head, and that everything else passes as it is."""

import gzip
from dataclasses import dataclass

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response, StreamingResponse
from starlette.routing import Route

from dashboard.server.head import PageHead, addition
from tests.waiters import awaited

PAGE = "<html><head><title>Ä</title></head><body></head></body></html>"
SCRIPT = b"const text = '</head>';\n" * 100
HEADERS = {"etag": '"1"', "last-modified": "Thu, 01 Jan 2026 00:00:00 GMT", "x-kept": "yes"}


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    content: bytes


class Client:
    """Asks an app as a server would."""

    def __init__(self, app):
        self.app = app

    def get(self, path: str, headers: dict[str, str] | None = None, method: str = "GET") -> Answer:
        given = [(name.encode(), value.encode()) for name, value in (headers or {}).items()]
        scope = {"type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": b""}
        messages: list[dict] = []

        async def send(message):
            messages.append(message)

        async def receive():
            return {"type": "http.request", "body": b"", "more_body": False}

        scope |= {"asgi": {"version": "3.0", "spec_version": "2.4"}}  # later than those whose answers watch for a leave
        scope |= {"headers": given, "http_version": "1.1", "scheme": "http", "server": ("localhost", 80)}
        awaited(lambda: self.app(scope, receive, send))
        start, *bodies = messages
        told = {name.decode(): value.decode() for name, value in start["headers"]}
        assert len(told) == len(start["headers"])
        return Answer(start["status"], told, b"".join(body.get("body", b"") for body in bodies))


def page(request: Request) -> Response:
    """Packed where the browser takes it, and not sent anew to who has it, as static files are."""
    if request.headers.get("if-none-match") == '"1"':
        return Response(status_code=304, headers=HEADERS)
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(gzip.compress(PAGE.encode()), headers=HEADERS | {"content-encoding": "gzip"})
    return HTMLResponse(PAGE, headers=HEADERS)


def in_parts(request: Request) -> Response:
    """In parts that break the tag itself."""

    async def parts():
        for part in ("<html><he", "ad></he", "ad><body>", "</body></html>"):
            yield part

    return StreamingResponse(parts(), media_type="text/html; charset=utf-8")


@pytest.fixture
def client(tmp_path) -> Client:
    kept = tmp_path / "page.html"
    kept.write_text(PAGE, encoding="utf-8")
    app = Starlette(
        routes=[
            *(Route(path, page) for path in ("/", "/train", "/index.html", "/some/page")),
            Route("/parts", in_parts),
            Route("/static/app.js", lambda request: Response(SCRIPT, media_type="text/javascript")),
            Route("/media/page.html", lambda request: FileResponse(kept)),
            Route("/_stcore/health", lambda request: HTMLResponse(PAGE)),
            Route("/data", lambda request: Response(SCRIPT, media_type="application/json")),
        ]
    )
    return Client(PageHead(app))


@pytest.mark.parametrize("path", ["/", "/train", "/index.html", "/some/page"])
def test_a_page_gets_the_sheet_once_before_its_head_ends(client, path):
    answer = client.get(path, headers={"accept-encoding": "gzip"})
    before, _, after = PAGE.encode().partition(b"</head>")
    assert answer.content == before + addition() + b"</head>" + after
    assert answer.content.count(addition()) == 1
    assert b":root .stMainBlockContainer" in addition()


def test_length_and_tags_are_those_of_what_is_sent(client):
    answer = client.get("/")
    assert int(answer.headers["content-length"]) == len(answer.content)
    assert "etag" not in answer.headers
    assert "last-modified" not in answer.headers
    assert answer.headers["x-kept"] == "yes"
    assert answer.headers["content-type"] == "text/html; charset=utf-8"


def test_a_page_is_never_packed_and_never_called_unchanged(client):
    answer = client.get("/", headers={"accept-encoding": "gzip, br", "if-none-match": '"1"'})
    assert answer.status == 200
    assert "content-encoding" not in answer.headers
    assert addition() in answer.content


def test_a_page_that_comes_in_parts_is_whole(client):
    answer = client.get("/parts")
    assert answer.content == b"<html><head>" + addition() + b"</head><body></body></html>"
    assert int(answer.headers["content-length"]) == len(answer.content)


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("/static/app.js", SCRIPT),
        ("/data", SCRIPT),
        ("/media/page.html", PAGE.encode()),
        ("/_stcore/health", PAGE.encode()),
    ],
)
def test_other_files_pass_byte_for_byte(client, path, content):
    answer = client.get(path)
    assert answer.content == content
    assert int(answer.headers["content-length"]) == len(content)


def test_a_files_tag_and_date_stay(client):
    answer = client.get("/media/page.html")
    assert answer.headers["etag"]
    assert answer.headers["last-modified"]


def test_a_request_for_the_head_alone_passes_as_it_is(client):
    answer = client.get("/", method="HEAD")
    assert answer.status == 200
    assert answer.headers["etag"] == '"1"'
    assert addition() not in answer.content


def test_an_unknown_page_passes(client):
    answer = client.get("/nowhere")
    assert (answer.status, answer.content) == (404, b"Not Found")
