"""Chapter 5: the weights that the chosen network consists of, counted, and how the article trains its own."""

from math import prod
from typing import NamedTuple

import streamlit as st

from core.reading.cells import CELLS
from core.reading.readers import Reader
from core.training.config import preset
from dashboard import session, settings
from dashboard.learn.subject import Subject
from dashboard.notice import notice
from dashboard.terms import marked
from dashboard.words import say


class Part(NamedTuple):
    """One array of weights."""

    layer: int | None
    """Counted from 1; None: the readout."""
    letter: str
    """U, W, and the two biases b, d, whose sum is the equations' b; V and c of the readout."""
    shape: tuple[int, ...]

    @property
    def numbers(self) -> int:
        return prod(self.shape)


def show(subject: Subject) -> None:
    reader = subject.reader
    _sizes(reader)
    st.subheader(say("learn.training"), anchor="training")
    st.markdown(marked(say("learn.training_text")))
    if st.button(say("learn.training_start"), key="learn_train_article", icon=":material/model_training:"):
        settings.fill_form(preset("article"))
        session.want_form()
        session.go_to("train")


def _sizes(reader: Reader) -> None:
    found = parts(reader)
    letters = CELLS[reader.cell].weight_order
    blocks = say("app.comma").join(f"${letter}$" for letter in letters)
    text = say(
        f"learn.network_{'blocks' if len(letters) > 1 else 'block'}",
        shape=f"{reader.inputs} × {reader.hidden} × {reader.layers} × {reader.classes}",
        cell=reader.cell.upper(),
        blocks=blocks,
        gates=len(letters),
        hidden=reader.hidden,
        rows=len(letters) * reader.hidden,
    )
    st.markdown(marked(text))
    with st.container(key="learn_sizes"):
        st.markdown(table(reader, found))
    notice(shares(reader, found))


def parts(reader: Reader) -> list[Part]:
    """Every array of weights, from the pixels up."""
    layers = [
        Part(k + 1, letter, array.shape)
        for k in range(reader.layers)
        for letter, array in zip("UWbd", reader.layer(k), strict=True)
    ]
    readout = zip("Vc", (reader.arrays["classifier.weight"], reader.arrays["classifier.bias"]), strict=True)
    return [*layers, *(Part(None, letter, array.shape) for letter, array in readout)]


def table(reader: Reader, found: list[Part]) -> str:
    """A row a layer, as Markdown: what it reads, its arrays' shapes, and how many numbers they are."""
    lines = ["| " + " | ".join(say(f"learn.network_{name}") for name in _COLUMNS) + " |", "|---|---|---|---|---|--:|"]
    for layer in [*range(1, reader.layers + 1), None]:
        of_layer = {part.letter: part for part in found if part.layer == layer}
        numbers = sum(part.numbers for part in of_layer.values())
        lines.append(_line(_place(layer), _reads(reader, layer), *_shapes(of_layer), f"{numbers:,}"))
    total = sum(part.numbers for part in found)
    lines.append(_line(f"**{say('learn.network_all')}**", "", "", "", "", f"**{total:,}**"))
    return "\n".join(lines)


_COLUMNS = ("layer", "reads", "inputs", "state", "biases", "numbers")


def _line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _place(layer: int | None) -> str:
    return say("learn.network_readout") if layer is None else str(layer)


def _reads(reader: Reader, layer: int | None) -> str:
    below = reader.layers if layer is None else layer - 1
    return say("learn.network_state_of", layer=below) if below else say("learn.network_pixels", pixels=reader.inputs)


def _shapes(of_layer: dict[str, Part]) -> list[str]:
    """Of the columns inputs, state, biases."""
    shown = {letter: " × ".join(map(str, part.shape)) for letter, part in of_layer.items()}
    if "V" in of_layer:
        return [f"$V$: {shown['V']}", "–", f"$c$: {shown['c']}"]
    return [f"$U$: {shown['U']}", f"$W$: {shown['W']}", f"$b$: 2 × {shown['b']}"]


def shares(reader: Reader, found: list[Part]) -> str:
    """What part of the weights acts on the row before, and what part on the pixels."""
    total = sum(part.numbers for part in found)
    state = sum(part.numbers for part in found if part.letter == "W") / total
    pixels = next(part.numbers for part in found if part.letter == "U") / total
    return say("learn.network_shares", state=f"{state:.0%}", pixels=f"{pixels:.0%}")
