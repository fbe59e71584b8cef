"""The script that every page begins with: page config, list of pages, language."""

import gc
from collections.abc import Iterator

import streamlit as st

from dashboard import session, styles
from dashboard.components.document import document
from dashboard.components.tour import tour
from dashboard.words import LANGUAGES, asked_language, language, say

PAGES = [
    ("draw", ":material/draw:"),
    ("train", ":material/show_chart:"),
    ("runs", ":material/table_rows:"),
    ("examine", ":material/troubleshoot:"),
    ("learn", ":material/school:"),
]
_RESERVED = "first"  # Streamlit shows the first page at `/`, and keeps for it the path that it would else have


def _switch_language() -> None:
    other = next(name for name in LANGUAGES if name != language())
    st.button(
        LANGUAGES[other],
        key="language_switch",
        type="tertiary",
        icon=":material/translate:",
        help=say("app.language"),
        on_click=st.session_state.update,
        args=({"language": other},),
    )


def _pages() -> Iterator[st.Page]:
    for name, icon in PAGES:
        first = name == PAGES[0][0]
        yield st.Page(
            f"../pages/{name}.py",
            title=say(f"app.{name}"),
            icon=icon,
            help=say(f"app.{name}_help"),
            url_path=_RESERVED if first else name,
            default=first,
        )
    yield st.Page(_to_first, title=say(f"app.{PAGES[0][0]}"), url_path=PAGES[0][0], visibility="hidden")


def _to_first() -> None:
    """The first page has the address `/` alone; its name, typed by hand or in a link, leads there."""
    session.go_to(PAGES[0][0], **st.query_params)


@st.cache_resource(show_spinner=False)
def _settle(page_name: str) -> None:
    """Once for each page: exempts the objects of its modules from garbage collection.

    Streamlit collects all garbage after every run, and so at every tick: 70 ms over a hundred thousand objects that
    are never freed.
    """
    gc.collect()
    gc.freeze()


st.set_page_config(page_title="Row by Row", page_icon="dashboard/icon.svg", layout="wide")
st.session_state.setdefault("language", language())
page = st.navigation([*_pages()], position="top")
styles.serve()
_switch_language()
if wanted := tour(page.url_path or PAGES[0][0]):
    session.go_to(wanted)
if asked_language() != language():
    st.query_params["lang"] = language()
st.set_page_config(page_title=f"{page.title} · Row by Row")
page.run()
document(language())
_settle(page.url_path)
