"""Whoever the settings name hears the notifications, and nobody else; the shipped environments name nobody."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.deployments import objections
from tests.rendering import templates
from tests.settings import environment

ALL = environment(
    {"monitoring": {"email": "a@example.org", "slack": {"workspace_id": "T01234567", "channel_id": "C01234567"}, "budget_usd": 100}}
)


def test_rendered_subscribers_are_those_of_the_settings() -> None:
    assert not objections("subscribers", templates(ALL), ALL)


@pytest.mark.parametrize(
    ("title", "change", "objection"),
    [
        ("Email", lambda email: email.update(Endpoint="b@example.org"), "not by [('email', 'a@example.org')]"),
        ("Email", lambda email: email.pop("TopicArn"), "not by [('email', 'a@example.org')]"),
        ("Slack", lambda slack: slack.update(SlackChannelId="C76543210"), "is not the settings' channel"),
        ("Slack", lambda slack: slack.pop("GuardrailPolicies"), "may do anything in the account"),
        ("Slack", lambda slack: slack.update(SnsTopicArns=[]), "does not hear the topic"),
        ("Budget", lambda budget: budget["Budget"]["BudgetLimit"].update(Amount=1), "is not 100 USD"),
        ("Budget", lambda budget: budget["Budget"].update(TimeUnit="ANNUALLY"), "is not 100 USD a month"),
        (
            "Budget",
            lambda budget: budget["NotificationsWithSubscribers"][0]["Notification"].update(Threshold=800),
            "has a limit of which the topic does not hear",
        ),
        (
            "Budget",
            lambda budget: budget["NotificationsWithSubscribers"][0].update(Subscribers=[]),
            "a limit of which the topic does not hear",
        ),
    ],
)
def test_another_subscriber_is_found(title: str, change: Callable[[Any], Any], objection: str) -> None:
    broken = templates(ALL)
    change(broken["monitoring"]["Resources"][title]["Properties"])
    assert objection in objections("subscribers", broken, ALL)


def test_a_budget_that_the_settings_name_is_there() -> None:
    broken = templates(ALL)
    del broken["monitoring"]["Resources"]["Budget"]
    assert "hears of a budget, or of none" in objections("subscribers", broken, ALL)
