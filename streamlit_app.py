"""The front door: page config, list of pages, language."""

import streamlit as st

from dashboard.words import LANGUAGES, language, say

st.set_page_config(page_title="Row by Row", page_icon=":material/table_rows:", layout="wide")
st.session_state.setdefault("language", language())

PAGES = [
    ("draw", ":material/draw:"),
    ("train", ":material/show_chart:"),
    ("learn", ":material/school:"),
]
page = st.navigation(
    [
        st.Page(
            f"dashboard/pages/{name}.py",
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
with st.sidebar:
    st.selectbox(say("app.language"), LANGUAGES, format_func=LANGUAGES.get, key="language")
st.query_params["lang"] = language()
page.run()
