"""What is wrong with the run that is shown, and a form filled with what would mend it: a notice beside the curves."""

import streamlit as st

from core.runs.diagnosis import Finding
from core.runs.run import Run
from dashboard import session, settings
from dashboard.outside import as_text
from dashboard.words import say
from dashboard.words.core import translated


def show(run: Run, found: list[Finding]) -> None:
    """A notice for each finding, in a fragment that is drawn anew as the run goes on."""
    for finding in found:
        with st.container(key=f"finding_{finding.rule}", gap="xsmall"):
            where = finding.evidence
            steps = {"first": f"{where.first:,}", "last": f"{where.last:,}"}
            st.markdown(as_text(translated(finding.message)))
            st.caption(say(f"train.shaded_{where.curve}", **steps))
            _button(run, finding)


def _button(run: Run, finding: Finding) -> None:
    changes = finding.changes(run.config)
    told = [f"{settings.label(name)} {settings.spoken(name, value)}" for name, value in changes.items()]
    pressed = st.button(
        say("train.mend") if told else say("train.mend_anew"),
        key=f"mend_{finding.rule}",
        icon=":material/build:",
        help=say("train.mend_help"),
        on_click=_fill,
        args=(finding,),
    )
    st.caption(say("train.mended", settings=" · ".join(told)) if told else say("train.mended_same"))
    if pressed:
        st.rerun()  # the form stands outside this fragment


def _fill(finding: Finding) -> None:
    """The form below with the mended settings, to be looked at and started."""
    settings.fill_form(finding.mended)
    session.want_form()
    session.leave_toast("train.form_mended")
