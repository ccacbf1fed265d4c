"""Deployments that finish or fail, and what the database goes through, reach the topic.

A rule that listens to another service, or for a name that ECS does not send, never fires.
"""

from collections.abc import Iterator

from ci.model import Deployment, Reference
from ci.rules import Expected, Finding, expect

SEVERITY = "weakens"
SOURCE = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_service_deployment_events.html"
REMEDY = "Correct templates/monitoring/events.py."

# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_service_deployment_events.html
DEPLOYMENT_EVENTS = {"SERVICE_DEPLOYMENT_COMPLETED", "SERVICE_DEPLOYMENT_FAILED", "SERVICE_TASK_START_IMPAIRED"}
DETAIL_TYPES = {"ECS Deployment State Change", "ECS Service Action"}
# https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Events.Messages.html
CATEGORIES = {"availability", "failover", "failure", "low storage", "maintenance", "recovery"}


def check(deployment: Deployment) -> Iterator[Finding]:
    """Look at the rule for the service, and at the subscription to the database's events."""
    topic = deployment.only("AWS::SNS::Topic")
    for kind, path in (("AWS::Events::Rule", ("Targets", 0, "Arn")), ("AWS::RDS::EventSubscription", ("SnsTopicArn",))):
        yield from expect(deployment, Expected(kind, path, Reference(topic), "nobody hears of it"))
        if not deployment.of(kind):
            yield Finding(topic, f"hears of no event through {kind}.")
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
