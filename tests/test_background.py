"""Work beside the page is done once, and what nobody waits for any more is not begun."""

from threading import Event

import pytest

from dashboard.background import Jobs

SECONDS = 30


def test_a_job_is_done_once_for_all_who_ask():
    jobs, done = Jobs("test", workers=2), []
    first = jobs.ask("key", lambda: done.append(1) or 7)
    assert first.result(SECONDS) == 7
    assert jobs.ask("key", lambda: done.append(2)) is first
    assert jobs.known("key") is first
    assert jobs.known("other") is None
    assert done == [1]


def test_an_error_is_raised_where_the_result_is_asked_for():
    failed = Jobs("test", workers=1).ask("key", lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        failed.result(SECONDS)


def test_only_the_newest_of_the_waiting_jobs_is_begun():
    jobs, begun, go_on, done = Jobs("test", workers=1, newest_only=True), Event(), Event(), []

    def first():
        begun.set()
        go_on.wait(SECONDS)
        return 1

    running = jobs.ask(1, first)
    begun.wait(SECONDS)
    dropped, newest = jobs.ask(2, lambda: done.append(2)), jobs.ask(3, lambda: done.append(3))
    go_on.set()
    newest.result(SECONDS)
    assert running.result(SECONDS) == 1
    assert dropped.cancelled()
    assert done == [3]
    assert jobs.known(2) is None
    jobs.ask(2, lambda: done.append("again")).result(SECONDS)
    assert done == [3, "again"]
