"""Section 3: why an RNN forgets, measured on the person's own digit; and how long an answer is remembered."""

from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from core.reading import gradients
from core.reading.readers import Reader
from core.reading.tracing import trace
from core.training import delay
from dashboard import background, readers
from dashboard.components.live_plot import live_plot, message_of
from dashboard.formats import power_of_ten
from dashboard.learn import figures, memory, predict, state
from dashboard.learn.figures import Place, Reach
from dashboard.learn.subject import Subject
from dashboard.notice import listed, notice
from dashboard.words import say

_PLACES = ("place1", "place2", "place3")
_ASKED_ROWS = 28
"""The blank rows that the question about readers that nobody trained to wait is about."""
_STARTS = {"run": {}, "default": {"initialisation": "pytorch", "forget_bias": 0.0, "input_scale": 1.0}}


def show(subject: Subject) -> None:
    st.header(say("learn.vanishing"), anchor="vanishing")
    st.markdown(say("learn.vanishing_text"))
    memory.show()
    st.subheader(say("learn.reaching"), anchor="reaching")
    st.markdown(say("learn.reaching_text"))
    chosen = _choose()
    paths = tuple(str(path) for _, path in chosen)
    stamps, start = tuple(readers.stamp(path) for _, path in chosen), state.value("start")
    key = ("reach", paths, stamps, start, subject.frame.tobytes(), subject.target)
    loaded = [(name, readers.load(path)) for name, path in chosen]
    work = background.job(key, compare, loaded, subject.frame, subject.target, _STARTS[start])
    background.eventually(work, say("learn.vanishing_wait"), _gradients)
    _delay()


def _choose() -> list[tuple[str, Path]]:
    """The three places' readers: the shipped cells at first, any run of the person's own in their stead."""
    known = readers.choices()
    for place, cell in zip(_PLACES, readers.CELLS, strict=True):
        if state.value(place) not in known:
            state.put(**{place: cell if cell in known else next(iter(known))})
    with st.expander(say("learn.places"), icon=":material/tune:"):
        for column, place in zip(st.columns(3), _PLACES, strict=True):
            column.selectbox(
                say(f"learn.{place}"),
                known,
                format_func=lambda name: readers.title(name, known[name]),
                key=state.key(place),
                help=say("learn.place_help"),
            )
    st.segmented_control(
        say("learn.start"),
        _STARTS,
        format_func=lambda start: say(f"learn.start_{start}"),
        key=state.key("start"),
        help=say("learn.start_help"),
        required=True,
    )
    names = dict.fromkeys(state.value(place) for place in _PLACES)
    return [(name, known[name]) for name in names]


def compare(readers: list[tuple[str, Reader]], frame: np.ndarray, label: int, changes: dict[str, Any]) -> list[Place]:
    """Each named reader's reach on frame (28, 28), before its training (its start changed so) and after."""
    from core.training.learner import untrained

    places = []
    with background.torch_alone():
        for name, reader in readers:
            start = untrained(reader, **changes)
            before = None if start is None else _reach(start, frame, label)
            places.append(Place(name, reader.cell, before, _reach(reader, frame, label)))
    return places


def _reach(reader: Reader, frame: np.ndarray, label: int) -> Reach:
    """Over the digit's rows; a reader that waits is asked for its answer after the wait."""
    traced, rows = trace(reader, frame), len(frame)
    gate = gradients.RETENTION_GATES.get(reader.cell)
    kept = None if gate is None else gradients.kept(traced.states()[gate][:, :rows])
    return Reach(gradients.row_gradients(reader, traced.x, label).first(rows), kept)


def _gradients(places: list[Place]) -> None:
    named = [Place(_title(place), place.cell, place.before, place.after) for place in places]
    names = ("before", "after", "memory", "hidden", "pixels", "kept", "label")
    words = {word: say(f"learn.reach_{word}") for word in names}
    live_plot(message_of(figures.vanishing(named, words | {"row": say("learn.row")})), key="learn_gradients")
    notice(findings(named))


def _title(place: Place) -> str:
    return place.cell.upper() if place.name in readers.CELLS else f"{place.cell.upper()} {place.name}"


def findings(places: list[Place]) -> str:
    """What the figure shows, from its own numbers."""
    sentences = []
    for when, reaches in (
        ("before", [(place, place.before) for place in places if place.before]),
        ("after", [(place, place.after) for place in places]),
    ):
        ratios = [(place, ratio) for place, reach in reaches if (ratio := _ratio(reach)) is not None]
        if ratios:
            listed = say("app.comma").join(f"{place.name} {power_of_ten(ratio)}" for place, ratio in ratios)
            sentences.append(say(f"learn.found_{when}", ratios=listed))
        sentences += _verdict(ratios)
    sentences += [_kept(place.name, place.before, place.after) for place in places if place.cell == "lstm"]
    return say("app.space").join(filter(None, sentences))


def _ratio(reach: Reach) -> float | None:
    """||dL/dC(1)|| / ||dL/dC(28)||, for GRU and RNN of h; None where rounding has left nothing of either."""
    first, last = reach.gradients.memory[0], reach.gradients.memory[-1]
    return float(first / last) if first > 0 and last > 0 else None


def _verdict(ratios: list[tuple[Place, float]]) -> list[str]:
    """RNN against LSTM: by what factor, and which way."""
    by_cell = {place.cell: ratio for place, ratio in ratios}
    if not {"rnn", "lstm"} <= by_cell.keys():
        return []
    factor = by_cell["lstm"] / by_cell["rnn"]
    if factor >= 10:
        return [say("learn.verdict_lstm", factor=power_of_ten(factor))]
    if factor <= 0.1:
        return [say("learn.verdict_rnn", factor=power_of_ten(1 / factor))]
    return [say("learn.verdict_even")]


def _kept(name: str, before: Reach | None, after: Reach) -> str:
    """How much of C its forget gates keep from the first row to the last; empty where that is not known."""
    if before is None or before.kept is None or after.kept is None:
        return ""
    return say("learn.found_kept", name=name, before=power_of_ten(before.kept[0]), after=power_of_ten(after.kept[0]))


def _delay() -> None:
    table = delay.shipped()
    if table is None:
        return
    st.subheader(say("learn.delay"), anchor="delay")
    st.markdown(say("learn.delay_text"))
    guess = predict.predicted("delay", ("all", "gated", "none"), state.key("delay"))
    if guess is None:
        return
    holding = delay_holding(table, _ASKED_ROWS)
    said = say("learn.delay_hold" if holding else "learn.delay_none", rows=_ASKED_ROWS, cells=_upper(holding))
    predict.verdict(guess == _said(holding), said)
    words = {word: say(f"learn.delay_{word}") for word in ("delay", "accuracy", "label")}
    live_plot(message_of(figures.waiting(table, words)), key="learn_delay_chart")
    notice(delay_findings(table))
    st.caption(say("learn.delay_source", images=f"{table['images']:,}", command=table["command"]))


def delay_holding(table: dict, rows: int) -> list[str]:
    """The cells that are right more than half of the time after so many blank rows."""
    at = table["delays"].index(rows)
    return [cell for cell in readers.CELLS if table["cells"][cell]["accuracy"][at] > 0.5]


def _said(holding: list[str]) -> str | None:
    """The option of the question that this is; None where it is none of them, such as the RNN alone."""
    if len(holding) in (0, len(readers.CELLS)):
        return "all" if holding else "none"
    return None if "rnn" in holding else "gated"


def _upper(cells: list[str]) -> str:
    return listed([cell.upper() for cell in cells])


def delay_findings(table: dict) -> str:
    """The accuracies after 0, 28 and 112 blank rows, and how long each cell remembers, from the table's numbers."""
    picked = [table["delays"].index(rows) for rows in (0, 28, 112)]
    found = {cell: [table["cells"][cell]["accuracy"][index] for index in picked] for cell in readers.CELLS}
    listed = say("app.comma").join(
        f"{cell.upper()} {' → '.join(f'{accuracy:.1%}' for accuracy in three)}" for cell, three in found.items()
    )
    lasting = say("app.comma").join(f"{cell.upper()} {_lasting(table, cell)}" for cell in readers.CELLS)
    return say("app.space").join(
        [say("learn.delay_found", accuracies=listed), say("learn.delay_lasting", rows=lasting)]
    )


def _lasting(table: dict, cell: str) -> int:
    """The longest measured delay up to which the cell is right more than half of the time."""
    measured = zip(table["delays"], table["cells"][cell]["accuracy"], strict=True)
    return max((delay for delay, accuracy in measured if accuracy > 0.5), default=0)
