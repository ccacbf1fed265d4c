"""Deployments that finish or fail, and what the database goes through, reach the topic.

A rule that listens to another service, for a name that nobody sends, or under one more condition, never fires.
"""

from collections.abc import Iterator
from typing import Any

from ci.model import Deployment, Reference
from ci.rules import Finding
from templates import names

SEVERITY = "weakens"
SOURCE = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_service_deployment_events.html"
REMEDY = "Correct templates/layers/monitoring/events.py."


def check(deployment: Deployment) -> Iterator[Finding]:
    """Compare the rules' patterns with what must be heard of; each goes to the topic, and nowhere else."""
    topic = deployment.only("AWS::SNS::Topic")
    missing = _wanted(deployment)
    for rule in deployment.of("AWS::Events::Rule"):
        pattern = rule.need("EventPattern")
        if pattern not in missing:
            yield Finding(rule, "hears of nothing that should be heard of, or of what is heard of already.")
        else:
            missing.remove(pattern)
        if rule.get("State", default="ENABLED") != "ENABLED":
            yield Finding(rule, "is switched off.")
        if [target.get("Arn") for target in rule.get("Targets", default=[])] != [Reference(topic)]:
            yield Finding(rule, "does not tell the topic, and it alone.")
    for pattern in missing:
        yield Finding(topic, f"hears of no {', '.join(pattern['detail-type'])}.")


def _wanted(deployment: Deployment) -> list[dict[str, Any]]:
    """The patterns, whole: what is added to one takes away from what it hears."""
    services = [Reference(service) for service in deployment.of("AWS::ECS::Service")]
    return [
        {
            "source": ["aws.ecs"],
            "detail-type": ["ECS Deployment State Change"],
            "resources": services,
            "detail": {"eventName": ["SERVICE_DEPLOYMENT_COMPLETED", "SERVICE_DEPLOYMENT_FAILED"]},
        },
        {
            "source": ["aws.ecs"],
            "detail-type": ["ECS Service Action"],
            "resources": services,
            "detail": {"eventName": ["SERVICE_TASK_START_IMPAIRED"]},
        },
        {
            "source": ["aws.cloudwatch"],
            "detail-type": ["CloudWatch Alarm State Change"],
            "detail": {"alarmName": list(names.rollback_alarms(deployment.environment)), "state": {"value": ["ALARM"]}},
        },
        # https://docs.aws.amazon.com/eventbridge/latest/ref/events-ref-rds.html
        {
            "source": ["aws.rds"],
            "detail-type": ["RDS DB Instance Event"],
            "detail": {
                "SourceIdentifier": [Reference(instance) for instance in deployment.of("AWS::RDS::DBInstance")],
                # https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Events.Messages.html
                "EventCategories": ["availability", "failover", "failure", "low storage", "maintenance", "recovery"],
            },
        },
    ]
