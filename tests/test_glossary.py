"""The glossary has every letter that equations and strips use, and marks terms in texts as links and nothing else."""

import re
from itertools import chain

import pytest

from core.reading.cells import CELLS
from dashboard import terms
from dashboard.learn import formulas
from dashboard.words import LANGUAGES, texts

_UNNAMED = {"e", "k"}  # of the softmax: Euler's number, and a digit's index


def marked(text: str, language: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(terms, "language", lambda: language)
    return terms.marked(text)


def letters_of_equations() -> set[str]:
    """The letters of the equations' own lines, as they stand on Learn."""
    parts = dict.fromkeys(("W h", "U x", "b", "sum", "value", "C before", "f", "i", "a", "kept", "added"), 0.5)
    parts |= dict.fromkeys(("o", "C", "tanh C", "d", "r", "z", "n", "h before", "new"), 0.5)
    readout = dict.fromkeys(("V h", "c", "y", "L"), 0.5)
    lines = [formulas.lines(cell, dict.fromkeys(CELLS[cell].letters, parts)).values() for cell in CELLS]
    written = " ".join([*chain(*lines), formulas.readout(3, parts | readout), formulas.loss(3, readout)])
    return set(re.findall(r"[A-Za-z]", re.sub(r"\\[A-Za-z]+(\{aligned\}|\{softmax\}|\{gate\})?", " ", written)))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_letter_of_equations_and_strips_is_explained(language):
    letters = letters_of_equations()
    assert {"W", "U", "V", "b", "c", "d", "x", "h", "C", "L", "y", "t"} <= letters
    strips = {"x", "p", *chain(*(cell.letters for cell in CELLS.values()))}
    assert (letters | strips) - _UNNAMED <= set(terms.meanings(language))


def test_no_text_writes_two_terms_alike():
    for language in LANGUAGES:
        forms = [
            form.lower()
            for name in terms.meanings(language)
            for form in texts()[f"glossary.{name}_forms"][language].split("|")
        ]
        assert len(forms) == len(set(forms))


@pytest.mark.parametrize(
    ("language", "text", "wanted"),
    [
        ("en", "The **Forget gate** opens.", "The [**Forget gate**](#term-f) opens."),
        ("en", "A gate, a gate.", "A [gate](#term-gate), a gate."),
        ("en", "An RNNs' propagates", "An RNNs' propagates"),
        ("en", "`gate` $h$ [gate](x) http://gate", "`gate` $h$ [gate](x) http://gate"),
        ("en", "**Gate by gate** it opens", "**Gate by gate** it opens"),
        ("zh", "即**遗忘门**，$C^{(t-1)}$ 留下多少。", "即[**遗忘门**](#term-f)，$C^{(t-1)}$ 留下多少。"),
    ],
)
def test_a_term_is_marked_where_it_first_stands(language, text, wanted, monkeypatch):
    assert marked(text, language, monkeypatch) == wanted


@pytest.mark.parametrize("language", LANGUAGES)
def test_learn_without_its_marks_is_learn_as_it_is_written(language, monkeypatch):
    written = [text[language] for key, text in texts().items() if key.startswith("learn.")]
    shown = [marked(text, language, monkeypatch) for text in written]
    assert shown != written
    assert [re.sub(r"\[([^\]]*)\]\(#term-\w+\)", r"\1", text) for text in shown] == written
