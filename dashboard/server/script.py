"""The script that every page begins with: page config, list of pages, language."""

import gc

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
page = st.navigation(
    [
        st.Page(
            f"../pages/{name}.py",
            title=say(f"app.{name}"),
            icon=icon,
            help=say(f"app.{name}_help"),
            url_path=name,
            default=name == PAGES[0][0],
        )
        for name, icon in PAGES
    ],
    position="top",
)
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
