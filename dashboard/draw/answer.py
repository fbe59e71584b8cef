"""Who answers, and what to think of the answer; the answer itself is the player's."""

from pathlib import Path

import streamlit as st

from core.digits import ood
from core.reading.readers import Reader
from core.reading.tracing import RowTrace
from dashboard import readers, samples
from dashboard.draw.digit import Digit
from dashboard.formats import percent
from dashboard.words import say

_READER, _NAME = "reader", "draw_reader_name"


def choose_reader() -> tuple[str, Reader]:
    """The name and weights of the reader that answers: a shipped one, or a run's, as `RUN` or as `RUN@STEP` it was.

    ?reader= names it at first.
    """
    known = readers.choices()
    before, _, moment = str(st.session_state.get(_NAME) or st.query_params.get(_READER, "")).partition("@")
    wanted = st.session_state.get("draw_reader", before)
    if wanted not in known:
        if wanted:
            st.warning(say("draw.unknown_reader", reader=str(wanted)[:60]), icon=":material/info:")
        wanted = "lstm" if "lstm" in known else next(iter(known))
    st.session_state["draw_reader"] = wanted
    with st.container(horizontal=True, vertical_alignment="center", key="draw_reader_row", gap="small"):
        name = st.selectbox(
            say("draw.reader"),
            known,
            format_func=lambda name: readers.title(name, known[name]),
            key="draw_reader",
            help=say("draw.reader_help"),
            label_visibility="collapsed",
            width=300,
        )
        step, path = _moment(name, moment if name == before else "") or ("", known[name])
        reader = readers.load(path)
        st.caption(_accuracy(reader), width="content")
    st.session_state[_NAME] = f"{name}@{step}" if step else name
    return st.session_state[_NAME], reader


def _moment(name: str, wanted: str) -> tuple[str, Path] | None:
    """The step, and the weights then, if the person goes back in a run's training; None: as it is now."""
    earlier = {str(step): path for step, path in readers.earlier(name).items()}
    if not earlier:
        return None
    step = st.select_slider(
        say("draw.moment"),
        [*earlier, ""],
        value=wanted if wanted in earlier else "",
        format_func=lambda step: say("draw.moment_step", step=f"{int(step):,}") if step else say("draw.moment_now"),
        key=f"draw_moment_{name}",
        help=say("draw.moment_help"),
        label_visibility="collapsed",
        width=260,
    )
    return (step, earlier[step]) if step else None


def _accuracy(reader: Reader) -> str:
    card = reader.card
    if card.get("test_accuracy") is not None:
        full = card.get("data", "full") == "full"
        return say("draw.tested_full" if full else "draw.tested_subset", accuracy=percent(card["test_accuracy"]))
    for name in ("validation_accuracy", "train_accuracy"):
        if card.get(name) is not None:
            return say(f"draw.{name}", accuracy=f"{card[name]:.1%}")
    return say("draw.untested")


def notices(digit: Digit, reading: RowTrace) -> tuple[str, ...]:
    """Whether to trust the answer, and what is to be said of the drawing."""
    found = [say("draw.wrong", label=digit.label)] if digit.label not in (None, reading.digit) else []
    found += [say(f"draw.note_{note}") for note in digit.frame.notes]
    if ood.is_ood(digit.frame.pixels):
        found.append(say("draw.unlike"))
    elif reading.probabilities[-1].max() < ood.UNSURE:
        found.append(say("draw.unsure"))
    return tuple(found)


def scales(name: str, reader: Reader) -> dict[str, float]:
    """Letter -> the value of its full colour: the same for all drawings, so that their strips can be compared."""
    return _scales(name, reader.cell, _reader=reader)


@st.cache_data(max_entries=64, show_spinner=False)
def _scales(name: str, cell: str, _reader: Reader) -> dict[str, float]:
    """`name` and `cell` tell readers apart."""
    return samples.scales(_reader)
