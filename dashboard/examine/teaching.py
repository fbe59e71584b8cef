"""Teach it: a run that goes on training the chosen reader with one's own digits mixed in, and what that did to both."""

from dataclasses import dataclass

import streamlit as st

from core.digits import data, subset
from core.runs import lessons, lifecycle, taught
from core.runs.naming import LONGEST
from core.runs.run import UNFINISHED, Run
from core.runs.taught import Outcome, Tried
from dashboard import background, session
from dashboard.examine.subject import Subject, title_of
from dashboard.formats import NONE, percent
from dashboard.notice import notice
from dashboard.outside import as_text
from dashboard.words import say
from dashboard.words.core import translated

_TICK_SECONDS = 1.0
_FULL_TEST = 10_000
_NO_CHANCE = 0.05
"""A change that chance alone would make more rarely than this is told as one."""


@dataclass(frozen=True)
class _Line:
    """A line of the table: right before and after, of so many."""

    name: str
    before: str
    after: str


def show(subject: Subject, count: int) -> None:
    """For the first reader and so many kept digits."""
    run = _latest(subject)
    with st.container(gap="xsmall", key="examine_teaching"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(f"**{say('examine.teach')}**", help=say("examine.teach_help"), width="content")
            st.button(
                say("examine.teach_button", reader=as_text(subject.title), count=count),
                key="examine_teach",
                icon=":material/school:",
                help=say("examine.teach_button_help"),
                disabled=run is not None and run.state in UNFINISHED,
                **session.click(_teach, subject),
            )
        if run is None:
            st.caption(say("examine.teach_few" if count < lessons.LEAST else "examine.teach_many", count=count,
                           back=count // 3, least=lessons.LEAST))  # fmt: skip
        elif run.state in UNFINISHED:
            _progress(run.id)
        else:
            _ended(run)


def _latest(subject: Subject) -> Run | None:
    """The run that made this reader what it is, else the newest that taught it."""
    runs = [run for run in session.store().runs() if taught.is_taught(run) and not run.unreadable]
    own = next((run for run in runs if run.id == subject.name), None)
    return own or next((run for run in runs if run.config.start_from == subject.name), None)


def _teach(subject: Subject) -> None:
    config = taught.config_for(subject.name, subject.reader, data.describe().train_images)
    name = say("examine.teach_name", reader=subject.title)
    lifecycle.enqueue(session.store(), config, name=name[-LONGEST:])


def _progress(run_id: str) -> None:
    """How far it is, once a second; the page is drawn anew at its end."""

    @st.fragment(run_every=_TICK_SECONDS)
    def tick() -> None:
        with session.noticed():
            store = session.store()
            lifecycle.refresh(store)
            run = store.run(run_id)
            if run.state not in UNFINISHED:
                st.rerun()
            facts = run.facts
            words = say("examine.teach_queued" if run.state == "queued" else "examine.teach_starts")
            if facts.step:
                words = say("examine.teach_runs", step=f"{facts.step:,}", steps=f"{facts.steps:,}")
            st.progress(min(1.0, facts.step / facts.steps) if facts.steps else 0.0, words)

    tick()
    _see(run_id)


def _see(run_id: str) -> None:
    if st.button(say("examine.teach_see"), key="examine_see", icon=":material/show_chart:", type="tertiary"):
        session.go_to("train", run=run_id)


def _ended(run: Run) -> None:
    if run.state != "finished":
        reason = as_text(translated(run.message)) or say(f"train.{run.state}")
        st.warning(say("examine.teach_failed", reason=reason), icon=":material/info:")
        _see(run.id)
        return
    work = background.job(("taught", str(run.folder.path), run.facts.seconds), taught.outcome, run)
    background.eventually(work, say("examine.mine_wait"), lambda found: _outcome(run, found))


def _outcome(run: Run, found: Outcome | None) -> None:
    if found is None:
        return
    st.html(_table(run, found))
    notice(*findings(run, found))
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if not run.archived and st.button(
            say("examine.teach_draw"), key="examine_teach_draw", icon=":material/draw:", help=say("app.draw_help")
        ):
            session.want_reader(run.id)
            session.go_to("draw")
        _see(run.id)


def _table(run: Run, found: Outcome) -> str:
    lines = [_of(name, tried) for name, tried in (("back", found.kept_back), ("learned", found.learned)) if len(tried)]
    lines.append(_Line(say("examine.teach_mnist"), percent(run.facts.start_accuracy), percent(run.facts.test_accuracy)))
    heads = "".join(f"<th>{say(f'examine.teach_{name}')}</th>" for name in ("right", "before", "after"))
    rows = "".join(f"<tr><td>{line.name}</td><td>{line.before}</td><td>{line.after}</td></tr>" for line in lines)
    return f'<table class="mine"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>'


def _of(name: str, tried: Tried) -> _Line:
    count = len(tried)
    label = say(f"examine.teach_{name}", count=count)
    return _Line(label, f"{tried.right_before} / {count}", f"{tried.right_after} / {count}")


def findings(run: Run, found: Outcome) -> list[str]:
    """What teaching did, as far as so many digits can tell."""
    reader = as_text(title_of(run.config.start_from)) if run.config.start_from else NONE
    return [say("examine.teach_whose", reader=reader), _own_finding(found.kept_back), _mnist_finding(run)]


def _own_finding(tried: Tried) -> str:
    if not len(tried):
        return say("examine.teach_no_test", least=lessons.LEAST)
    values = {"count": len(tried), "gained": tried.gained, "lost": tried.lost}
    if not tried.gained + tried.lost:
        return say("examine.teach_same", **values)
    verdict = "examine.teach_real" if tried.chance < _NO_CHANCE else "examine.teach_chance"
    return say("examine.teach_changed", **values, verdict=say(verdict, chance=f"{tried.chance:.0%}"))


def _mnist_finding(run: Run) -> str:
    """The test images that it answers wrongly, before and after."""
    before, after = run.facts.start_accuracy, run.facts.test_accuracy
    if before is None or after is None:
        return ""
    images = _FULL_TEST if run.facts.data_source == "full" else subset.images_of("test")
    wrong = [round((1 - accuracy) * images) for accuracy in (before, after)]
    return say("examine.teach_wrong", images=f"{images:,}", before=wrong[0], after=wrong[1])
