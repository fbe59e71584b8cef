"""A message keeps its template and values on its way through the store, and its text is the template filled."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import ConfigError, StoreError
from core.messages import Message, joined, listed, pack, unpack

NAMES = st.text("abcdefgh_", min_size=1, max_size=8)
MESSAGES = st.recursive(
    st.builds(Message, st.text(min_size=1)),
    lambda inner: st.builds(
        Message,
        st.text(min_size=1),
        st.dictionaries(
            NAMES, st.one_of(st.text(), st.integers(), st.floats(allow_nan=False), inner, st.lists(inner, max_size=3))
        ),
    ),
    max_leaves=6,
)


@given(MESSAGES)
def test_packed_message_is_unpacked_as_itself(message):
    assert unpack(pack(message)) == message
    assert json.loads(pack(message))["template"] == message.template


@given(st.text())
def test_text_of_an_older_version_is_a_message_without_values(text):
    kept = unpack(text)
    assert isinstance(kept, Message)
    if not text.startswith("{"):
        assert str(kept) == text


@pytest.mark.parametrize("text", ["null", "7", "[]", "{}", '{"template": "a"}', '{"template": "a", "values": 3}', "{"])
def test_json_that_is_no_message_is_shown_as_it_is(text):
    assert str(unpack(text)) == text


def test_no_message_is_packed_as_no_text():
    assert pack(Message()) == ""
    assert not unpack("")


def test_values_fill_the_template_and_braces_without_values_stay():
    assert str(Message("{name} is {value}", {"name": "lr", "value": Message("missing")})) == "lr is missing"
    assert str(Message('{"image": "file.png"}')) == '{"image": "file.png"}'


def test_joined_and_listed_leave_out_nothing_and_add_nothing():
    one, two, three = Message("as set"), Message("whole steps"), Message("no graph")
    assert str(joined(one, Message(), two)) == "as set; whole steps"
    assert joined(one, Message()) is one
    assert not joined()
    assert str(listed(one, two, three)) == "as set, whole steps, no graph"
    assert listed(one) is one


def test_error_is_raised_again_with_the_message_of_another():
    first = ConfigError("{name} is {value}", name="lr", value="7")
    again = StoreError(first.message)
    assert (str(again), again.message) == ("lr is 7", first.message)
