"""The alarms that call a deployment off watch each of the target groups, ring within minutes, and have names of their own.

A preflight finds them by name before a deployment begins, since ECS does not watch an alarm that rings already. Blue and green change
places, so that either can be the one that fails. An alarm that refers to the service would be a circle (copilot 4294).
"""

from collections.abc import Iterator

from ci.model import Deployment, Reference, Resource
from ci.model.metrics import Unknown, asked, rings
from ci.rules import Finding
from ci.rules.alarms import highest
from templates import names

SEVERITY = "breaks"
SOURCE = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-alarm-failure.html"
REMEDY = "Take the names from templates/names.py, and add up a metric of each target group, with missing data as no alarm."

MINUTES = 5
GROUPS = ("LoadBalancers.TargetGroupArn", "LoadBalancers.AdvancedConfiguration.AlternateTargetGroupArn")


def check(deployment: Deployment) -> Iterator[Finding]:
    """Look at each alarm that a service names."""
    known = names.rollback_alarms(deployment.environment)
    for service in deployment.of("AWS::ECS::Service"):
        named = service.get("DeploymentConfiguration", "Alarms", "AlarmNames", default=[])
        if service.get("LoadBalancers"):
            wanted = [each for each in deployment.of("AWS::CloudWatch::Alarm") if each.get("AlarmName") in known]
            missing = [each for each in wanted if not {Reference(each), each.get("AlarmName")} & set(named)]
            yield from (Finding(service, f"does not name {each.label}, which would call its deployment off.") for each in missing)
            if not named:
                yield Finding(service, "names no alarms that would call its deployment off.")
        for value in named:
            alarm = value.resource if isinstance(value, Reference) else _by_name(deployment, value)
            if alarm is None:
                yield Finding(service, f"names the alarm {value}, which is not in these templates.")
            elif alarm.get("AlarmName") not in known:
                yield Finding(alarm, "has no name by which the preflight would find it.")
            else:
                yield from _calls_off(deployment, service, alarm)


def _by_name(deployment: Deployment, name: str) -> Resource | None:
    return next((alarm for alarm in deployment.of("AWS::CloudWatch::Alarm") if alarm.get("AlarmName") == name), None)


def _calls_off(deployment: Deployment, service: Resource, alarm: Resource) -> Iterator[Finding]:
    metrics = asked(alarm)
    seconds = max((metric.period for metric in metrics), default=60) * int(alarm.get("DatapointsToAlarm", default=1))
    if seconds > MINUTES * 60:
        yield Finding(alarm, f"takes {seconds} s to ring: by then the deployment may be over.")
    if alarm.get("TreatMissingData") == "breaching":
        yield Finding(alarm, "takes missing data for bad, and calls a deployment off while there is no traffic.")
    watched = {value.resource for metric in metrics for value in metric.dimensions.values() if isinstance(value, Reference)}
    if missing := {value.resource for path in GROUPS for value in service.values(path) if isinstance(value, Reference)} - watched:
        yield Finding(alarm, f"does not watch {', '.join(sorted(group.label for group in missing))}, which may be the one that fails.")
    silent = dict.fromkeys((metric.id for metric in metrics), 0.0)
    try:
        if rings(alarm, silent):
            yield Finding(alarm, "rings while nothing is wrong, and calls each deployment off.")
        for metric in metrics:
            if not rings(alarm, {**silent, metric.id: highest(deployment, metric)}):
                yield Finding(alarm, f"does not ring by {metric.id} alone, which may be the one that fails.")
    except Unknown:
        yield Finding(alarm, "has an expression that cannot be followed here; add up the metrics with SUM and FILL.")
