"""The badge under the equations: how far this page is from torch, over all rows and units."""

import streamlit as st

from core.readers import Reader
from core.tracing import RowTrace
from dashboard.learn import background
from dashboard.learn.numbers import power_of_ten
from dashboard.learn.page import Subject
from dashboard.words import say

_ROUNDING = 1e-4  # what float32 sums may differ by; states are shown with three decimals


def show(subject: Subject) -> None:
    work = background.job(("accord", *subject.key), _difference, subject.reader, subject.trace)
    background.eventually(work, say("learn.accord_wait"), _badge)


def _difference(reader: Reader, trace: RowTrace) -> float:
    from core.gradients import largest_difference

    background.one_thread()
    return largest_difference(reader, trace.x, trace.states() | {"logits": trace.logits})


def _badge(difference: float) -> None:
    icon = ":material/check:" if difference < _ROUNDING else ":material/warning:"
    shown = "0" if difference == 0 else power_of_ten(difference)
    st.badge(say("learn.accord", difference=shown), icon=icon, color="blue", help=say("learn.accord_help"))
