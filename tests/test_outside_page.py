"""What comes by a link or a file's name is shown as text: one function reads every parameter, one makes text of it."""

import ast
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.digits import links
from core.runs.store import Store
from dashboard import outside
from dashboard.learn.state import SETTINGS

ROOT = Path(__file__).parents[1]
HOSTILE = "![x](http://evil.example/a.png) [sign in](http://evil.example) $y$ :red[a] :material/home:"
PARAMETERS = sorted({"run", "lang", "reader", "digit", "row", "layer", "unit", *SETTINGS})


def uses_of_query_params(path: Path) -> list[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Call | ast.Subscript)]


def test_every_parameter_is_read_by_one_function():
    for path in (ROOT / "dashboard").rglob("*.py"):
        for use in uses_of_query_params(path):
            reading = use.startswith(("st.query_params.get(", "st.query_params.get_all("))
            assert not reading or path.name == "outside.py", f"{path.name}: {use}"


def test_parameters_that_are_read_are_those_that_are_tried():
    named = set()
    for path in (ROOT / "dashboard").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Name(id="parameter"), args=[ast.Constant(value=str(name)), *_]):
                    named.add(name)
    assert named
    assert named <= set(PARAMETERS)


@pytest.fixture(autouse=True)
def fresh(tmp_path, monkeypatch):
    monkeypatch.setenv("RUNS_ROOT", str(tmp_path))


def shown(page: AppTest) -> list[str]:
    """Everything that is shown as Markdown."""
    elements = [*page.markdown, *page.caption, *page.error, *page.warning, *page.info, *page.toast, *page.title]
    return [element.value for element in elements]


@pytest.mark.parametrize("name", ["draw", "train", "learn"])
def test_a_parameter_is_text_on_every_page(name, tmp_path, tiny_config):
    Store(tmp_path).add(tiny_config, None, "stopped")  # without a run the Train page has nothing to look for
    page = AppTest.from_file(str(ROOT / "dashboard" / "pages" / f"{name}.py"), default_timeout=60)
    page.query_params.update(dict.fromkeys(PARAMETERS, HOSTILE))
    page.run()
    assert not page.exception
    told = [text for text in shown(page) if "evil" in text or "sign in" in text]
    assert bool(told) == (name != "learn")  # which takes what is none of its own for not given
    for text in told:
        assert "[" not in text.replace("\\[", "")


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("![x](http://a.b)", "!\\[x\\](http\\://\u2060a.b)"),
        ("**bold** _it_ `code` ~no~", "\\*\\*bold\\*\\* \\_it\\_ \\`code\\` \\~no\\~"),
        (":material/home: :smile: :red[x]", "\\:\u2060material/home: \\:\u2060smile: \\:red\\[x\\]"),
        ("www.evil.example, a@b.c, $x$ & <b>", "www\u2060.evil.example, a@\u2060b.c, \\$x\\$ \\& \\<b\\>"),
        ("# a", "\\# a"),
        ("1. a", "1\\. a"),
        ("- a", "\\- a"),
        ("/home/me/runs: permission denied", "/home/me/runs: permission denied"),
    ],
)
def test_text_means_nothing_as_markdown(text, markdown):
    assert outside.as_text(text) == markdown


def test_a_parameter_is_cut_off_and_has_nothing_unseen(monkeypatch):
    import streamlit as st

    monkeypatch.setattr(st, "query_params", {"run": "a\u202eb\x1b[31m" + "c" * 99, "digit": "d" * 9000})
    assert outside.parameter("run") == "a b" + "c" * 57
    assert len(outside.parameter("digit")) == links.LONGEST + 1
    assert outside.parameter("absent", "en") == "en"
