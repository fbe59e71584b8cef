"""The badge under the equations: how far this page is from torch, over all rows and units."""

import streamlit as st

from core.reading.readers import Reader
from core.reading.tracing import RowTrace
from dashboard import background
from dashboard.formats import power_of_ten
from dashboard.learn.subject import Subject
from dashboard.words import say

_ROUNDING = 1e-4  # what float32 sums may differ by; states are shown with three decimals


def show(subject: Subject) -> None:
    work = background.job(("torch_check", *subject.key), _difference, subject.reader, subject.trace)
    background.eventually(work, say("learn.torch_check_wait"), _badge)


def _difference(reader: Reader, trace: RowTrace) -> float:
    from core.reading.gradients import largest_difference

    background.one_thread()
    return largest_difference(reader, trace.x, trace.states() | {"logits": trace.logits})


def _badge(difference: float) -> None:
    icon = ":material/check:" if difference < _ROUNDING else ":material/warning:"
    shown = "0" if difference == 0 else power_of_ten(difference)
    st.badge(say("learn.torch_check", difference=shown), icon=icon, color="blue", help=say("learn.torch_check_help"))
