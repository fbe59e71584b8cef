"""The sentences beside Examine's figures follow their numbers."""

import numpy as np

from core.examining import figures
from core.examining.answers import Answers
from dashboard.examine import good, mine, mistakes, when
from dashboard.examine import projection as view
from dashboard.examine.subject import Subject
from tests.test_equations import a_reader
from tests.test_examining import answered, by_hand


def hand_made(found: Answers) -> Subject:
    class Bare:
        answers, reader, images = found, a_reader("lstm")[0], np.zeros((len(found), 28, 28), np.uint8)

    return Subject("lstm", "LSTM", Bare())  # type: ignore[arg-type]


def test_sentences_about_calibration_follow_the_numbers():
    def said(confidences: list[float], right: list[bool]) -> str:
        found = by_hand(confidences, right)
        return good.calibration_finding(hand_made(found), figures.summary(found, "full"))

    assert "is too sure" in said([0.9, 0.9], [True, False])
    assert "is less sure than it could be" in said([0.9, 0.9], [True, True])
    assert "on average 50.00% sure and 50.00% right" in said([0.5, 0.5], [True, False])


def test_sentences_about_mistakes_follow_the_numbers():
    found = answered([[4], [9], [9], [9]], [4, 4, 4, 9])
    assert "read a 4 as 9: 2 images; the other way round 0" in mistakes.confusion_finding(hand_made(found), False)
    digits = good.digit_finding(hand_made(found), figures.summary(found, "full"), False)
    assert "a 4 is missed most (recall 33.33%)" in digits
    assert "the answer 9 is trusted least (precision 33.33%)" in digits
    assert "It never answers 0, 1, 2, 3, 5, 6, 7, 8." in digits
    perfect = answered([[4]], [4])
    assert mistakes.confusion_finding(hand_made(perfect), False) == "LSTM makes no mistake here."


def test_sentences_about_rows_follow_the_numbers():
    found = answered([[1], [1], [2, 7, 7], [2, 3]], [1, 1, 7, 3])
    said = when.row_finding(hand_made(found), False)
    assert said.startswith("after half of the rows it would be right on 50.00%; 90% are reached after row 28")
    first, blind = when.each_finding(hand_made(found))
    assert first.startswith("from row 1 on more than half of the 1s are right for good, of the 3s only from row 28")
    assert "it says 1" in blind
    assert "a 1 earliest (row 1, the median), a 3 latest (row 28)" in when.deciding_finding(hand_made(found))


def test_sentence_about_the_way_names_the_row_from_which_it_stays():
    among = [{"digits": [0] * digit + [24] + [0] * (9 - digit)} for digit in [3] * 5 + [5] * 3 + [3] * 20]
    said = view.way_finding(among)
    assert (
        "ends among 3s (24 of its 24 nearest) and lies there from row 9 on; before, its nearest were mostly 5s" in said
    )
    assert "from the first row on" in view.way_finding(among[8:] + among[8:16])


def test_few_digits_of_ones_own_are_said_to_prove_little():
    def found(lstm: int, rnn: int, count: int) -> str:
        return mine.table_finding({"lstm": mine.Score(lstm, None, 0), "rnn": mine.Score(rnn, None, 0)}, count)

    assert "may be chance" in found(3, 2, 3)
    assert "that is no chance" in found(100, 20, 100)
    assert "all that can be compared read 3 of 3" in found(3, 3, 3)
