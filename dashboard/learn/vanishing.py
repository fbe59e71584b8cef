"""Section 3: why an RNN forgets, measured on the person's own digit; and how long an answer is remembered."""

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
from dashboard.learn import figures, state
from dashboard.learn.figures import Place, Reach
from dashboard.learn.subject import Subject, notice
from dashboard.words import say

_PLACES = ("place1", "place2", "place3")
_STARTS = {"run": {}, "default": {"initialisation": "pytorch", "forget_bias": 0.0, "input_scale": 1.0}}


def show(subject: Subject) -> None:
    st.header(say("learn.vanishing"), anchor="vanishing")
    st.markdown(say("learn.vanishing_text"))
    chosen = _choose()
    paths = tuple(str(path) for _, path in chosen)
    stamps, start = tuple(readers.stamp(path) for _, path in chosen), state.value("start")
    key = ("reach", paths, stamps, start, subject.frame.tobytes(), subject.target)
    loaded = [(name, readers.load(path)) for name, path in chosen]
    work = background.job(key, compare, loaded, subject.frame, subject.target, _STARTS[start])
    background.eventually(work, say("learn.vanishing_wait"), _gradients)
    _delay()


def _choose() -> list[tuple[str, object]]:
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

    background.one_thread()
    places = []
    for name, reader in readers:
        start = untrained(reader, **changes)
        before = None if start is None else _reach(start, frame, label)
        places.append(Place(name, reader.cell, before, _reach(reader, frame, label)))
    return places


def _reach(reader: Reader, frame: np.ndarray, label: int) -> Reach:
    gate = gradients.RETENTION_GATES.get(reader.cell)
    kept = None if gate is None else gradients.kept(trace(reader, frame).states()[gate])
    return Reach(gradients.row_gradients(reader, frame, label), kept)


def _gradients(places: list[Place]) -> None:
    named = [Place(_title(place), place.cell, place.before, place.after) for place in places]
    words = {word: say(f"learn.reach_{word}") for word in ("before", "after", "hidden", "pixels", "kept", "label")}
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
        shares = [(place, _share(reach)) for place, reach in reaches]
        shares = [(place, share) for place, share in shares if share is not None]
        if shares:
            listed = say("learn.comma").join(f"{place.name} {power_of_ten(share)}" for place, share in shares)
            sentences.append(say(f"learn.found_{when}", shares=listed))
        sentences += _verdict(shares)
    sentences += [_kept(place) for place in places if place.cell == "lstm" and place.before]
    return say("learn.space").join(sentences)


def _share(reach: Reach) -> float | None:
    """||dL/dh(1)|| / ||dL/dh(28)||; None where rounding has left nothing of either."""
    first, last = reach.gradients.hidden[0], reach.gradients.hidden[-1]
    return float(first / last) if first > 0 and last > 0 else None


def _verdict(shares: list[tuple[Place, float]]) -> list[str]:
    """RNN against LSTM: by what factor, and which way."""
    by_cell = {place.cell: share for place, share in shares}
    if not {"rnn", "lstm"} <= by_cell.keys():
        return []
    factor = by_cell["lstm"] / by_cell["rnn"]
    if factor >= 10:
        return [say("learn.verdict_lstm", factor=power_of_ten(factor))]
    if factor <= 0.1:
        return [say("learn.verdict_rnn", factor=power_of_ten(1 / factor))]
    return [say("learn.verdict_even")]


def _kept(place: Place) -> str:
    before, after = place.before.kept[0], place.after.kept[0]
    return say("learn.found_kept", name=place.name, before=power_of_ten(before), after=power_of_ten(after))


def _delay() -> None:
    table = delay.shipped()
    if table is None:
        return
    st.subheader(say("learn.delay"), anchor="delay")
    st.markdown(say("learn.delay_text"))
    words = {word: say(f"learn.delay_{word}") for word in ("delay", "accuracy", "label")}
    live_plot(message_of(figures.waiting(table, words)), key="learn_delay")
    notice(delay_findings(table))
    st.caption(say("learn.delay_source", images=f"{table['images']:,}", command=table["command"]))


def delay_findings(table: dict) -> str:
    """The accuracies after 0, 28 and 112 blank rows, and how long each cell remembers, from the table's numbers."""
    picked = [table["delays"].index(rows) for rows in (0, 28, 112)]
    found = {cell: [table["cells"][cell]["accuracy"][index] for index in picked] for cell in readers.CELLS}
    listed = say("learn.comma").join(
        f"{cell.upper()} {' → '.join(f'{accuracy:.1%}' for accuracy in three)}" for cell, three in found.items()
    )
    lasting = say("learn.comma").join(f"{cell.upper()} {_lasting(table, cell)}" for cell in readers.CELLS)
    return say("learn.space").join([say("learn.delay_found", shares=listed), say("learn.delay_lasting", rows=lasting)])


def _lasting(table: dict, cell: str) -> int:
    """The longest measured delay up to which the cell is right more than half of the time."""
    accuracy = table["cells"][cell]["accuracy"]
    return max((delay for delay, share in zip(table["delays"], accuracy, strict=True) if share > 0.5), default=0)
