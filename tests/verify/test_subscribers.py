"""Whoever the settings name hears the notifications, and nobody else; the shipped environments name nobody."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.deployments import found
from tests.rendering import templates
from tests.settings import environment

ALL = environment(
    {"monitoring": {"email": "a@example.org", "slack": {"workspace_id": "T01234567", "channel_id": "C01234567"}, "budget_usd": 100}}
)


def test_rendered_subscribers_are_those_of_the_settings() -> None:
    assert not found(templates(ALL), ALL)


@pytest.mark.parametrize(
    ("title", "change", "objection"),
    [
        ("Email", lambda email: email.update(Endpoint="b@example.org"), "is for b@example.org, which is not in the settings"),
        ("Email", lambda email: email.update(Endpoint="b@example.org"), "Nobody hears of an alarm at a@example.org"),
        ("Email", lambda email: email.pop("TopicArn"), "Nobody hears of an alarm at a@example.org"),
        ("Slack", lambda slack: slack.update(SlackChannelId="C76543210"), "which is not in the settings"),
        ("Slack", lambda slack: slack.pop("GuardrailPolicies"), "GuardrailPolicies"),
        ("Slack", lambda slack: slack.update(SnsTopicArns=[]), "Nobody hears of an alarm at ('T01234567', 'C01234567')"),
        ("Budget", lambda budget: budget["Budget"]["BudgetLimit"].update(Amount=1), "No budget has the limit of 100 USD"),
        ("Budget", lambda budget: budget["NotificationsWithSubscribers"][0]["Notification"].update(Threshold=800), "notifies at 800 %"),
        ("Budget", lambda budget: budget["NotificationsWithSubscribers"][0].update(Subscribers=[]), "of which nobody hears"),
    ],
)
def test_another_subscriber_is_found(title: str, change: Callable[[Any], Any], objection: str) -> None:
    broken = templates(ALL)
    change(broken["notifications"]["Resources"][title]["Properties"])
    assert objection in "".join(sentence for sentences in found(broken, ALL).values() for sentence in sentences)


def test_a_budget_that_the_settings_name_is_there() -> None:
    broken = templates(ALL)
    del broken["notifications"]["Resources"]["Budget"]
    assert "No budget has the limit" in "".join(found(broken, ALL)["subscribers"])


def test_a_second_budget_and_a_queue_that_listens_are_fine() -> None:
    more = templates(ALL)
    resources = more["notifications"]["Resources"]
    resources["Yearly"] = {**resources["Budget"], "Properties": {**resources["Budget"]["Properties"]}}
    resources["Yearly"]["Properties"]["Budget"] = {
        "BudgetType": "COST",
        "TimeUnit": "ANNUALLY",
        "BudgetLimit": {"Amount": 900, "Unit": "USD"},
    }
    assert "subscribers" not in found(more, ALL)
