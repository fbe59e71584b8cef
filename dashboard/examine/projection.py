"""The map: h(t) or C(t) of every test digit in two dimensions, moved from row to row, and one's own digit's path."""

from concurrent.futures import Future, wait
from dataclasses import dataclass
from urllib.parse import urlencode

import numpy as np
import streamlit as st

from core.examining import neighbours, projection, tsne
from core.examining.states import LETTERS, ROWS
from dashboard import background, draw_link, served, session, test_set
from dashboard.components.cloud import cloud, packed
from dashboard.examine.choices import choice
from dashboard.examine.subject import Own, Subject
from dashboard.notice import notice
from dashboard.outside import as_text
from dashboard.words import say

_STATE, _LAYER, _KIND = "examine_map_state", "examine_map_layer", "examine_map_kind"
_KINDS = {"pca": "PCA", "tsne": "t-SNE"}
_HALF = 13  # the row, from 0, that is told beside the last
_HEIGHT = 330
_PATIENCE_SECONDS = 0.7  # so long the neighbours may take before the map is shown without them


@dataclass(frozen=True, eq=False)
class Chart:
    """The points of a reader's state, ready for the browser."""

    fitted: projection.Map
    scale: float
    content: bytes
    count: int
    apart: tuple[float, float]
    """The part of the digits that lie nearest to the centre of their own digit, after row 14 and after the last."""


def show(subjects: list[Subject], own: Own) -> None:
    row = st.container(horizontal=True, vertical_alignment="center", gap="small")
    with row:
        state, layer, kind = _choose(subjects)
    asked = [(subject, *_of(subject, state, layer)) for subject in subjects]
    if kind == "tsne" and not all(_made(*one).done() for one in asked):
        kind = "awaited"
    row.caption(say(f"examine.map_lead_{'tsne' if kind == 'tsne' else 'pca'}"), width="stretch")
    for column, (subject, letter, place) in zip(st.columns(len(subjects), gap="large"), asked, strict=True):
        with column, session.noticed():
            if len(subjects) > 1:
                st.markdown(f"**{as_text(subject.title)}**")
            _map(subject, own, letter, place, kind, len(subjects) > 1)


def _of(subject: Subject, state: str, layer: int) -> tuple[str, int]:
    """The state and the layer, from 0, that are shown of a reader which may lack those that were chosen."""
    return state if state in LETTERS[subject.reader.cell] else "h", min(layer, subject.reader.layers) - 1


def _choose(subjects: list[Subject]) -> tuple[str, int, str]:
    """The state, the layer, from 1, and the kind of map."""
    letters = max((LETTERS[subject.reader.cell] for subject in subjects), key=len)
    layers = list(range(1, max(subject.reader.layers for subject in subjects) + 1))
    state = choice("state", letters, _STATE, letters[0], lambda letter: f"{letter}(t)")
    layer = choice("layer", layers, _LAYER, layers[-1], lambda layer: say("examine.layer_n", layer=layer))
    return state, layer, choice("map_kind", list(_KINDS), _KIND, "pca", _KINDS.__getitem__)


def _map(subject: Subject, own: Own, state: str, layer: int, kind: str, narrow: bool) -> None:
    """kind: pca, tsne, or awaited: a t-SNE that is not there yet, in whose place the PCA is shown."""
    awaited = []
    if kind == "awaited" and not (coming_map := _made(subject, state, layer)).done():
        awaited.append(coming_map)
        st.info(say("examine.map_made", count=f"{len(subject.index):,}"), icon="spinner")
    chart = chart_of(subject, state, layer, "tsne" if kind == "tsne" else "pca")
    coming = _neighbours(subject, own, state, layer)
    wait([coming], _PATIENCE_SECONDS)
    found = coming.result() if coming.done() else None  # asked once: it may be there a moment later
    reading = own.read_by(subject)
    way = projection.path(subject.index, chart.fitted, own.frame) / (chart.scale * 32_767)
    opened = cloud(
        points=served.address(chart.content, f"map {subject.index.path.name} {state} {layer} {kind}"),
        images=test_set.address(),
        count=chart.count,
        path=way.round(5).tolist(),
        opinions=reading.probabilities.argmax(1).tolist(),
        neighbours=None if found is None else _places(subject, found),
        link=f"{draw_link.ROOT}?{urlencode({'reader': subject.name, 'image': ''})}",
        height=_HEIGHT - 60 if narrow else _HEIGHT,
        alone=not narrow,
        key=f"examine_map_{'second' if subject.second else 'first'}",
    )
    if opened is not None:
        draw_link.follow(opened, subject.name)
    notice(apart_finding(chart), "" if found is None else way_finding(found))
    if found is None:
        awaited.append(coming)
    if awaited:
        _await(awaited)


def _places(subject: Subject, found: list[dict]) -> list[list[tuple[int, float]]]:
    """The neighbours after each row as places among the points, with their distances."""
    places = {int(image): place for place, image in enumerate(subject.index.chosen)}
    return [[(places[one["index"]], round(one["distance"], 4)) for one in after["neighbours"]] for after in found]


def _await(works: list[Future]) -> None:
    @st.fragment(run_every=0.4)
    def tick() -> None:
        if any(work.done() for work in works):
            st.rerun()

    tick()


@st.cache_resource(show_spinner=False)
def _makers() -> background.Jobs:
    """One at a time: a t-SNE takes all of the machine that nobody else asks for."""
    return background.Jobs("t-sne", workers=1)


def _made(subject: Subject, state: str, layer: int) -> Future:
    """The coming or known map by t-SNE."""
    key = (str(subject.index.path), state, layer)
    return _makers().ask(key, lambda: tsne.tsne(subject.index, state, layer))


def chart_of(subject: Subject, state: str, layer: int, kind: str = "pca") -> Chart:
    """kind: pca, or tsne once that is made. Raises StoreError where it could not be, and is to be tried again."""
    if kind == "tsne" and (work := _made(subject, state, layer)).done() and work.exception():
        _makers().forget((str(subject.index.path), state, layer))
        work.result()
    return _chart(str(subject.index.path), state, layer, kind, subject)


@st.cache_resource(max_entries=12, show_spinner=False)
def _chart(path: str, state: str, layer: int, kind: str, _subject: Subject) -> Chart:
    """`path`, which holds the hashes of weights and images, tells indexes apart."""
    index = _subject.index
    made = projection.pca if kind == "pca" else tsne.tsne
    fitted = made(index, state, layer)
    found = projection.positions(index, fitted)
    answered = _subject.answers.by_row[-1][index.chosen]
    content = packed(found["places"], found["digits"], answered, found["images"])
    apart = (_apart(found["places"][_HALF], index.labels), _apart(found["places"][-1], index.labels))
    return Chart(fitted, found["scale"], content, len(index), apart)


def _apart(places: np.ndarray, labels: np.ndarray) -> float:
    """Of the points (M, 2): the part that lies nearest to the mean of its own digit."""
    digits = np.unique(labels)
    centres = np.array([places[labels == digit].mean(0) for digit in digits])
    nearest = ((places[:, None, :].astype(float) - centres) ** 2).sum(2).argmin(1)
    return float((digits[nearest] == labels).mean())


def _neighbours(subject: Subject, own: Own, state: str, layer: int) -> Future:
    """The coming neighbours of one's own digit after each row."""
    key = ("along", str(subject.index.path), state, layer, own.frame.tobytes())
    return background.job(key, _along, subject.index, own.frame, state, layer)


def _along(index, frame: np.ndarray, state: str, layer: int) -> list[dict]:
    return neighbours.along(index, frame, state=state, layer=layer)


def apart_finding(chart: Chart) -> str:
    half, last = (f"{part:.0%}" for part in chart.apart)
    if isinstance(chart.fitted, projection.Projection):
        return say("examine.map_found", half=half, last=last, explained=f"{sum(chart.fitted.explained):.0%}")
    return say("examine.map_found_tsne", half=half, last=last)


def way_finding(found: list[dict]) -> str:
    """Which digit one's own lies among at the end, and from which row on."""
    leading = [int(np.argmax(after["digits"])) for after in found]
    last, counts = leading[-1], found[-1]["digits"]
    since = next(row for row in range(ROWS) if all(digit == last for digit in leading[row:])) + 1
    values = {"digit": last, "count": counts[last], "of": sum(counts), "row": since}
    if since == 1:
        return say("examine.way_always", **values)
    return say("examine.way_found", before=leading[since - 2], **values)
