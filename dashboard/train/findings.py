"""What is wrong with the run that is shown, and a form filled with what would mend it: a notice beside the curves."""

from collections.abc import Callable

import streamlit as st

from core.runs.diagnosis import Finding
from core.runs.run import Run
from dashboard import session, settings
from dashboard.outside import as_text
from dashboard.words import say
from dashboard.words.core import translated


def shape(found: list[Finding], run: Run) -> tuple:
    """What the buttons depend on; the figures in the texts may change beside them."""
    return tuple((finding.rule, tuple(finding.changes(run.config).items())) for finding in found)


def show(run: Run, found: list[Finding], now: Callable[[], list[Finding]], every: float | None) -> None:
    """A notice for each finding, whose text is told anew `every` so many seconds, from what is found `now`."""
    for finding in found:
        with st.container(key=f"finding_{finding.rule}", gap="xsmall"):
            _telling(finding, now, every)
            _button(run, finding)


def _telling(finding: Finding, now: Callable[[], list[Finding]], every: float | None) -> None:
    def tell() -> None:
        with session.noticed():
            newest = next((other for other in now() if other.rule == finding.rule), finding)
            where = newest.evidence
            steps = {"first": f"{where.first:,}", "last": f"{where.last:,}"}
            st.markdown(as_text(translated(newest.message)))
            st.caption(say(f"train.shaded_{where.curve}", **steps))

    st.fragment(tell, run_every=every)()


def _button(run: Run, finding: Finding) -> None:
    changes = finding.changes(run.config)
    told = [f"{settings.label(name)} {settings.spoken(name, value)}" for name, value in changes.items()]
    st.button(
        say("train.mend") if told else say("train.mend_anew"),
        key=f"mend_{finding.rule}",
        icon=":material/build:",
        help=say("train.mend_help"),
        on_click=_fill,
        args=(finding,),
    )
    st.caption(say("train.mended", settings=" · ".join(told)) if told else say("train.mended_same"))


def _fill(finding: Finding) -> None:
    """The form below with the mended settings, to be looked at and started."""
    settings.fill_form(finding.mended)
    session.want_form()
    session.leave_toast(say("train.form_mended"))
