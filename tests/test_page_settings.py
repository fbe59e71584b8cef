"""A page's settings: what a person chooses is set by nobody else, and kept while its widget is not shown."""

from streamlit.testing.v1 import AppTest


def script():
    import streamlit as st

    from dashboard.page_settings import Setting, Settings, one_of

    names = {"en": {"a": "Apple", "b": "Pear"}, "zh": {"a": "苹果", "b": "梨"}}
    page = Settings("fruit", {"kind": Setting("a", one_of("a", "b")), "count": Setting(1, int)})
    st.session_state.setdefault("language", "en")
    page.restore()
    if st.checkbox("shown", True, key="shown"):
        st.selectbox(
            "kind", ["a", "b"], **page.kept("kind"), format_func=names[st.session_state["language"]].__getitem__
        )
    st.button("other language", key="other", on_click=st.session_state.update, args=({"language": "zh"},))
    st.button("pear", key="pear", on_click=page.put, kwargs={"kind": "b"})
    page.publish()


def test_what_a_page_shows_is_sent_to_the_browser_only_where_it_changes():
    page = AppTest.from_function(script).run()
    assert page.selectbox[0].proto.set_value  # at first
    page.run()
    assert not page.selectbox[0].proto.set_value
    page.selectbox[0].select("b").run()
    assert not page.selectbox[0].proto.set_value  # it comes from there
    page.run()
    assert not page.selectbox[0].proto.set_value
    assert page.query_params["kind"] == "b"


def test_what_was_chosen_is_told_to_the_browser_in_its_language():
    page = AppTest.from_function(script).run()
    page.selectbox[0].select("b").run()
    page.button(key="other").click().run()
    shown = page.selectbox[0].proto
    assert (shown.set_value, shown.raw_value, page.query_params["kind"]) == (True, "梨", "b")


def test_setting_is_kept_while_its_widget_is_not_shown():
    page = AppTest.from_function(script).run()
    page.selectbox[0].select("b").run()
    page.checkbox(key="shown").uncheck().run()
    page.run()
    assert page.query_params["kind"] == "b"
    page.checkbox(key="shown").check().run()
    assert page.selectbox[0].value == "b"
    assert page.selectbox[0].proto.raw_value == "Pear"


def test_what_the_page_itself_sets_is_a_widget_of_its_own():
    page = AppTest.from_function(script).run()
    before = page.selectbox[0].key
    page.button(key="pear").click().run()
    made = page.selectbox[0].key
    assert made != before
    assert page.selectbox[0].value == "b"
    page.button(key="pear").click().run()
    assert page.selectbox[0].key == made  # it was so already
