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
GUARDRAIL = ["arn:aws:iam::aws:policy/CloudWatchReadOnlyAccess"]


def check(deployment: Deployment) -> Iterator[Finding]:
    """Compare e-mail, Slack and budget with the settings."""
    topic = deployment.only("AWS::SNS::Topic")
    settings = deployment.environment.monitoring
    wanted = [("email", settings.email)] if settings.email else []
    found = [(subscriber.get("Protocol"), subscriber.get("Endpoint")) for subscriber in deployment.of("AWS::SNS::Subscription")]
    if found != wanted:
        yield Finding(topic, f"is heard by {found}, not by {wanted}.")
    for slack in deployment.of("AWS::Chatbot::SlackChannelConfiguration"):
        if slack.get("SnsTopicArns") != [Reference(topic)]:
            yield Finding(slack, "does not hear the topic.")
        if slack.get("GuardrailPolicies") != GUARDRAIL:
            yield Finding(slack, "may do anything in the account, or more than look at metrics and logs.")
    if len(deployment.of("AWS::Chatbot::SlackChannelConfiguration")) != bool(settings.slack):
        yield Finding(topic, "is heard in Slack, or not, against the settings.")
    for budget in deployment.of("AWS::Budgets::Budget"):
        if any(each.get("Subscribers") != [TOPIC | {"Address": Reference(topic)}] for each in budget.need("NotificationsWithSubscribers")):
            yield Finding(budget, "has a limit of which the topic does not hear.")
        if budget.get("Budget", "BudgetLimit", "Amount") != settings.budget_usd:
            yield Finding(budget, f"is not {settings.budget_usd} USD.")
