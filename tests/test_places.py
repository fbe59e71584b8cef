"""What is said once has a place of its own: what stands below it neither moves nor stands there twice for a moment."""

from collections.abc import Iterator

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Block, Element

from dashboard import session
from tests.pages import open_page
from tests.test_train_page import recorded
from tests.test_train_page import store as store  # a fixture

PAGES = ("draw", "train", "runs")


def places(page: AppTest) -> dict[str, tuple[int, ...]]:
    """Of each widget that has a key, where it stands: its number in each container, from the page inwards."""
    found = ((getattr(element, "key", None), place) for place, element in _elements(page.main, ()))
    # a setting that the page itself has set is a new widget, with a number at the end of its key
    return {key.rstrip("_0123456789"): place for key, place in found if key}


def _elements(block: Block, place: tuple[int, ...]) -> Iterator[tuple[tuple[int, ...], Element]]:
    for number, child in block.children.items():
        if isinstance(child, Block):
            yield from _elements(child, (*place, number))
        elif isinstance(child, Element):
            yield (*place, number), child


@pytest.mark.parametrize("name", PAGES)
def test_notice_of_a_callback_moves_no_widget(name, store):
    recorded(store, "paused")
    page = open_page(name)
    before = places(page)
    left = session._Left(notices=[lambda: "A notice."])
    page.session_state[session._LEFT] = left
    page.run()
    assert any("A notice." in error.value for error in page.error)
    assert places(page) == before
    page.run()
    assert not page.error
    assert places(page) == before


def test_run_that_has_just_been_chosen_moves_no_widget_as_the_page_goes_to_its_top(store):
    recorded(store, "paused")
    page = open_page("train")
    before = places(page)
    page.session_state[session._ARRIVED] = True
    page.run()
    assert places(page) == before


@pytest.mark.parametrize(("name", "asked"), [("train", "run"), ("draw", "reader"), ("examine", "reader")])
def test_link_to_what_is_not_there_moves_no_widget(name, asked, store):
    recorded(store, "paused")
    before = places(open_page(name))
    page = open_page(name, **{asked: "not-there"})
    assert page.warning
    assert before.items() <= places(page).items()  # figures that are made meanwhile come in addition
