"""The front door: what `streamlit run` serves. Every page begins in dashboard/server/script.py."""

import streamlit as st
from starlette.middleware import Middleware

from dashboard.server import gate, leaving
from dashboard.server.gate import Gate
from dashboard.server.head import PageHead

gate.quieten()
leaving.drop_late_requests()
app = st.App("dashboard/server/script.py", middleware=[Middleware(Gate), Middleware(PageHead)])
