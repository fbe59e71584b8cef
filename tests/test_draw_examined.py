"""Draw opens the test image that a link asks for, keeps a drawing with its right answer, and says what it rests on."""

import numpy as np
import pytest

from core.digits import subset
from core.examining.saliency import gradient_times_input, occlusion
from core.reading import readers
from core.runs.drawings import Drawings
from core.runs.store import Store
from dashboard import samples
from dashboard.draw import saliency
from tests.test_draw_page import SEVEN, canvas_object, fresh, header, opened, opinion, words
from tests.waiters import wait_until

__all__ = ["fresh"]


def test_a_link_opens_its_test_image_with_its_reader():
    page = opened(image="124", reader="gru")
    images, labels = subset.load("test")
    np.testing.assert_array_equal(page.session_state["frame"], images[123] / np.float32(255))
    assert page.session_state["frame_label"] == labels[123]
    assert page.selectbox(key="draw_reader").value == "gru"
    assert f"MNIST says that it is a {labels[123]}." in words(page)
    assert page.query_params["image"] == "124"


def test_another_image_is_asked_for_while_one_is_shown():
    page = opened(image="124")
    page.query_params["image"] = "7"
    page.run()
    assert page.number_input(key="draw_index").value == 7
    page.number_input(key="draw_index").set_value(9).run()
    assert page.query_params["image"] == "9"
    page.segmented_control[0].set_value("pen").run()
    assert "image" not in page.query_params
    assert header(page)["options"]["live"] is not None


@pytest.mark.parametrize(("asked", "shown"), [("99999", 2000), ("0", 1)])
def test_an_image_that_is_not_there_is_the_nearest_that_is(asked, shown):
    assert opened(image=asked).number_input(key="draw_index").value == shown


def test_a_link_that_asks_for_no_number_changes_nothing():
    assert header(opened(image="<b>"))["options"]["live"] is not None


def test_a_drawing_is_kept_with_the_answer_that_is_pressed():
    page = opened()
    assert all(control.label != "It is a" for control in page.segmented_control)  # a sample is not one's own
    page.session_state["draw_objects"] = [canvas_object(stroke) for stroke in SEVEN]
    page.run()

    def press(digit: int | None) -> None:
        control = next(control for control in page.segmented_control if control.label == "It is a")
        control.set_value(digit).run()

    press(7)
    [drawing] = Drawings(Store()).all()
    assert drawing.digit == 7
    np.testing.assert_allclose(drawing.pixels, page.session_state["frame"], atol=1e-6)
    assert "Kept as a 7." in words(page)
    press(1)
    assert [drawing.digit for drawing in Drawings(Store()).all()] == [1]
    press(None)
    assert Drawings(Store()).all() == []


def test_what_the_answer_rests_on_is_shown_when_it_is_asked_for():
    page = opened()
    assert not [one for one in page.get("bidi_component") if one.proto.component_name == "picture"]
    page.session_state["draw_which"] = True

    def pictures() -> list:
        page.run()
        assert not page.exception
        return [one for one in page.get("bidi_component") if one.proto.component_name == "picture"]

    assert len(wait_until(pictures, "the figures")) == 2
    assert "speaks most for 3" in words(page)
    assert "is missed most" in words(page)
    assert opinion(page)[-1].argmax() == 3


def test_sentences_about_an_answer_follow_its_numbers():
    reader, frame = readers.load(), samples.sample("4")
    blanked = occlusion(reader, frame)
    for rival in (None, 9):
        falls = saliency.margin_falls(blanked, 4, rival)
        row = int(falls.argmax()) + 1
        assert f"row {row} is missed most" in saliency.occlusion_finding(blanked, falls, 4, rival)
        gradients = gradient_times_input(reader, frame, 4, rival)
        strongest = int(np.maximum(gradients, 0).sum(1).argmax()) + 1
        assert f"the ink of row {strongest} speaks most for 4" in saliency.gradient_finding(gradients, 4, rival)
    assert "no pixel has an influence" in saliency.gradient_finding(np.zeros((28, 28)), 4, None)
