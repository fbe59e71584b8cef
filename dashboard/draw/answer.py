"""Who answers, and what to think of the answer; the answer itself is the player's."""

import streamlit as st

from core.digits import ood
from core.reading.readers import Reader
from core.reading.tracing import RowTrace
from dashboard import readers, samples, session
from dashboard.components.row_player import Film
from dashboard.draw.digit import Digit
from dashboard.formats import percent
from dashboard.words import say

_READER, _NAME, _ADDRESSES = "reader", "draw_reader_name", "draw_film_addresses"


def forget_addresses() -> None:
    """Before a run of the whole page, which ends what the browser could still fetch."""
    st.session_state.pop(_ADDRESSES, None)


def choose_reader() -> tuple[str, Reader]:
    """The name and weights of the reader that answers: a shipped one, or a run's, as `RUN` or as `RUN@STEP` it was.

    ?reader= names it at first.
    """
    known = readers.choices()
    before, _, moment = str(st.session_state.get(_NAME) or st.query_params.get(_READER, "")).partition("@")
    wanted = session.wanted_reader() or st.session_state.get("draw_reader", before)
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
        st.caption(_accuracy(readers.load(known[name])), width="content")
    earlier = {str(step): path for step, path in readers.earlier(name).items()} if name == before else {}
    st.session_state[_NAME] = f"{name}@{moment}" if moment in earlier else name
    return st.session_state[_NAME], readers.load(earlier.get(moment, known[name]))


def film(name: str) -> Film | None:
    """The training of a run, whose reader `name` is `RUN` or `RUN@STEP`; None for a shipped reader."""
    run, _, step = name.partition("@")
    steps = list(readers.earlier(run))
    if not steps:
        return None
    known = st.session_state.setdefault(_ADDRESSES, {})  # a snapshot stays as it is: its file is read once a page
    for kept in (f"{run}@{step}" for step in steps):
        if kept not in known:
            known[kept] = readers.address(kept)
    entries = [{"step": step, "address": known[f"{run}@{step}"]} for step in steps]
    entries.append({"step": None, "address": readers.address(run)})
    return Film(run=run, at=int(step) if step else None, steps=entries)


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
