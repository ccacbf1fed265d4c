"""What happened: deployments that finished or failed, and what the database went through."""

from troposphere import Ref
from troposphere.events import Rule, Target
from troposphere.rds import EventSubscription
from troposphere.sns import Topic

from templates.layer import Layer


def events(layer: Layer, topic: Topic) -> None:
    """Send the service's deployment events and the database's events to the topic."""
    layer.add(
        Rule(
            "DeploymentEvents",
            Description="Deployments of the service that finished or failed, and tasks that do not start",
            EventPattern={
                "source": ["aws.ecs"],
                # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_service_deployment_events.html
                "detail-type": ["ECS Deployment State Change", "ECS Service Action"],
                "resources": [layer.needs("ServiceArn")],
                "detail": {"eventName": ["SERVICE_DEPLOYMENT_COMPLETED", "SERVICE_DEPLOYMENT_FAILED", "SERVICE_TASK_START_IMPAIRED"]},
            },
            Targets=[Target(Id="topic", Arn=Ref(topic))],
            DependsOn=["TopicPolicy"],
        ),
        "Tells of deployments",
    )
    layer.add(
        EventSubscription(
            "DatabaseEvents",
            SnsTopicArn=Ref(topic),
            SourceType="db-instance",
            SourceIds=[layer.needs("DatabaseInstanceId")],
            # https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Events.Messages.html
            EventCategories=["availability", "failover", "failure", "low storage", "maintenance", "recovery"],
            DependsOn=["TopicPolicy"],
        ),
        "Tells of failovers and maintenance",
    )
