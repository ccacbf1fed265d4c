"""Alarms, events, the database and the budget can publish to the topic, through its key, and somebody hears it.

A publisher without a permission on the topic, or on its key, fails without a word.
"""

from collections.abc import Iterator

from ci.model import Deployment, Reference
from ci.model.arns import arn
from ci.model.identity import allowed, statements
from ci.rules import Expected, Finding, expect

SEVERITY = "weakens"
SOURCE = "https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services"
REMEDY = "Correct templates/monitoring/, where the publishers are listed once."

PUBLISHERS = ("cloudwatch", "events", "events.rds", "budgets")
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_service_deployment_events.html
DEPLOYMENT_EVENTS = {"SERVICE_DEPLOYMENT_COMPLETED", "SERVICE_DEPLOYMENT_FAILED", "SERVICE_TASK_START_IMPAIRED"}
DETAIL_TYPES = {"ECS Deployment State Change", "ECS Service Action"}
# https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Events.Messages.html
CATEGORIES = {"availability", "failover", "failure", "low storage", "maintenance", "recovery"}
# Without these nobody could change or delete the key any more.
ADMINISTRATION = (
    "CancelKeyDeletion",
    "PutKeyPolicy",
    "DescribeKey",
    "ScheduleKeyDeletion",
    "GetKeyPolicy",
    "EnableKeyRotation",
    "TagResource",
)


def check(deployment: Deployment) -> Iterator[Finding]:
    """Look at the policies of topic and key, at who publishes, and at who listens."""
    topic = deployment.only("AWS::SNS::Topic")
    key, policy = topic.target("KmsMasterKeyId"), deployment.only("AWS::SNS::TopicPolicy")
    if policy.get("Topics") != [Reference(topic)]:
        yield Finding(policy, "is not the topic's.")
    given = {
        policy: statements(deployment, policy, policy.need("PolicyDocument")),
        key: statements(deployment, key, key.need("KeyPolicy")),
    }
    needs = {policy: ("sns:Publish",), key: ("kms:Decrypt", "kms:GenerateDataKey")}
    for publisher in PUBLISHERS:
        service = f"{publisher}.amazonaws.com"
        for resource, actions in needs.items():
            own = [statement for statement in given[resource] if service in statement.principals.get("Service", [])]
            for action in actions:
                target = own[0].resources[0] if own else "*"
                if not allowed(own, action, target):
                    yield Finding(resource, f"does not let {service} do {action}.")
        if any(statement.resources != [arn(deployment, topic)] for statement in given[policy]):
            yield Finding(policy, "speaks of something else than its topic.")
    root = [statement for statement in given[key] if "AWS" in statement.principals]
    for action in ADMINISTRATION:
        if not allowed(root, f"kms:{action}", "*"):
            yield Finding(key, f"lets nobody do kms:{action}: it could never be changed again.")
    for kind, path in (("AWS::Events::Rule", ("Targets", 0, "Arn")), ("AWS::RDS::EventSubscription", ("SnsTopicArn",))):
        yield from expect(deployment, Expected(kind, path, Reference(topic), "nobody hears of it"))
        if not deployment.of(kind):
            yield Finding(topic, f"hears of no event through {kind}.")
    yield from _subscribers(deployment, topic_reference=Reference(topic))
    for rule in deployment.of("AWS::Events::Rule"):
        if rule.get("EventPattern", "resources") != [Reference(service) for service in deployment.of("AWS::ECS::Service")]:
            yield Finding(rule, "listens to another service.")
        if rule.get("EventPattern", "source") != ["aws.ecs"] or rule.get("State", default="ENABLED") != "ENABLED":
            yield Finding(rule, "does not listen to ECS.")
        if set(rule.get("EventPattern", "detail", "eventName", default=[])) != DEPLOYMENT_EVENTS:
            yield Finding(rule, f"does not hear of {', '.join(sorted(DEPLOYMENT_EVENTS))}.")
        if set(rule.get("EventPattern", "detail-type", default=[])) != DETAIL_TYPES:
            yield Finding(rule, f"does not listen for {', '.join(sorted(DETAIL_TYPES))}.")
    for subscription in deployment.of("AWS::RDS::EventSubscription"):
        if subscription.get("SourceIds") != [Reference(instance) for instance in deployment.of("AWS::RDS::DBInstance")]:
            yield Finding(subscription, "listens to another database.")
        if set(subscription.get("EventCategories", default=[])) != CATEGORIES or subscription.get("SourceType") != "db-instance":
            yield Finding(subscription, f"does not hear of {', '.join(sorted(CATEGORIES))}.")


def _subscribers(deployment: Deployment, topic_reference: Reference) -> Iterator[Finding]:
    settings = deployment.environment.monitoring
    wanted = [("email", settings.email)] if settings.email else []
    found = [(subscriber.get("Protocol"), subscriber.get("Endpoint")) for subscriber in deployment.of("AWS::SNS::Subscription")]
    if found != wanted:
        yield Finding(topic_reference.resource, f"is heard by {found}, not by {wanted}.")
    for slack in deployment.of("AWS::Chatbot::SlackChannelConfiguration"):
        if slack.get("SnsTopicArns") != [topic_reference] or not slack.get("GuardrailPolicies"):
            yield Finding(slack, "does not hear the topic, or may do anything in the account.")
    if len(deployment.of("AWS::Chatbot::SlackChannelConfiguration")) != bool(settings.slack):
        yield Finding(topic_reference.resource, "is heard in Slack, or not, against the settings.")
    for budget in deployment.of("AWS::Budgets::Budget"):
        subscribers = [one.get("Address") for each in budget.need("NotificationsWithSubscribers") for one in each.get("Subscribers", [])]
        if not subscribers or any(address != topic_reference for address in subscribers):
            yield Finding(budget, "tells nobody.")
        if budget.get("Budget", "BudgetLimit", "Amount") != settings.budget_usd:
            yield Finding(budget, f"is not {settings.budget_usd} USD.")
