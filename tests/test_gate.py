"""Who may speak to the server: its own names and its own pages, whatever the port."""

import logging

import pytest
import streamlit as st

from dashboard.server import gate
from dashboard.server.gate import Gate
from tests.waiters import awaited

HOST = "localhost:8501"


def asked(kind: str, host: str, origin: str | None = None, method: str = "GET") -> list[dict]:
    """What is sent in answer; an inner app that is reached says so."""
    sent: list[dict] = []

    async def inner(scope, receive, send):
        await send({"type": "reached"})

    async def send(message):
        sent.append(message)

    async def receive():
        return {"type": "websocket.connect"}

    headers = [(b"host", host.encode())] + ([(b"origin", origin.encode())] if origin else [])
    scope = {"type": kind, "method": method, "headers": headers, "path": "/"}
    awaited(lambda: Gate(inner)(scope, receive, send))
    return sent


def is_let_in(*arguments, **more) -> bool:
    return asked(*arguments, **more) == [{"type": "reached"}]


@pytest.mark.parametrize("host", [HOST, "127.0.0.1:8501", "[::1]:8501", "LOCALHOST:1", "localhost."])
def test_own_names_are_let_in(host):
    assert is_let_in("http", host)
    assert is_let_in("websocket", host, f"http://{host}")
    assert is_let_in("websocket", host)  # a program sends no origin


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example:8501", "", "[", "a@b"]
)
def test_a_name_that_is_made_to_point_here_is_refused(host):
    assert asked("http", host)[0]["status"] == 403
    assert asked("websocket", host, f"http://{host}")[0] == {
        "type": "websocket.close",
        "code": 1008,
        "reason": asked("websocket", host)[0]["reason"],
    }


@pytest.mark.parametrize(
    "origin", ["http://localhost:1234", "http://127.0.0.1:8501", "http://evil.example", "null", "http://localhost"]
)
def test_a_page_of_another_origin_may_not_speak(origin):
    assert asked("websocket", HOST, origin)[0]["type"] == "websocket.close"
    assert asked("http", HOST, origin, method="POST")[0]["status"] == 403
    assert is_let_in("http", HOST, origin)  # what it reads, its browser keeps from it


def test_names_and_origins_can_be_added(monkeypatch):
    options = {"server.allowedHosts": ["*.school.example"], "server.corsAllowedOrigins": ["https://portal.example"]}
    monkeypatch.setattr(st, "get_option", options.__getitem__)
    assert is_let_in("websocket", "rows.school.example", "https://portal.example")
    assert not is_let_in("websocket", "school.example.evil")
    options["server.allowedHosts"] = ["*"]
    assert is_let_in("http", "any.example")


def test_a_tick_of_a_page_that_was_left_says_nothing(caplog):
    gate.quieten()
    logger = logging.getLogger("streamlit.runtime.app_session")
    before, logger.propagate = logger.propagate, True
    with caplog.at_level(logging.INFO, logger.name):
        logger.info("The fragment with id %s does not exist anymore", "7")
        logger.info("Another line")
    logger.propagate = before
    assert {record.message for record in caplog.records} == {"Another line"}
