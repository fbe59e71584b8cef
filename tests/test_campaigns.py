"""A short form of each campaign."""

import pytest

from tests.browser.conftest import serving
from tests.campaigns import damage, load, mistakes
from tests.campaigns.kills import CONFIG, Campaign
from tests.waiters import leave_network


def test_killed_runs_are_resumed_to_equal_weights_and_rows(environment, tmp_path):
    campaign = Campaign(tmp_path / "kills", seed=1, config=CONFIG.with_(epochs=2))
    assert not campaign.random_kills(1).failures
    assert not campaign.aimed_kills(1).failures


@pytest.mark.filterwarnings("ignore")  # what is damaged makes Pillow and NumPy warn
def test_what_is_damaged_is_read_or_refused(tmp_path):
    outcomes = damage.Campaign(tmp_path, seed=3).run(48)
    assert [failure for outcome in outcomes.values() for failure in outcome.failures] == []
    assert sum(outcome.tries for outcome in outcomes.values()) == 48


@pytest.mark.filterwarnings("ignore")
def test_a_mistake_ends_with_one_line_and_changes_nothing(environment, tmp_path, monkeypatch):
    leave_network(monkeypatch)
    monkeypatch.setattr(mistakes, "SLOW_SECONDS", 1000)  # times are measured by the campaign, not by a test
    outcomes = mistakes.Campaign(tmp_path, seed=3).run(40)
    assert [failure for outcome in outcomes.values() for failure in outcome.failures] == []
    assert sum(outcome.tries for outcome in outcomes.values()) == 40


def test_sessions_that_watch_and_visit_are_all_served(environment, tmp_path):
    log = tmp_path / "server.log"
    with serving(tmp_path / "runs", log) as dashboard:
        outcomes = load.Campaign(dashboard, log).run(sessions=3, seconds=3, visits=3)
    assert [failure for outcome in outcomes.values() for failure in outcome.failures] == []
    assert [outcome.tries for outcome in outcomes.values()] == [3, 3, 1]
