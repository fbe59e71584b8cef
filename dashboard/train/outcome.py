"""What a run leads to: the steps after its end, and the files to keep."""

from collections.abc import Callable

import streamlit as st

from core.reading import readers
from core.runs.naming import file_name
from core.runs.run import ENDED, Run
from core.runs.store import Store
from core.training.config import RANGES
from dashboard import session, settings
from dashboard.words import say


def next_steps(run: Run) -> None:
    """What a run that has ended leads to; each step in a place that is there before."""
    for step in (_draw_with, _compare, _longer):
        with st.empty():
            if run.state in ENDED:
                step(run)


def _draw_with(run: Run) -> None:
    there = run.weights is not None and not run.archived
    if there and st.button(say("train.draw_with"), key="draw_with", type="primary", icon=":material/draw:"):
        session.want_reader(run.id)
        session.go_to("draw")


def _compare(run: Run) -> None:
    if st.button(say("train.compare"), key="compare", icon=":material/table_rows:", help=say("train.compare_help")):
        session.want_run(run.id)
        session.go_to("runs")


def _longer(run: Run) -> None:
    st.button(
        say("train.longer"),
        key="longer",
        icon=":material/more_time:",
        help=say("train.longer_help"),
        on_click=_fill_longer,
        args=(run,),
    )


def _fill_longer(run: Run) -> None:
    """The form below with this run's settings and twice the epochs, as far as they go."""
    epochs = min(2 * run.config.epochs, RANGES["epochs"][1])
    settings.fill_form(run.config.with_(epochs=epochs))
    session.want_form()
    session.leave_toast("train.form_filled")


def downloads(store: Store, run: Run) -> None:
    """Downloads, each made when it is asked for."""
    weights = run.weights
    name = file_name(run.name)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        _download("metrics_csv", lambda: "".join(store.metrics_csv(run.id)), f"{name}.csv", bool(run.facts.step))
        _download(
            "weights_safetensors", weights.read_bytes if weights else bytes, f"{name}.safetensors", weights is not None
        )
        _download("weights_pth", lambda: readers.to_pth_bytes(readers.load(weights)), "rnn.pth", weights is not None)
    with session.held_place():
        if weights is None:
            st.caption(say("train.no_weights_yet"))


def _download(name: str, content: Callable, file_name: str, there: bool) -> None:
    st.download_button(
        say(f"train.{name}"),
        content,
        file_name,
        key=name,
        help=say(f"train.{name}_help"),
        icon=":material/download:",
        on_click="ignore",
        disabled=not there,
    )
