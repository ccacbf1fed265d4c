"""Deployments that finish or fail, and what the database goes through, reach the topic.

A rule that listens to another service, or for a name that ECS does not send, never fires.
"""

from collections.abc import Iterator
from typing import Any

from ci.model import Deployment, Reference
from ci.rules import Expected, Finding, expect
from templates import names

SEVERITY = "weakens"
SOURCE = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_service_deployment_events.html"
REMEDY = "Correct templates/monitoring/events.py."

# What must be heard of: source, detail type, and the field with its values.
DEPLOYMENTS = ("aws.ecs", "ECS Deployment State Change", "eventName", ("SERVICE_DEPLOYMENT_COMPLETED", "SERVICE_DEPLOYMENT_FAILED"))
STARTS = ("aws.ecs", "ECS Service Action", "eventName", ("SERVICE_TASK_START_IMPAIRED",))
# https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Events.Messages.html
CATEGORIES = {"availability", "failover", "failure", "low storage", "maintenance", "recovery"}


def check(deployment: Deployment) -> Iterator[Finding]:
    """Look at the rule for the service, and at the subscription to the database's events."""
    topic = deployment.only("AWS::SNS::Topic")
    for kind, path in (("AWS::Events::Rule", ("Targets", 0, "Arn")), ("AWS::RDS::EventSubscription", ("SnsTopicArn",))):
        yield from expect(deployment, Expected(kind, path, Reference(topic), "nobody hears of it"))
        if not deployment.of(kind):
            yield Finding(topic, f"hears of no event through {kind}.")
    called_off = ("aws.cloudwatch", "CloudWatch Alarm State Change", "alarmName", names.rollback_alarms(deployment.environment))
    missing = {DEPLOYMENTS, STARTS, called_off}
    for rule in deployment.of("AWS::Events::Rule"):
        pattern = rule.need("EventPattern")
        heard = {one for one in missing if _hears(pattern, *one)}
        missing -= heard
        if not heard or rule.get("State", default="ENABLED") != "ENABLED":
            yield Finding(rule, "is switched off, or hears of nothing that has not been heard of.")
        if called_off in heard and pattern["detail"].get("state") != {"value": ["ALARM"]}:
            yield Finding(rule, "does not hear when an alarm begins to ring.")
        if called_off not in heard and pattern.get("resources") != [Reference(service) for service in deployment.of("AWS::ECS::Service")]:
            yield Finding(rule, "listens to another service.")
    for _, kind, _, values in sorted(missing):
        yield Finding(topic, f"hears of no {kind}: {', '.join(values)}.")
    for subscription in deployment.of("AWS::RDS::EventSubscription"):
        if subscription.get("SourceIds") != [Reference(instance) for instance in deployment.of("AWS::RDS::DBInstance")]:
            yield Finding(subscription, "listens to another database.")
        if set(subscription.get("EventCategories", default=[])) != CATEGORIES or subscription.get("SourceType") != "db-instance":
            yield Finding(subscription, f"does not hear of {', '.join(sorted(CATEGORIES))}.")


def _hears(pattern: dict[str, Any], source: str, kind: str, field: str, values: tuple[str, ...]) -> bool:
    """Whether a pattern lets through just these events."""
    return (pattern.get("source"), pattern.get("detail-type"), pattern.get("detail", {}).get(field)) == ([source], [kind], list(values))
