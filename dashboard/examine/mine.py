"""My digits: drawings that were kept with their right answer, and what each reader makes of them."""

from concurrent.futures import Future
from html import escape
from typing import NamedTuple

import numpy as np
import streamlit as st

from core.errors import DrawingError
from core.examining import figures as numbers
from core.examining.answers import Answers, answers
from core.reading.readers import Reader
from core.runs import lessons
from core.runs.drawings import Drawing, Drawings
from dashboard import background, draw_link, readers, session
from dashboard.components.gallery import Tile, gallery
from dashboard.examine import teaching
from dashboard.examine.subject import Own, Subject, title_of
from dashboard.formats import NONE, percent, probability
from dashboard.notice import joined, notice
from dashboard.outside import as_text
from dashboard.words import say

_FILE = "my-digits.jsonl"
_GALLERY_HEIGHT = 250  # three rows: what teaching did is seen below it
_UPLOAD, _TAKEN = "examine_upload", "examine_upload_count"


def show(subjects: list[Subject], own: Own) -> None:
    kept = Drawings(session.store())
    drawings = kept.all()
    session.show_notices()
    if not drawings:
        st.info(say("examine.mine_none"), icon=":material/draw:")
        if st.button(say("examine.mine_draw"), icon=":material/draw:", key="examine_draw", help=say("app.draw_help")):
            draw_link.leave()
        _exchange(kept, 0)
        return
    work = _read_by_all(kept, drawings)
    left, right = st.columns([3, 4], gap="medium")
    with left:
        st.markdown(f"**{say('examine.mine_table')}**", help=say("examine.mine_table_help"))
        background.eventually(work, say("examine.mine_wait"), lambda found: _table(found, len(drawings), subjects))
        _exchange(kept, len(drawings))
    with right:
        _gallery(kept, drawings, subjects[0])
        teaching.show(subjects[0], len(drawings))


def _gallery(kept: Drawings, drawings: list[Drawing], subject: Subject) -> None:
    """Newest first."""
    shown = drawings[::-1]
    found = answered(subject.reader, shown)
    st.markdown(f"**{say('examine.mine_gallery', count=len(shown), reader=as_text(subject.title))}**")
    tiles = [
        Tile(truth=drawing.digit, answer=int(answer), note=probability(float(sure)), id=drawing.id)
        for drawing, answer, sure in zip(shown, found.final, found.confidence, strict=True)
    ]
    gallery(
        np.stack([drawing.pixels for drawing in shown]),
        tiles,
        key="examine_mine",
        height=_GALLERY_HEIGHT,
        on_remove=lambda drawing: session.attempt(kept.remove, [drawing]),
    )
    notice(mine_finding(subject, found), taught_finding(subject.reader, drawings))


def answered(reader: Reader, drawings: list[Drawing]) -> Answers:
    frames, labels = np.stack([one.pixels for one in drawings]), np.array([one.digit for one in drawings])
    return answers(reader, frames, labels)


def _read_by_all(kept: Drawings, drawings: list[Drawing]) -> Future:
    """The coming answers of every reader that can be chosen: name -> (right, images, MNIST accuracy or None)."""
    known = readers.choices()
    key = ("mine", str(kept.path), kept.stamp(), *((name, readers.stamp(path)) for name, path in known.items()))
    return background.job(key, _compare, {name: readers.load(path) for name, path in known.items()}, drawings)


class Score(NamedTuple):
    """What a reader makes of one's own digits."""

    right: int
    accuracy: float | None
    """Of MNIST's test set, where it is known."""
    learned: int
    """How many of them it was trained on."""


def _compare(known: dict[str, Reader], drawings: list[Drawing]) -> dict[str, Score]:
    return {
        name: Score(
            int(answered(reader, drawings).right.sum()),
            reader.card.get("test_accuracy"),
            len(drawings) - len(unlearned(reader, drawings)),
        )
        for name, reader in known.items()
    }


def unlearned(reader: Reader, drawings: list[Drawing]) -> list[Drawing]:
    """Those that the reader was not trained on: the only ones that test it."""
    learned = lessons.learned_by(reader)
    return [drawing for drawing in drawings if drawing.id not in learned]


def _table(found: dict[str, Score], count: int, subjects: list[Subject]) -> None:
    heads = "".join(f"<th>{say(f'examine.mine_{name}')}</th>" for name in ("reader", "right", "interval", "mnist"))
    chosen = {subject.name for subject in subjects}
    rows = []
    for name, (right, accuracy, learned) in sorted(found.items(), key=lambda item: (item[1].learned, -item[1].right)):
        low, high = numbers.wilson(right, count)
        interval = NONE if learned else f"{low:.0%} – {high:.0%}"
        cells = (escape(title_of(name)), f"{right} / {count}{' *' * bool(learned)}", interval, percent(accuracy))
        mark = ' class="chosen"' if name in chosen else ""
        rows.append(f"<tr{mark}>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>")
    st.html(f'<table class="mine"><thead><tr>{heads}</tr></thead><tbody>{"".join(rows)}</tbody></table>')
    notice(table_finding(found, count))


def table_finding(found: dict[str, Score], count: int) -> str:
    """The best reader of one's own digits, those that were trained on them apart, and whether so few can tell."""
    tested = {name: score for name, score in found.items() if not score.learned}
    taught = say("examine.mine_taught") if len(tested) < len(found) else ""
    return joined(_best(tested, count) if tested else "", taught)


def _best(found: dict[str, Score], count: int) -> str:
    best, worst = max(score.right for score in found.values()), min(score.right for score in found.values())
    names = [title_of(name) for name, score in found.items() if score.right == best]
    apart = numbers.wilson(best, count)[0] > numbers.wilson(worst, count)[1]
    if len(found) == 1 or best == worst:
        return say("examine.mine_even", right=best, count=count)
    verdict = say("examine.mine_apart" if apart else "examine.mine_chance")
    return f"{say('examine.mine_best', reader=names[0], right=best, count=count, worst=worst)} {verdict}"


def mine_finding(subject: Subject, found: Answers) -> str:
    """The accuracy on one's own digits beside MNIST's."""
    right, count = int(found.right.sum()), len(found)
    return say(
        "examine.mine_found",
        reader=as_text(subject.title),
        right=right,
        count=count,
        part=f"{right / count:.0%}" if count else NONE,
        mnist=percent(numbers.summary(subject.answers, "")["accuracy"]),
    )


def taught_finding(reader: Reader, drawings: list[Drawing]) -> str:
    """Of a reader that was trained on some of them: what it makes of the others."""
    others = unlearned(reader, drawings)
    if len(others) == len(drawings):
        return ""
    if not others:
        return say("examine.mine_taught_all")
    right, learned = int(answered(reader, others).right.sum()), len(drawings) - len(others)
    return say("examine.mine_taught_found", learned=learned, count=len(others), right=right)


def _exchange(kept: Drawings, count: int) -> None:
    """Export and import."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.download_button(
            say("examine.mine_export"),
            kept.text,
            _FILE,
            "application/jsonl",
            key="examine_export",
            icon=":material/download:",
            help=say("examine.mine_export_help"),
            on_click="ignore",
            disabled=not count,
        )
        with st.popover(say("examine.mine_import"), icon=":material/upload:", help=say("examine.mine_import_help")):
            taken = st.session_state.get(_TAKEN, 0)  # a new uploader after each import: the file is taken once
            st.file_uploader(
                say("examine.mine_file"),
                ("jsonl", "json", "txt"),
                key=f"{_UPLOAD}_{taken}",
                help=say("examine.mine_import_help"),
                on_change=_import,
                args=(kept, f"{_UPLOAD}_{taken}"),
            )


def _import(kept: Drawings, key: str) -> None:
    file = st.session_state.get(key)
    if file is None:
        return
    st.session_state[_TAKEN] = st.session_state.get(_TAKEN, 0) + 1
    session.attempt(_take, kept, file.getvalue())


def _take(kept: Drawings, content: bytes) -> None:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise DrawingError("The file holds no drawing: give one JSON object a line.") from None
    session.leave_toast("examine.mine_taken", count=kept.take(text))
