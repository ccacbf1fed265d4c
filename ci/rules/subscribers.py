"""Whoever the settings name hears the notifications, and nobody else; Slack can only listen.

Without a guardrail a channel's limit is the administrator's.
"""

from collections.abc import Iterator

from ci.model import Deployment, Reference
from ci.rules import Finding

SEVERITY = "weakens"
SOURCE = "https://docs.aws.amazon.com/chatbot/latest/adminguide/understanding-permissions.html"
REMEDY = "Change [monitoring] in environments/, and leave the rest to templates/monitoring/."

TOPIC = {"SubscriptionType": "SNS"}
MONTHLY = {"BudgetType": "COST", "TimeUnit": "MONTHLY"}
PASSED = {"ComparisonOperator": "GREATER_THAN", "ThresholdType": "PERCENTAGE"}
NEAR = [PASSED | {"NotificationType": "ACTUAL", "Threshold": 80}, PASSED | {"NotificationType": "FORECASTED", "Threshold": 100}]
GUARDRAIL = ["arn:aws:iam::aws:policy/CloudWatchReadOnlyAccess"]


def check(deployment: Deployment) -> Iterator[Finding]:
    """Compare e-mail, Slack and budget with the settings."""
    topic = deployment.only("AWS::SNS::Topic")
    settings = deployment.environment.monitoring
    wanted = [("email", settings.email)] if settings.email else []
    heard = deployment.of("AWS::SNS::Subscription")
    found = [(subscriber.get("Protocol"), subscriber.get("Endpoint")) for subscriber in heard]
    if found != wanted or any(subscriber.get("TopicArn") != Reference(topic) for subscriber in heard):
        yield Finding(topic, f"is heard by {found}, not by {wanted}.")
    slacks, budgets = deployment.of("AWS::Chatbot::SlackChannelConfiguration"), deployment.of("AWS::Budgets::Budget")
    for slack in slacks:
        if slack.get("SnsTopicArns") != [Reference(topic)]:
            yield Finding(slack, "does not hear the topic.")
        if slack.get("GuardrailPolicies") != GUARDRAIL:
            yield Finding(slack, "may do anything in the account, or more than look at metrics and logs.")
    channels = [(settings.slack.workspace_id, settings.slack.channel_id)] if settings.slack else []
    if [(slack.get("SlackWorkspaceId"), slack.get("SlackChannelId")) for slack in slacks] != channels:
        yield Finding(topic, "is heard in Slack, or not, against the settings.")
    if len(budgets) != bool(settings.budget_usd):
        yield Finding(topic, "hears of a budget, or not, against the settings.")
    for budget in budgets:
        notifications = budget.need("NotificationsWithSubscribers")
        if any(each.get("Subscribers") != [TOPIC | {"Address": Reference(topic)}] for each in notifications):
            yield Finding(budget, "has a limit of which the topic does not hear.")
        if [each.get("Notification") for each in notifications] != NEAR:
            yield Finding(budget, "does not tell when 80 percent are spent, and when more than all will be.")
        if budget.get("Budget") != MONTHLY | {"BudgetLimit": {"Amount": settings.budget_usd, "Unit": "USD"}}:
            yield Finding(budget, f"is not {settings.budget_usd} USD a month.")
