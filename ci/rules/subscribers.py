"""Whoever the settings name hears the notifications and of the budget, and nobody whom they do not name.

An address that somebody else put there hears of each incident, and the settings' own does not.
"""

from collections.abc import Iterator

from ci.model import Deployment, Reference
from ci.model.scopes import texts
from ci.rules import Finding

SEVERITY = "weakens"
SOURCE = "https://docs.aws.amazon.com/sns/latest/dg/sns-email-notifications.html"
REMEDY = "Change [monitoring] in environments/; who subscribes is rendered from there."

# Whoever is outside AWS; what is inside is a resource here.
OUTSIDE = ("email", "email-json", "http", "https", "sms")


def check(deployment: Deployment) -> Iterator[Finding]:
    """Compare subscriptions, channels and budgets with the settings."""
    settings, known = deployment.environment.monitoring, set(texts(deployment.environment))
    heard: set[object] = set()
    for each in deployment.of("AWS::SNS::Subscription"):
        if each.get("Protocol") in OUTSIDE and each.get("Endpoint") not in known:
            yield Finding(each, f"is for {each.get('Endpoint')}, which is not in the settings.")
        if isinstance(each.get("TopicArn"), Reference):
            heard.add(each.get("Endpoint"))
    for channel in deployment.of("AWS::Chatbot::SlackChannelConfiguration"):
        named = channel.get("SlackWorkspaceId"), channel.get("SlackChannelId")
        if not set(named) <= known:
            yield Finding(channel, f"is the channel {named}, which is not in the settings.")
        if any(isinstance(topic, Reference) for topic in channel.get("SnsTopicArns", default=[])):
            heard.add(named)
    slack = (settings.slack.workspace_id, settings.slack.channel_id) if settings.slack else None
    for wanted in (settings.email, slack):
        if wanted is not None and wanted not in heard:
            yield Finding(None, f"Nobody hears of an alarm at {wanted}, which the settings name.")
    yield from _budgets(deployment)


def _budgets(deployment: Deployment) -> Iterator[Finding]:
    usd, budgets = deployment.environment.monitoring.budget_usd, deployment.of("AWS::Budgets::Budget")
    if usd and not any(budget.get("Budget", "BudgetLimit", "Amount") == usd for budget in budgets):
        yield Finding(None, f"No budget has the limit of {usd} USD, which the settings name.")
    for budget in budgets:
        for index, limit in enumerate(budget.get("NotificationsWithSubscribers", default=[])):
            if not limit.get("Subscribers"):
                yield Finding(budget, f"has a limit, number {index + 1}, of which nobody hears.")
            notification = limit.get("Notification", {})
            if notification.get("ThresholdType", "PERCENTAGE") == "PERCENTAGE" and not 0 < float(notification.get("Threshold", 0)) <= 200:
                yield Finding(budget, f"notifies at {notification.get('Threshold')} % of its limit.")
