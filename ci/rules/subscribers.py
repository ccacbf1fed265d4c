"""Whoever the settings name hears the notifications, and nobody else; Slack can only listen.

Without a guardrail a channel's limit is the administrator's.
"""

from collections.abc import Iterator
from typing import Any

from ci.model import Deployment, Reference, Resource
from ci.rules import Finding
from templates import names
from templates.settings import Slack

SEVERITY = "weakens"
SOURCE = "https://docs.aws.amazon.com/chatbot/latest/adminguide/understanding-permissions.html"
REMEDY = "Change [monitoring] in environments/, and leave the rest to templates/layers/monitoring/."

# What may be done from the channel, at the most: look at metrics and alarms.
GUARDRAIL = "arn:aws:iam::aws:policy/CloudWatchReadOnlyAccess"
# Of the budget, in percent: spent, and forecast to be.
LIMITS = {"ACTUAL": 80, "FORECASTED": 100}


def check(deployment: Deployment) -> Iterator[Finding]:
    """Compare e-mail, Slack and budget, each whole, with the settings."""
    topic = deployment.only("AWS::SNS::Topic")
    settings = deployment.environment.monitoring
    wanted = [("email", settings.email)] if settings.email else []
    subscribers = deployment.of("AWS::SNS::Subscription")
    found = [(each.get("Protocol"), each.get("Endpoint")) for each in subscribers if each.get("TopicArn") == Reference(topic)]
    if found != wanted or len(subscribers) != len(wanted):
        yield Finding(topic, f"is heard by {found}, not by {wanted}.")
    channels, budgets = deployment.of("AWS::Chatbot::SlackChannelConfiguration"), deployment.of("AWS::Budgets::Budget")
    if len(channels) != bool(settings.slack):
        yield Finding(topic, "is heard in Slack, or not, against the settings.")
    for channel in channels:
        # Whether the role is the channel's own, closed-trust says.
        if settings.slack and channel.properties != _channel(deployment, topic, settings.slack) | {"IamRoleArn": channel.get("IamRoleArn")}:
            yield Finding(channel, "is not the settings' channel, does not hear the topic, or may do anything in the account.")
    if len(budgets) != bool(settings.budget_usd):
        yield Finding(topic, "hears of a budget, or of none, against the settings.")
    for budget in budgets:
        if settings.budget_usd and budget.properties != _budget(topic, settings.budget_usd):
            yield Finding(budget, f"is not {settings.budget_usd} USD a month, or has a limit of which the topic does not hear.")


def _channel(deployment: Deployment, topic: Resource, slack: Slack) -> dict[str, Any]:
    return {
        "ConfigurationName": names.stack(deployment.environment),
        "SlackWorkspaceId": slack.workspace_id,
        "SlackChannelId": slack.channel_id,
        "GuardrailPolicies": [GUARDRAIL],
        "SnsTopicArns": [Reference(topic)],
    }


def _budget(topic: Resource, usd: int) -> dict[str, Any]:
    subscribers = [{"SubscriptionType": "SNS", "Address": Reference(topic)}]

    def limit(kind: str, percent: int) -> dict[str, Any]:
        return {"NotificationType": kind, "ComparisonOperator": "GREATER_THAN", "Threshold": percent, "ThresholdType": "PERCENTAGE"}

    return {
        "Budget": {"BudgetType": "COST", "TimeUnit": "MONTHLY", "BudgetLimit": {"Amount": usd, "Unit": "USD"}},
        "NotificationsWithSubscribers": [{"Notification": limit(*each), "Subscribers": subscribers} for each in LIMITS.items()],
    }
