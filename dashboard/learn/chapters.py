"""The page's six chapters: which one is open, and what each shows of the digit and the reader that were chosen."""

from collections.abc import Callable

import streamlit as st

from dashboard.components.contents import contents
from dashboard.learn import equations, network, state, surgery, torch_check, unrolled, vanishing
from dashboard.learn.subject import Subject, fit, shipped
from dashboard.words import say


def choose() -> int:
    """The table of contents; returns the open chapter, counted from 1."""
    chapter = state.value("chapter")
    with st.container(key="learn_contents"):
        titles = [_title(number) for number in range(1, len(_CHAPTERS) + 1)]
        contents(titles, chapter, say("learn.contents"), "learn_table", _open)
    return chapter


def show(chapter: int, subject: Subject) -> None:
    st.header(f"{chapter} · {_title(chapter)}", anchor=f"chapter-{chapter}")
    _CHAPTERS[chapter - 1](subject)
    _onward(chapter)
    with st.expander(say("learn.sources"), icon=":material/menu_book:", key="learn_sources"):
        st.markdown(say("learn.sources_text"))


def _title(chapter: int) -> str:
    return say(f"learn.chapter_{chapter}")


def _open(chapter: int) -> None:
    """A chapter that a person has chosen; what else a browser may say is left out."""
    if 1 <= chapter <= len(_CHAPTERS):
        state.put(chapter=chapter)


def _onward(chapter: int) -> None:
    """The chapters before and after this one."""
    with st.container(horizontal=True, horizontal_alignment="distribute", key="learn_onward"):
        for other, icon in ((chapter - 1, "arrow_back"), (chapter + 1, "arrow_forward")):
            if 1 <= other <= len(_CHAPTERS):
                st.button(
                    f"{other} · {_title(other)}",
                    key=f"learn_to_{icon}",
                    type="tertiary",
                    icon=f":material/{icon}:",
                    icon_position="left" if other < chapter else "right",
                    on_click=_open,
                    args=(other,),
                )
            else:
                st.empty()


def _sequence(subject: Subject) -> None:
    """x(t), h(t) and the answer after each row."""

    @st.fragment
    def rows() -> None:
        unrolled.show(subject)
        state.publish()

    rows()


def _equations(subject: Subject, cell: str, others: tuple[str, ...] = ()) -> None:
    """Every equation of the chosen reader; of the shipped one with this cell where it has neither it nor another."""
    shown = subject if subject.reader.cell in (cell, *others) else shipped(subject, cell)
    if shown is not subject:
        st.caption(say(f"learn.{cell}_in_its_place", chosen=subject.reader.cell.upper()))

    @st.fragment
    def reading() -> None:
        fit(shown.reader)
        equations.show(shown)
        state.publish()

    reading()
    torch_check.show(shown)


_CHAPTERS: tuple[Callable[[Subject], None], ...] = (
    _sequence,
    lambda subject: _equations(subject, "rnn"),
    vanishing.show,
    lambda subject: _equations(subject, "lstm", ("gru",)),
    network.show,
    surgery.show,
)
