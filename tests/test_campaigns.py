"""A short form of each campaign."""

from tests.campaigns.kills import CONFIG, Campaign


def test_killed_runs_are_resumed_to_equal_weights_and_rows(environment, tmp_path):
    campaign = Campaign(tmp_path / "kills", seed=1, config=CONFIG.with_(epochs=2))
    assert not campaign.random_kills(1).failures
    assert not campaign.aimed_kills(1).failures
