"""Every text of the dashboard stands in both languages, with the same placeholders, and code asks for no other."""

import ast
import re
import string
from pathlib import Path

from dashboard.words import LANGUAGES, texts

_DASHBOARD = Path(__file__).parent.parent / "dashboard"
_SOURCES = [*sorted(_DASHBOARD.rglob("*.py")), _DASHBOARD.parent / "streamlit_app.py"]
_ANY = "[a-z0-9_.]+"


def test_no_page_has_a_bare_text_which_streamlit_would_show():
    for path in [*(_DASHBOARD / "pages").glob("*.py"), _DASHBOARD.parent / "streamlit_app.py"]:
        statements = ast.parse(path.read_text(encoding="utf-8")).body
        bare = [
            one.lineno for one in statements[1:] if isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant)
        ]
        assert bare == [], path


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def pattern_of(node: ast.expr) -> str | None:
    """A regular expression of the keys that this argument can be; None where that is not written in place."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return re.escape(node.value)
    if isinstance(node, ast.JoinedStr):
        constant = [not isinstance(part, ast.FormattedValue) and ast.literal_eval(part) for part in node.values]
        return "".join(re.escape(part) if isinstance(part, str) else _ANY for part in constant)
    if isinstance(node, ast.IfExp):
        return f"(?:{pattern_of(node.body)}|{pattern_of(node.orelse)})"
    return None


def keys_used() -> list[tuple[str, str]]:
    """(where, pattern) of each say(...) whose key is written in place."""
    found = []
    for path in _SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "say" and node.args:
                pattern = pattern_of(node.args[0])
                if pattern:
                    found.append((f"{path.name}:{node.lineno}", pattern))
    return found


def test_every_text_stands_in_every_language():
    missing = {key: text for key, text in texts().items() if set(text) != set(LANGUAGES) or not all(text.values())}
    assert not missing


def test_languages_fill_in_the_same_values():
    differing = [key for key, text in texts().items() if len({frozenset(placeholders(t)) for t in text.values()}) != 1]
    assert not differing


def test_no_line_breaks_between_a_number_and_its_per_cent_sign():
    assert [
        key for key, by_language in texts().items() for text in by_language.values() if re.search("[0-9}] %", text)
    ] == []


def test_code_says_only_what_is_written():
    missing = [
        f"{where}: {pattern}"
        for where, pattern in keys_used()
        if not any(re.fullmatch(pattern, key) for key in texts())
    ]
    assert keys_used()
    assert not missing
