"""The front door: what `streamlit run` serves. Every page begins in dashboard/server/script.py."""

import streamlit as st
from starlette.middleware import Middleware

from dashboard.server.head import PageHead

app = st.App("dashboard/server/script.py", middleware=[Middleware(PageHead)])
