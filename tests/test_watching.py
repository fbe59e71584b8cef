"""How often a page asks for a run's figures: the more watch, the less often, and no session is counted for ever."""

import pytest

from dashboard.train import watching
from dashboard.train.watching import Watchers, interval


@pytest.mark.parametrize(
    ("watchers", "seconds"), [(1, 1), (13, 1), (14, 2), (26, 2), (27, 4), (50, 4), (100, 8), (999, 8)]
)
def test_more_watchers_ask_less_often(watchers, seconds):
    assert interval(watchers) == seconds


@pytest.mark.parametrize("before", [1.0, 2.0, 4.0, 8.0])
def test_ticks_of_all_leave_the_machine_to_the_run(before):
    for watchers in range(1, 100):
        every = interval(watchers, before)
        assert watchers * watching._COST / every <= watching._SHARE * (1 + 1e-9) or every == 8


def test_interval_does_not_go_up_and_down_where_one_comes_and_goes():
    for watchers in range(1, 100):
        up = interval(watchers + 1, interval(watchers))
        assert interval(watchers, up) == up or interval(watchers + 1, interval(watchers, up)) == interval(watchers, up)


def test_who_has_left_is_no_longer_counted():
    known = Watchers()
    assert [known.count(who, 0.0, 1.0) for who in "abc"] == [1, 2, 3]
    assert known.count("a", 2.0, 1.0) == 3
    assert known.count("a", 3.5, 1.0) == 1
    assert known.count("slow", 4.0, 8.0) == 2
    assert known.count("a", 20.0, 1.0) == 2
    assert known.count("a", 29.0, 1.0) == 1
