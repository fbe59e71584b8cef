"""What is done with the chosen runs: another run of their settings, draw, learn, rename, archive, delete, take away."""

import json
import time
from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from core.runs import queue, upkeep
from core.runs.comparison import as_json, card, compare
from core.runs.naming import file_name
from core.runs.run import ACTIVE, Run
from core.runs.shipped import command_of
from core.runs.store import Store
from dashboard import session, settings
from dashboard.outside import as_text
from dashboard.runs import address
from dashboard.runs.side_by_side import as_csv
from dashboard.words import say

_LONGEST_LIST = 2


def show(store: Store, runs: Sequence[Run]) -> None:
    """The row of buttons."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="runs_actions"):
        if len(runs) == 1:
            _of_one(store, runs[0])
        _downloads(store, runs)
        archived = all(run.archived for run in runs)
        _button(
            "unarchive" if archived else "archive",
            "unarchive" if archived else "archive",
            _archive,
            store,
            runs,
            not archived,
        )
        _delete(store, runs)
        if len(runs) > 1:
            _button("choose_none", "close", _choose_none)


def _of_one(store: Store, run: Run) -> None:
    there = run.weights is not None and not run.archived
    for name, icon in (("draw", "draw"), ("learn", "school")):
        if st.button(
            say(f"runs.{name}"),
            key=f"runs_{name}",
            icon=f":material/{icon}:",
            help=say(f"runs.{name}_help" if there else "train.no_weights_yet"),
            disabled=not there,
        ):
            session.want_reader(run.id)
            session.go_to(name)
    if st.button(say("runs.again"), key="runs_again", icon=":material/tune:", help=say("runs.again_help")):
        settings.fill_form(run.config)
        session.want_form()
        session.go_to("train", run=run.id)
    if st.button(say("runs.watch"), key="runs_watch", icon=":material/show_chart:", help=say("runs.watch_help")):
        session.go_to("train", run=run.id)
    if run.state == "queued":
        _button("next", "vertical_align_top", queue.move, store, run.id, 1)
    with st.popover(say("runs.rename"), icon=":material/edit:"), st.form("runs_rename", border=False):
        name, note = f"runs_name_{run.id}", f"runs_note_{run.id}"
        st.text_input(say("runs.name"), run.name, key=name, max_chars=80, help=say("runs.name_help"))
        st.text_area(say("runs.note"), run.note, key=note, max_chars=upkeep.LONGEST_NOTE, help=say("runs.note_help"))
        st.form_submit_button(say("runs.save"), **session.click(_save, store, run.id, name, note))
    with st.popover(say("runs.command"), icon=":material/terminal:"):
        st.caption(say("runs.command_help"))
        st.code(command_of(run.config), language=None, wrap_lines=True)


def _save(store: Store, run_id: str, name: str, note: str) -> None:
    noted, named = st.session_state[note], st.session_state[name]
    upkeep.note(store, run_id, noted)
    upkeep.rename(store, run_id, named)


def _downloads(store: Store, runs: Sequence[Run]) -> None:
    with st.popover(say("runs.download"), icon=":material/download:"):
        stamp = time.strftime("%Y%m%d-%H%M%S")
        if len(runs) == 1:
            run = runs[0]
            _download(
                "metrics",
                lambda: "".join(store.metrics_csv(run.id)),
                f"{file_name(run.name)}.csv",
                disabled=not run.facts.step,
            )
        _download("table_csv", lambda: as_csv(runs), f"runs-{stamp}.csv")
        _download("json", lambda: _json(runs), f"runs-{stamp}.json")


def _json(runs: Sequence[Run]) -> str:
    told: dict[str, Any] = {"runs": [card(run) for run in runs]}
    if len(runs) > 1:
        told["comparison"] = as_json(compare(runs))
    return json.dumps(told, ensure_ascii=False, indent=1)


def _download(name: str, content: Callable[[], str], file_name: str, disabled: bool = False) -> None:
    st.download_button(
        say(f"runs.{name}"),
        content,
        file_name,
        key=f"runs_{name}",
        help=say(f"runs.{name}_help"),
        on_click="ignore",
        disabled=disabled,
        type="tertiary",
    )


def _button(name: str, icon: str, action: Callable, *values) -> None:
    explained = say(f"runs.{name}_help")
    st.button(
        say(f"runs.{name}"),
        key=f"runs_{name}",
        icon=f":material/{icon}:",
        help=explained,
        **session.click(action, *values),
    )


def _archive(store: Store, runs: Sequence[Run], archived: bool) -> None:
    upkeep.archive(store, [run.id for run in runs], archived)


def _choose_none() -> None:
    address.put(chosen=[])


def _delete(store: Store, runs: Sequence[Run]) -> None:
    """Asks once; for a minute it can be undone."""
    with st.popover(say("runs.delete"), icon=":material/delete:"):
        st.markdown(say("runs.delete_ask", names=_names([run.name for run in runs])))
        if any(run.state in ACTIVE for run in runs):
            st.caption(say("runs.delete_stops"))
        label = say("runs.delete_one") if len(runs) == 1 else say("runs.delete_several", runs=len(runs))
        st.button(
            label, key="runs_delete", type="primary", **session.click(_delete_now, store, [run.id for run in runs])
        )


def _delete_now(store: Store, run_ids: list[str]) -> None:
    address.put(chosen=[run_id for run_id in address.value("chosen") if run_id not in run_ids])
    upkeep.delete(store, run_ids)


def undoing(store: Store) -> None:
    """While deleted runs can still be brought back: which, and the button that does it."""
    gone = upkeep.deleted(store)
    if not gone:
        return
    names = _names([name for name, _ in gone.values()])
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="runs_undo_row", width="content"):
        _button("undo", "undo", _undo, store, list(gone))
        st.caption(say("runs.deleted", names=names), width="content")


def _undo(store: Store, run_ids: list[str]) -> None:
    back = upkeep.restore(store, run_ids)
    if len(back) < len(run_ids):
        session.leave_notice("runs.undo_late")


def _names(names: Sequence[str]) -> str:
    """A few names as Markdown, then how many more."""
    told = say("runs.comma").join(f"**{as_text(name)}**" for name in names[:_LONGEST_LIST])
    more = len(names) - _LONGEST_LIST
    return say("runs.and_more", names=told, more=more) if more > 0 else told
