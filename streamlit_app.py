"""The front door: what `streamlit run` serves. Every page begins in dashboard/server/script.py."""

import streamlit as st
from starlette.middleware import Middleware

from dashboard.server import gate, imports, media, ticks
from dashboard.server.gate import Gate
from dashboard.server.head import PageHead

imports.keep_path()
gate.quieten()
ticks.keep_to_their_page()
media.keep_a_while()
app = st.App("dashboard/server/script.py", middleware=[Middleware(Gate), Middleware(PageHead)])
