"""Every text of the dashboard, in English and Chinese: `say("train.start")` in the language of the page.

The texts lie beside this file, one TOML a page, each entry a table `[key]` with `en` and `zh`.
"""

import tomllib
from functools import cache
from pathlib import Path

import streamlit as st

from dashboard.outside import parameter

LANGUAGES = {"en": "English", "zh": "中文"}


@cache
def texts() -> dict[str, dict[str, str]]:
    """All texts: `page.key` -> {"en": ..., "zh": ...}."""
    found = {}
    for path in sorted(Path(__file__).parent.glob("*.toml")):
        entries = tomllib.loads(path.read_text(encoding="utf-8"))
        found |= {f"{path.stem}.{key}": entry for key, entry in entries.items()}
    return found


def language() -> str:
    """The page's language, `en` or `zh`: what the person chose, else the one that was asked for."""
    return st.session_state.get("language") or asked_language()


def asked_language() -> str:
    """The URL's `?lang=`, else the browser's own, else English."""
    browsers = str(st.context.locale or "").partition("-")[0].lower()
    return next((name for name in (parameter("lang"), browsers) if name in LANGUAGES), "en")


def say(key: str, **values) -> str:
    """The text `page.key` in the page's language, its {placeholders} filled with `values`."""
    text = texts()[key][language()]
    return text.format(**values) if values else text
