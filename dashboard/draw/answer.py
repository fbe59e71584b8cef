"""Who answers, and what to think of the answer; the answer itself is the player's."""

from dataclasses import dataclass
from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.digits import data as mnist
from core.reading.doubt import doubt
from core.reading.readers import Reader
from core.reading.scaling import TRIED_IMAGES
from core.reading.surgery import Surgery
from core.reading.tracing import RowTrace
from dashboard import accuracy, readers, samples, session
from dashboard.components.row_player import Film
from dashboard.draw import importing
from dashboard.draw.digit import Digit
from dashboard.formats import percent
from dashboard.outside import parameter
from dashboard.page_settings import set_to
from dashboard.words import say

_BESIDE, _BESIDE_ASKED = "draw_beside", "beside"
_READER, _NAME, _ADDRESSES = "reader", "draw_reader_name", "draw_film_addresses"


def forget_addresses() -> None:
    """Before a run of the whole page, which ends what the browser could still fetch."""
    st.session_state.pop(_ADDRESSES, None)


def take_reader(name: str) -> None:
    """The reader that a link asks for, `NAME` or `NAME@STEP`; before it is chosen."""
    st.session_state[_NAME], st.session_state["draw_reader"] = name, name.partition("@")[0]


@dataclass(frozen=True)
class Chosen:
    """The reader that answers."""

    name: str
    """A shipped one's, or a run's, as `RUN` or as `RUN@STEP` it was."""
    reader: Reader
    path: Path
    beside_it: DeltaGenerator
    """The place of what is said of its accuracy."""

    def under(self, surgery: Surgery) -> None:
        """Says how often it is right under surgery, once that is measured."""
        if not surgery:
            return
        if mnist.describe().source != "full":
            self.beside_it.caption(say("draw.surgery_subset"), width="content")
            return
        self.beside_it.caption(say("draw.surgery_measuring", images=f"{accuracy.TEST_DIGITS:,}"), width="content")
        before, after = (accuracy.measured(self.path, self.reader, what).result() for what in (Surgery(), surgery))
        values = {"images": f"{accuracy.TEST_DIGITS:,}", "before": f"{before:.1%}", "after": f"{after:.1%}"}
        self.beside_it.caption(say("draw.surgery_accuracy", **values), width="content")


def choose_reader() -> Chosen:
    """The reader that answers; ?reader= names it at first."""
    known = readers.choices()
    before, _, moment = str(st.session_state.get(_NAME) or parameter(_READER)).partition("@")
    wanted = session.wanted_reader() or st.session_state.get("draw_reader", before)
    instead = "lstm" if "lstm" in known else next(iter(known))
    found = readers.known_or_else(str(wanted or ""), known, instead, "draw.unknown_reader")
    set_to("draw_reader", found, readers.title(found, known[found]))
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
        importing.show("draw_reader", name)
        place = st.empty()
        place.caption(_accuracy(readers.load(known[name])), width="content")
        _choose_beside(known)
    earlier = {str(step): path for step, path in readers.earlier(name).items()} if name == before else {}
    st.session_state[_NAME] = f"{name}@{moment}" if moment in earlier else name
    path = earlier.get(moment, known[name])
    return Chosen(st.session_state[_NAME], readers.load(path), path, place)


def _choose_beside(known: dict[str, Path]) -> None:
    """?beside= names a second reader at first."""
    wanted = st.session_state[_BESIDE] if _BESIDE in st.session_state else parameter(_BESIDE_ASKED)
    set_to(_BESIDE, wanted if wanted in known else None)
    with st.popover("", icon=":material/compare:", help=say("draw.beside_help"), key="draw_compare", width="content"):
        st.selectbox(
            say("draw.beside"),
            [None, *known],
            format_func=lambda name: readers.title(name, known[name]) if name else say("draw.beside_none"),
            key=_BESIDE,
            on_change=_remember_beside,
        )


def _remember_beside() -> None:
    if name := st.session_state[_BESIDE]:
        st.query_params[_BESIDE_ASKED] = name
    else:
        st.query_params.pop(_BESIDE_ASKED, None)


def beside() -> tuple[str, Reader] | None:
    """The name and weights of the second reader, where there is one."""
    name = st.session_state.get(_BESIDE)
    return (name, readers.load(readers.path_of(name))) if name else None


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
    if card.get("trial_accuracy") is not None:
        return say("draw.tried", accuracy=percent(card["trial_accuracy"]), images=TRIED_IMAGES)
    for name in ("validation_accuracy", "train_accuracy"):
        if card.get(name) is not None:
            return say(f"draw.{name}", accuracy=f"{card[name]:.1%}")
    return say("draw.untested")


def notices(digit: Digit, reading: RowTrace) -> tuple[str, ...]:
    """Whether to trust the answer, and what is to be said of the drawing."""
    found = [say("draw.wrong", label=digit.label)] if digit.label not in (None, reading.digit) else []
    told_otherwise = ("several", "tones")  # by their row, and as a doubt
    found += [say(f"draw.note_{note}") for note in digit.frame.notes if note not in told_otherwise]
    why = doubt(digit.frame, reading.probabilities[-1])
    return (*found, say(f"draw.doubt_{why}")) if why else tuple(found)


def scales(name: str, reader: Reader) -> dict[str, float]:
    """Letter -> the value of its full colour: the same for all drawings, so that their strips can be compared."""
    return _scales(name, reader.cell, _reader=reader)


@st.cache_data(max_entries=64, show_spinner=False)
def _scales(name: str, cell: str, _reader: Reader) -> dict[str, float]:
    """`name` and `cell` tell readers apart."""
    return samples.scales(_reader)
