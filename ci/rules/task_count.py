"""Auto scaling alone decides how many tasks run: no task count stands in the template.

A DesiredCount would be set again by each deployment, whatever the load (containers-roadmap 187). Without one a new service starts with
one task, which a scheduled action brings to the minimum.
"""

from collections.abc import Iterator
from typing import Any

from ci.model import Deployment, Reference
from ci.model.arns import written
from ci.rules import Finding, compare
from templates.settings import Service

SEVERITY = "breaks"
SOURCE = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-auto-scaling.html"
REMEDY = "Leave DesiredCount out, and let the scalable target and its scheduled action name the minimum and maximum of the settings."


def check(deployment: Deployment) -> Iterator[Finding]:
    """Each service has no count but a scalable target with the settings' bounds, a schedule and policies."""
    settings = deployment.environment.service
    for service in deployment.of("AWS::ECS::Service"):
        if service.get("DesiredCount") is not None:
            yield Finding(service, "has a DesiredCount, to which each deployment sets the service back.")
        if service.get("SchedulingStrategy") not in (None, "REPLICA"):
            yield Finding(service, "is not scheduled as replicas, which alone can be scaled.")
        target = deployment.only("AWS::ApplicationAutoScaling::ScalableTarget")
        wanted = f"service/{written(deployment, service.need('Cluster'))}/{written(deployment, Reference(service, 'Name'))}"
        if written(deployment, target.need("ResourceId")) != wanted:
            yield Finding(target, "does not scale the service.")
        if (target.get("ServiceNamespace"), target.get("ScalableDimension")) != ("ecs", "ecs:service:DesiredCount"):
            yield Finding(target, "does not scale the number of an ECS service's tasks.")
        bounds = {"MinCapacity": settings.min_tasks, "MaxCapacity": settings.max_tasks}
        if any(target.get(name) != value for name, value in bounds.items()):
            yield Finding(target, f"does not scale from {settings.min_tasks} to {settings.max_tasks} tasks, as the settings say.")
        actions = target.get("ScheduledActions", default=[])
        what = [{name: value for name, value in action.items() if name != "ScheduledActionName"} for action in actions]
        why = "the schedule brings a new service to its minimum, and lets it sleep when the settings say so"
        yield from compare(target, "ScheduledActions", what, _schedule(settings, bounds), why)
        if len({action.get("ScheduledActionName") for action in actions} - {None}) != len(actions):
            yield Finding(target, "has a scheduled action without a name, or two of one, of which one would be left.")
    for policy in deployment.of("AWS::ApplicationAutoScaling::ScalingPolicy"):
        if policy.target("ScalingTargetId").type != "AWS::ApplicationAutoScaling::ScalableTarget":
            yield Finding(policy, "scales nothing.")


def _schedule(settings: Service, awake: dict[str, int]) -> list[dict[str, Any]]:
    """Again and again, since a schedule's time may pass before the service is there."""
    night = settings.night
    if night is None:
        return [{"Schedule": "rate(5 minutes)", "ScalableTargetAction": awake}]
    hours, zone = f"{night.wake_hour}-{night.sleep_hour - 1}", {"Timezone": night.timezone}
    return [
        {"Schedule": f"cron(0/5 {hours} ? * {night.days} *)", "ScalableTargetAction": awake, **zone},
        {"Schedule": f"cron(0 {night.sleep_hour} * * ? *)", "ScalableTargetAction": {"MinCapacity": 0, "MaxCapacity": 0}, **zone},
    ]
