"""What happened: deployments that finished or failed, and what the database went through."""

from typing import Any

from troposphere import Ref
from troposphere.events import Rule, Target
from troposphere.sns import Topic

from templates import names
from templates.layer import Layer

# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_service_deployment_events.html
DEPLOYMENTS = ("ECS Deployment State Change", ["SERVICE_DEPLOYMENT_COMPLETED", "SERVICE_DEPLOYMENT_FAILED"])
STARTS = ("ECS Service Action", ["SERVICE_TASK_START_IMPAIRED"])


def events(layer: Layer, topic: Topic) -> None:
    """Send the service's deployment events, the rollback alarms and the database's events to the topic."""
    for title, (kind, happened), description in (
        ("DeploymentEvents", DEPLOYMENTS, "Deployments of the service that finished (also by going back) or failed"),
        ("StartEvents", STARTS, "Tasks that do not start"),
    ):
        pattern = {
            "source": ["aws.ecs"],
            "detail-type": [kind],
            "resources": [layer.needs("ServiceArn")],
            "detail": {"eventName": happened},
        }
        _rule(layer, topic, title, description, pattern)
    # The rollback alarms stand with the service, which is created before the topic; so their news comes this way.
    called_off = {
        "source": ["aws.cloudwatch"],
        "detail-type": ["CloudWatch Alarm State Change"],
        "detail": {"alarmName": list(names.rollback_alarms(layer.environment)), "state": {"value": ["ALARM"]}},
    }
    _rule(layer, topic, "RollbackEvents", "Alarms that roll a deployment back", called_off)
    # Not by a subscription of RDS: Slack shows no messages of its form.
    # https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Events.Messages.html
    database = {
        "source": ["aws.rds"],
        "detail-type": ["RDS DB Instance Event"],
        "detail": {
            "SourceIdentifier": [layer.needs("DatabaseInstanceId")],
            "EventCategories": ["availability", "failover", "failure", "low storage", "maintenance", "recovery"],
        },
    }
    _rule(layer, topic, "FailoverEvents", "Failovers, failures and maintenance of the database", database)


def _rule(layer: Layer, topic: Topic, title: str, description: str, pattern: dict[str, Any]) -> None:
    rule = Rule(
        title, Description=description, EventPattern=pattern, Targets=[Target(Id="topic", Arn=Ref(topic))], DependsOn=["TopicPolicy"]
    )
    layer.add(rule, f"Tells of: {description[0].lower()}{description[1:]}")
