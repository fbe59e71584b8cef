"""The readers that a person can choose: the three shipped ones, the person's own runs, and those brought along."""

from collections.abc import Container
from pathlib import Path

import streamlit as st
from streamlit import runtime

from core.reading import cells, readers
from core.reading.readers import Reader
from core.runs import imported
from core.runs.run import Run
from core.training import delay
from dashboard import session
from dashboard.formats import percent
from dashboard.outside import as_text
from dashboard.words import say

CELLS = tuple(reversed(cells.CELLS))
"""The article's order."""


def choices() -> dict[str, Path]:
    """Name -> weights: `rnn`, `gru` and `lstm` are the shipped readers; others are runs, or `imported-...`."""
    shipped = {cell: path for cell in CELLS if (path := delay.shipped_path(cell)).exists()}
    with session.noticed():
        store = session.store()
        own = {run.id: run.weights for run in store.runs() if run.weights and not run.archived}
        return shipped | own | imported.all_of(store.folder)
    return shipped  # a store that cannot be read has left its notice


def known_or_else(wanted: str, known: Container[str], instead: str, told: str) -> str:
    """The reader `wanted`, else `instead`, with the notice `told` for as long as that one stays in its place."""
    if wanted and wanted not in known:
        st.session_state[told] = wanted, instead
    name = wanted if wanted in known else instead
    missing, in_its_place = st.session_state.get(told, ("", name))
    with session.held_place():
        if missing and name == in_its_place:
            st.warning(say(told, reader=as_text(missing)), icon=":material/info:")
        else:
            st.session_state.pop(told, None)
    return name


def earlier(name: str) -> dict[int, Path]:
    """Step -> the weights that a run had then; nothing for a shipped reader."""
    return {} if name in CELLS or name.startswith(imported.PREFIX) else session.store().run(name).snapshots


def load(path: Path) -> Reader:
    """The reader of a weights file, read once for as long as the file stays as it is. Raises WeightsError."""
    return _load(str(path), stamp(path))


def address(name: str) -> str | None:
    """Where the browser gets the weights of a reader, `NAME` or `NAME@STEP`; None outside of a running dashboard.

    The address holds the content's hash, so that the browser fetches a file once and keeps it.
    """
    path = path_of(name)
    if not runtime.exists():
        return None
    files = runtime.get_instance().media_file_mgr
    return files.add(str(path), "application/octet-stream", f"weights {name}")


def path_of(name: str) -> Path:
    """The weights of a reader, `NAME` or `NAME@STEP`."""
    base, _, step = name.partition("@")
    return earlier(base)[int(step)] if step else choices()[base]


def stamp(path: Path) -> int:
    return path.stat().st_mtime_ns


@st.cache_resource(max_entries=16, show_spinner=False)
def _load(path: str, _stamp: int) -> Reader:
    return readers.load(path)


def title(name: str, path: Path) -> str:
    """LSTM · comes with the program; LSTM 2 × 128 · lr 0.01 · 99.53%, which begins with the run's name."""
    if name in CELLS:
        return say("app.shipped_reader", cell=name.upper())
    if name.startswith(imported.PREFIX):
        card = imported.card_of(path)
        return say("app.imported_reader", network=str(card.get("network", "")), file=str(card.get("name", name)))
    return _run_title(session.store().run(name))


def _run_title(run: Run) -> str:
    accuracy = "" if run.facts.test_accuracy is None else f" · {percent(run.facts.test_accuracy)}"
    return f"{run.name}{accuracy}"
