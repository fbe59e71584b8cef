"""What the reader answers: the digit, its rivals, ten probabilities, and whether to trust it."""

from html import escape
from pathlib import Path

import numpy as np
import streamlit as st

from core.digits import ood
from core.reading.readers import Reader
from core.reading.tracing import CERTAIN, RowTrace, decision
from dashboard import readers
from dashboard.draw.digit import Digit
from dashboard.formats import percent, probability
from dashboard.words import say

_READER, _NAME = "reader", "draw_reader_name"
_ANSWER = (
    '<div class="answer" role="img" aria-label="{label}"><span data-answer="{digit}" data-strokes="{strokes}">{digit}'
    '</span><span class="words">{words}</span></div>'
)
_BAR_HEIGHT = 134  # px, of a probability of 1
_BARS = '<div class="bars" role="img" aria-label="{label}">{columns}</div>'
_BAR = (
    '<div class="bar{first}" title="{title}"><span>{percent}</span>'
    '<i style="height:{height:.1f}px"></i><span>{digit}</span></div>'
)


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
    name = st.selectbox(
        say("draw.reader"),
        known,
        format_func=lambda name: readers.title(name, known[name]),
        key="draw_reader",
        help=say("draw.reader_help"),
    )
    step, path = _moment(name, moment if name == before else "") or ("", known[name])
    reader = readers.load(path)
    st.caption(_accuracy(reader))
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


def show(digit: Digit, trace: RowTrace) -> None:
    probabilities = trace.probabilities[-1]
    first, second, third = np.argsort(-probabilities, kind="stable")[:3].tolist()
    words = say(
        "draw.answer",
        first=first,
        p=probability(probabilities[first]),
        second=second,
        q=probability(probabilities[second]),
        third=third,
        r=probability(probabilities[third]),
    )
    label = say("draw.answer_label", digit=first)
    strokes = len(digit.frame.strokes or ()) if digit.drawn else 0
    st.html(_ANSWER.format(digit=first, strokes=strokes, words=words, label=escape(label)))
    st.html(_bars(probabilities))
    _notices(digit, probabilities, first)


def _notices(digit: Digit, probabilities: np.ndarray, first: int) -> None:
    if digit.label is not None and digit.label != first:
        st.caption(f":material/close: {say('draw.wrong', label=digit.label)}")
    for note in digit.frame.notes:
        st.caption(f":material/info: {say(f'draw.note_{note}')}")
    unlike, unsure = ood.is_ood(digit.frame.pixels), probabilities.max() < ood.UNSURE
    if unlike or unsure:
        text = say("draw.unlike" if unlike else "draw.unsure")
        st.caption(f":material/help: {text}", help=say("draw.unlike_help"))


def decided(trace: RowTrace) -> None:
    """When it decided, in one sentence, and what that sentence cannot say."""
    found = decision(trace)
    words = {"digit": found.digit, "settled": found.settled + 1, "rows": len(trace.x)}
    if found.before is None:
        sentence = say("draw.always", **words)
    else:
        before = {"before": found.before, "belief": probability(found.before_probability)}
        sentence = say("draw.settled", **words, **before)
    if found.certain is None:
        sentence += say("draw.never_certain", certain=f"{CERTAIN:.0%}", p=probability(found.probability))
    else:
        sentence += say("draw.certain", certain=f"{CERTAIN:.0%}", row=found.certain + 1)
    st.markdown(f"**{say('draw.when')}** {sentence}", help=say("draw.honest"))


def _bars(probabilities: np.ndarray) -> str:
    """Ten bars from 0 to 1, the answer's in the accent. Plain HTML: a stroke changes it at once, and nothing loads."""
    answer = int(probabilities.argmax())
    columns = [
        _BAR.format(
            first=" first" if digit == answer else "",
            title=f"{digit}: {p:.2%}",
            percent=f"{p:.0%}" if p >= 0.005 else "",
            height=p * _BAR_HEIGHT,
            digit=digit,
        )
        for digit, p in enumerate(probabilities.tolist())
    ]
    return _BARS.format(label=escape(say("draw.bars")), columns="".join(columns))
