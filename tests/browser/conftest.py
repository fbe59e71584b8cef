"""A real dashboard and a real browser: a server with a runs folder of its own, and Chromium where there is one."""

import os
import shutil
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from core.runs.store import Store
from tests.waiters import end_trainings, wait_until

_ROOT = Path(__file__).parents[2]
_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
CHROMIUM = next(filter(None, map(shutil.which, _NAMES)), None)
ARGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
PATIENCE_SECONDS = 120
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # whatever proxy a test has set
T = TypeVar("T")
expect.set_options(timeout=PATIENCE_SECONDS * 1000)


def wait_for(condition: Callable[[], T | Literal[False] | None], what: str, seconds: float = PATIENCE_SECONDS) -> T:
    return wait_until(condition, what, seconds)


@dataclass
class Dashboard:
    """A running server."""

    url: str
    store: Store
    log: Path
    pid: int

    def page(self, name: str) -> str:
        return f"{self.url}/{name}"


@contextmanager
def serving(runs: Path, log: Path, port: int | None = None, script: str = "streamlit_app.py") -> Iterator[Dashboard]:
    """A dashboard on a free port (or this one) over this runs folder; ended on leaving, its trainings are not.

    script: another page of ours in its place, such as one that shows a single element.
    """
    port = port or free_port()
    options = {"server.port": port, "server.headless": "true", "server.fileWatcherType": "none"}
    command = [sys.executable, "-m", "streamlit", "run", script]
    command += [f"--{name}={value}" for name, value in options.items()]
    with log.open("ab") as file:
        environment = os.environ | {"RUNS_ROOT": str(runs), "PYTHONPATH": str(_ROOT)}
        server = subprocess.Popen(command, cwd=_ROOT, env=environment, stdout=file, stderr=subprocess.STDOUT)
    try:
        url = f"http://localhost:{port}"
        wait_for(lambda: server.poll() is not None or _healthy(url), "the server")
        assert server.poll() is None, log.read_text()
        yield Dashboard(url, Store(runs), log, server.pid)
    finally:
        server.terminate()
        server.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        return probe.getsockname()[1]


def _healthy(url: str) -> bool:
    try:
        with _DIRECT.open(f"{url}/_stcore/health", timeout=5) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[Dashboard]:
    folder = tmp_path_factory.mktemp("dashboard")
    with serving(folder / "runs", folder / "server.log") as served:
        yield served


@pytest.fixture
def dashboard(server: Dashboard) -> Iterator[Dashboard]:
    """A dashboard with a runs folder of its own, one for the tests of a module; nothing trains before or after."""
    yield server
    end_trainings(server.store)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, one for the whole session. Skips with a word where there is none."""
    if not CHROMIUM:
        pytest.skip("No Chromium on this machine: install Debian's chromium-headless-shell to run the browser tests.")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGS))
        yield chromium
        chromium.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A clean browser profile at 1280 x 900."""
    clean = browser.new_context(viewport={"width": 1280, "height": 900})
    clean.set_default_timeout(PATIENCE_SECONDS * 1000)
    yield clean
    clean.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A tab in which no script may fail."""
    tab, errors = context.new_page(), []
    tab.on("pageerror", lambda error: errors.append(str(error)))
    yield tab
    assert not errors


_OVERTAKEN = """(() => {
  const overtaken = (text) => text.replace("export default function", "const shownOnce = function")
    + "\\nexport default (given) => { const end = shownOnce(given); end?.(); return end; };";
  window.Blob = class extends Blob {
    constructor(parts, options) {
      super(parts.map((part) => (String(part).includes("export default function") ? overtaken(part) : part)), options);
    }
  };
})()"""


@pytest.fixture
def overtaken(page: Page) -> None:
    """Every call of an element is cleaned up at once, as Streamlit does where newer data comes in that moment."""
    page.add_init_script(_OVERTAKEN)
