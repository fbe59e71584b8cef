"""One run, as it stands or stood: controls, live curves and figures, log, epochs, downloads."""

from functools import lru_cache
from html import escape
from typing import Literal

import pandas as pd
import pyarrow as pa
import streamlit as st

from core.runs import lifecycle
from core.runs.curves import window
from core.runs.estimate import Estimate
from core.runs.run import UNFINISHED, Facts, Run
from core.runs.store import History, Store
from core.training.config import RANGES
from core.training.events import Epoch
from dashboard import run_marks, session
from dashboard.components.live_plot import live_plot
from dashboard.formats import NONE, duration, figure, percent
from dashboard.outside import as_text
from dashboard.train import findings as notices
from dashboard.train import hardest, opinions, outcome, pen_digits, watching
from dashboard.train.curves import curves_message, findings, moment, steering_message
from dashboard.words import say
from dashboard.words.core import translated

_CONSOLE = '<pre class="console">{log}</pre>'
BADGES: dict[str, tuple[Literal["gray", "blue", "orange", "violet", "red"], str]] = {
    "queued": ("gray", "schedule"),
    "running": ("blue", "play_circle"),
    "paused": ("orange", "pause_circle"),
    "stopped": ("gray", "stop_circle"),
    "finished": ("violet", "check_circle"),
    "failed": ("red", "error"),
    "lost": ("orange", "link_off"),
}
_OFTEN_WRONG = 0.3  # of the digits: "one in 3" says less than the percentage
_ICONS = {"pause": "pause", "resume": "play_arrow", "stop": "stop", "restart": "replay"}
_TURNED = (("pause", "resume"), ("stop",), ("restart",))
"""Actions that take one another's place: what a run allows changes, and what is beside it must not move."""
_TURNS = 112  # px, of either: one takes the other's place, and what follows must not move away under the pointer
_LOG_HEIGHT, _LOG_HEIGHT_SHORT = 150, 90  # ends about level with the charts
_CHART_WORDS = (
    *("loss", "accuracy", "learning_rate", "gradient_norm", "raw", "smooth", "validation", "test", "batch", "step"),
    *("label", "steering_label"),
)


def machine(choice: Facts | Estimate) -> str:
    """Device and precision, each with the reason, of a run or of what one would take."""
    device = {"cpu": "CPU", "cuda": "CUDA", "mps": "Apple GPU"}[choice.device]
    device_reason, why = (as_text(translated(reason)) for reason in (choice.device_reason, choice.precision_reason))
    return say("train.machine", device=device, device_reason=device_reason, precision=choice.precision, why=why)


def show(store: Store, run: Run, known: list[Run]) -> None:
    """A run of the store, live while anything trains; `known` is what the store had when `run` was read."""
    folder = str(store.folder)
    shape = _shape(run, known)  # of what is drawn below, not of a moment later: a change in between must be seen
    _heading(run)
    _controls(store, run)
    logarithmic, steering = _switches()
    live = any(other.state in UNFINISHED for other in known)
    awaited = not live and opinions.waiting(run)
    every = watching.seconds() if live or awaited else None

    def tick() -> None:
        with session.noticed():
            others = store.runs()
            lifecycle.refresh(store, others)
            now = next((other for other in others if other.id == run.id), None) or store.run(run.id)
            done = awaited and not opinions.waiting(now)
            if _shape(now, others) != shape or done or (every and watching.seconds(every) != every):
                st.rerun()  # what stands outside this fragment must change, or how often this is asked for
            _live(now, store.epochs(run.id), store.log(run.id), folder, logarithmic, steering)

    st.fragment(tick, run_every=every)()
    with session.held_place():
        hardest.drawer(run)
    outcome.downloads(store, run)


def _live(run: Run, epochs: list[Epoch], log: list[str], folder: str, logarithmic: bool, steering: bool) -> None:
    """What changes while a run trains."""
    found = findings(folder, run.id, moment(run, len(epochs)))
    charts, figures = st.columns([2, 1], gap="medium")
    with charts:
        _curves(run, epochs, folder, logarithmic, steering)
    with figures:
        with session.held_place():
            if found:
                with st.container(key="live_findings"):
                    notices.show(run, found)
        _figures(run, log, short=bool(found))


def show_shipped(history: History, note: str) -> None:
    """The history of the reader that comes with the program: nothing to steer."""
    st.subheader(say("train.shipped"), anchor=False)
    st.caption(note)
    _switch()
    charts, figures = st.columns([2, 1], gap="medium")
    with charts:
        _curves(history.run, history.epochs, "", *_switches(), session.SHIPPED)
    with figures:
        _figures(history.run, history.log)


def _shape(run: Run, known: list[Run]) -> tuple:
    """What the page around the fragment depends on."""
    return run.state, run.facts.device, run.facts.steps, run.facts.step > 0, run.weights is not None, states_of(known)


def states_of(known: list[Run]) -> list[tuple[str, str]]:
    return [(run.id, run.state) for run in known]


def _heading(run: Run) -> None:
    colour, icon = BADGES[run.state]
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small", width="content"):
            st.subheader(as_text(run.name), anchor=False, width="content")
            st.badge(say(f"train.{run.state}"), icon=f":material/{icon}:", color=colour)
        st.markdown(f"[{say('train.new_run_link')}](#new-run)", width="content")
    st.caption(_circumstances(run))
    with session.held_place():
        if run.state == "failed":
            st.error(as_text(translated(run.message)), icon=":material/error:")


def _circumstances(run: Run) -> str:
    """One line from the first moment on: what stands below it must not move away under the pointer."""
    said = [say(f"train.{run.state}_note")] if run.state in ("lost", "queued") else []
    if run.facts.device:
        said.append(machine(run.facts))
    elif run.state != "queued":
        said.append(say("train.machine_coming"))
    if run.facts.data_source == "subset":
        said.append(say("train.trained_on_subset"))
    return say("app.space").join(said)


def _controls(store: Store, run: Run) -> None:
    allowed = lifecycle.allowed(run)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="run_controls"):
        for actions in _TURNED:
            with st.empty():
                for action in actions:
                    if action in allowed:
                        _button(action, store, run.id)
        with st.empty():
            if "learning_rate" in allowed:
                _learning_rate(store, run)
        outcome.next_steps(run)
        _switch()


def _button(action: str, store: Store, run_id: str) -> None:
    st.button(
        say(f"train.{action}"),
        key=action,
        width=_TURNS if action in ("pause", "resume") else "content",
        icon=f":material/{_ICONS[action]}:",
        help=say(f"train.{action}_help"),
        **session.click(getattr(lifecycle, action), store, run_id),
    )


def _learning_rate(store: Store, run: Run) -> None:
    in_force = run.facts.lr_set if run.facts.lr_set is not None else run.config.lr
    low, high = RANGES["lr"]
    explained = say("train.learning_rate_help", low=f"{low:g}", high=f"{high:g}")
    label, key = say("train.learning_rate"), f"learning_rate_{run.id}"
    with st.popover(label, icon=":material/speed:"), st.form("learning_rate", border=False):
        st.text_input(label, f"{in_force:g}", key=key, help=explained)
        st.form_submit_button(say("train.learning_rate_set"), **session.click(_set_learning_rate, store, run.id, key))


def _set_learning_rate(store: Store, run_id: str, key: str) -> None:
    text = st.session_state[key]
    try:
        value = float(text)
    except ValueError:
        session.leave_notice("train.not_a_number", value=text)
    else:
        lifecycle.set_learning_rate(store, run_id, value)
        peak = store.run(run_id).config.schedule == "one_cycle"
        session.leave_toast("train.learning_rate_peak" if peak else "train.learning_rate_now", value=f"{value:g}")


def _switch() -> None:
    """What the charts show."""
    st.toggle(say("train.log_scale"), key="log_scale", help=say("train.log_scale_help"), bind="query-params")
    st.toggle(say("train.steering"), key="steering", help=say("train.steering_help"), bind="query-params")


def _switches() -> tuple[bool, bool]:
    """Whether the loss is logarithmic, and whether learning rate and gradient norm are unfolded."""
    return st.session_state.get("log_scale", False), st.session_state.get("steering", False)


def _curves(run: Run, epochs: list[Epoch], folder: str, logarithmic: bool, steering: bool, key: str = "") -> None:
    """Progress, curves and epochs: no widget among them, so that a tick may redraw them."""
    with st.container(key="live"):  # the element's style sheet keeps what is in it from fading at each tick
        _progress(run)
        words, now = _chart_words(), moment(run, len(epochs))
        live_plot(curves_message(folder, key or run.id, now, logarithmic, words), "curves")
        if steering:
            live_plot(steering_message(folder, key or run.id, now, words), "steering_curves")
        st.caption(
            say("app.space").join(
                filter(None, [hardest.notice(run), pen_digits.notice(run), say("train.chart_notice")])
            )
        )
        if epochs:
            st.markdown(f"**{say('train.epochs_table')}**")
            st.dataframe(_table(tuple(epochs)), hide_index=True, column_config=_columns(), placeholder="–")


def _figures(run: Run, log: list[str], short: bool = False) -> None:
    """Tiles, the person's digit and the log, in the same way; `short`: a notice stands above them."""
    with st.container(key="live_figures"):
        _tiles(run)
        if run.folder.snapshots or run.state in UNFINISHED:
            opinions.show(run)
        st.markdown(f"**{say('train.log')}**")
        if log:
            with st.container(height=_LOG_HEIGHT_SHORT if short else _LOG_HEIGHT, border=False, autoscroll=True):
                st.html(_CONSOLE.format(log=escape("\n".join(log))))
        else:
            st.caption(say("train.log_empty"))


def _chart_words() -> dict[str, str]:
    return {name: say(f"train.chart_{name}") for name in _CHART_WORDS} | run_marks.words()


def _progress(run: Run) -> None:
    fraction = min(1.0, run.facts.step / run.facts.steps) if run.facts.steps else 0.0
    counts = {
        "epoch": _passes(fraction * run.config.epochs, run.config.epochs),
        "epochs": f"{run.config.epochs:g}",
        "step": f"{run.facts.step:,}",
        "steps": f"{run.facts.steps:,}",
    }
    if run.state in ("running", "queued") and not run.facts.step:
        starting = as_text(translated(run.message)) or say("train.starting")
        text = starting if run.state == "running" else say("train.queued_note")
    elif run.state in ("running", "paused") and run.facts.images_per_second:
        left = (1 - fraction) * run.facts.images * run.config.epochs / run.facts.images_per_second
        text = say("train.progress", **counts, speed=f"{run.facts.images_per_second:,.0f}", left=duration(left))
    else:
        text = say("train.progress_ended", **counts, time=duration(run.facts.seconds))
        if run.facts.test_accuracy is not None:
            text = say("train.progress_tested", progress=text, accuracy=percent(run.facts.test_accuracy))
            wrong = 1 - run.facts.test_accuracy
            if 0 < wrong < _OFTEN_WRONG:
                text = say("train.progress_one_in", progress=text, one_in=f"{1 / wrong:,.0f}")
    st.progress(fraction, text)


def _passes(epochs: float, of: float) -> str:
    """0.4, of less than one epoch 0.44; a whole number of epochs without its zeros."""
    return f"{epochs:.{1 if of >= 1 else 2}f}".rstrip("0").removesuffix(".") or "0"


def _tiles(run: Run) -> None:
    batches = window(run.facts.step)
    tiles = [
        ("loss", figure(run.facts.loss, ".4f"), say("train.loss_help", batches=batches)),
        ("accuracy", percent(run.facts.accuracy), say("train.accuracy_help", batches=batches)),
        ("best_accuracy", percent(run.facts.best_accuracy), say("train.best_accuracy_help")),
        ("gradient_norm", figure(run.facts.gradient_norm, ".3f"), say("train.gradient_norm_help")),
        ("learning_rate", figure(run.facts.learning_rate, ".3g"), say("train.learning_rate_tile_help")),
        ("memory", f"{run.facts.memory_mib:,.0f} MiB" if run.facts.memory_mib else NONE, say("train.memory_help")),
    ]
    with st.container(key="run_tiles"), st.grid(2, min_column_width=120, gap=("small", "small")):
        for name, value, explained in tiles:
            label = say(f"train.{name}")
            if name in ("loss", "accuracy") and run.facts.step:
                label = say("train.averaged", name=label, batches=batches)
            st.metric(label, value, help=explained)


@lru_cache(maxsize=32)
def _table(epochs: tuple[Epoch, ...]) -> pa.Table:
    """A row an epoch, accuracies in percent; columns that were never measured are left out.

    Made once for all that watch, in the form that is sent: anew at each tick it took half of the server's time.
    """
    table = pd.DataFrame([vars(row) for row in epochs]).drop(columns="step").dropna(axis="columns", how="all")
    accuracies = [name for name in table if name.endswith("accuracy")]
    return pa.Table.from_pandas(table.assign(**{name: 100 * table[name].astype(float) for name in accuracies}))


def _columns() -> dict:
    names = ("train_loss", "train_accuracy", "validation_loss", "validation_accuracy", "test_loss", "test_accuracy")
    forms = {name: "%.2f%%" if name.endswith("accuracy") else "%.4f" for name in names} | {"epoch": "%d"}
    columns = {name: st.column_config.NumberColumn(say(f"train.{name}"), format=form) for name, form in forms.items()}
    return columns | {"unanswered": st.column_config.TextColumn(say("train.unanswered"))}
