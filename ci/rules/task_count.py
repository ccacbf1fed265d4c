"""Auto scaling alone decides how many tasks run: no task count stands in the template.

A DesiredCount would be set again by each deployment, whatever the load (containers-roadmap 187). Without one a new service starts with
one task, which a scheduled action brings to the minimum.
"""

import re
from collections.abc import Iterator
from typing import Any

from ci.model import Deployment, Reference
from ci.model.arns import written
from ci.rules import Finding
from templates.settings import Night

SEVERITY = "breaks"
SOURCE = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-auto-scaling.html"
REMEDY = "Leave DesiredCount out, and let the scalable target and its scheduled action name the minimum and maximum of the settings."
SCHEDULE = re.compile(r"(rate\(\d+ (minutes|hours|days)\)|cron\(\S+( \S+){5}\))")


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
        if not any(action.get("ScalableTargetAction") == bounds and action.get("Schedule") for action in actions):
            yield Finding(target, "has no scheduled action that brings a new service to its minimum.")
        if any(not _is_schedule(action, settings.night) for action in actions):
            yield Finding(target, "has a schedule that is none, without a name, or in another time zone than the settings'.")
        asleep = [{"MinCapacity": 0, "MaxCapacity": 0}] if settings.night else []
        if [action.get("ScalableTargetAction") for action in actions if action.get("ScalableTargetAction") != bounds] != asleep:
            yield Finding(target, "has a scheduled action with other bounds than the settings', or none that lets the service sleep.")
    for policy in deployment.of("AWS::ApplicationAutoScaling::ScalingPolicy"):
        if policy.target("ScalingTargetId").type != "AWS::ApplicationAutoScaling::ScalableTarget":
            yield Finding(policy, "scales nothing.")


def _is_schedule(action: dict[str, Any], night: Night | None) -> bool:
    zone = action.get("Timezone") == (night.timezone if night else None)
    return bool(SCHEDULE.fullmatch(str(action.get("Schedule"))) and action.get("ScheduledActionName") and zone)
