"""Auto scaling alone decides how many tasks of a scaled service run, between bounds that something brings it to, by what its load says.

A DesiredCount would be set again by each deployment, whatever the load (containers-roadmap 187). Without one a new service starts with one
task, and without a policy it stays at its minimum.
"""

import re
from collections import Counter
from collections.abc import Iterator

from ci.model import Deployment, Reference, Resource, Text
from ci.model.arns import written
from ci.rules import Finding

SEVERITY = "breaks"
SOURCE = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-auto-scaling.html"
REMEDY = "Leave DesiredCount out, and let the scalable target, its policies and its scheduled actions name what the settings say."

TARGET = "AWS::ApplicationAutoScaling::ScalableTarget"
# https://docs.aws.amazon.com/autoscaling/application/userguide/scheduled-scaling-using-cron-expressions.html
OFTEN = re.compile(r"rate\(([1-9]|[1-5]\d) minutes?\)|cron\(\d+/([1-9]|[1-5]\d) [\d*,-]+ \S+ \S+ \S+ \S+\)")
SCHEDULE = re.compile(r"(rate|at)\(.+\)|cron\([\d*,/-]+ (\*|\?|[01]?\d|2[0-3])([,/-](\d|1\d|2[0-3]))* \S+ \S+ \S+ \S+\)")
METRICS = {"CustomizedMetricSpecification", "PredefinedMetricSpecification"}
PER_TARGET = "ALBRequestCountPerTarget"
PERCENT = ("ECSServiceAverageCPUUtilization", "ECSServiceAverageMemoryUtilization")


def check(deployment: Deployment) -> Iterator[Finding]:
    """Look at each service, then at each target, its schedule and its policies."""
    targets = {written(deployment, target.need("ResourceId")): target for target in deployment.of(TARGET)}
    services = {}
    for service in deployment.of("AWS::ECS::Service"):
        own = f"service/{written(deployment, service.need('Cluster'))}/{written(deployment, Reference(service, 'Name'))}"
        services[own] = service
        if own in targets and service.get("DesiredCount") is not None:
            yield Finding(service, "has a DesiredCount, to which each deployment sets the service back.")
        if own not in targets and service.get("DesiredCount") is None and service.get("SchedulingStrategy") != "DAEMON":
            yield Finding(service, "has neither a DesiredCount nor auto scaling: it stays at one task.")
    for name, target in targets.items():
        if target.get("ServiceNamespace") == "ecs":
            if name not in services or target.get("ScalableDimension") != "ecs:service:DesiredCount":
                yield Finding(target, f"scales {name}, which is not the number of tasks of a service here.")
            yield from (Finding(target, end) for end in _bounds(deployment, target))
        yield from _policies(deployment, target)
    for policy in deployment.of("AWS::ApplicationAutoScaling::ScalingPolicy"):
        if policy.get("ScalingTargetId") not in [Reference(target) for target in targets.values()]:
            yield Finding(policy, "scales nothing of these templates.")


def _bounds(deployment: Deployment, target: Resource) -> Iterator[str]:
    least, most = int(target.need("MinCapacity")), int(target.need("MaxCapacity"))
    actions = target.get("ScheduledActions", default=[])
    named = Counter(action.get("ScheduledActionName") for action in actions)
    if not 0 < least <= most:
        yield f"scales from {least} to {most} tasks."
    if any(count > 1 or name is None for name, count in named.items()):
        yield "has a scheduled action without a name, or two of one, of which one would be left."
    awake = {"MinCapacity": least, "MaxCapacity": most}
    often = [action for action in actions if OFTEN.fullmatch(str(action.get("Schedule")))]
    if least > 1 and not any(action.get("ScalableTargetAction") == awake for action in often):
        yield f"has {least} tasks as its minimum, to which no schedule brings a new service, which starts with one."
    for action in actions:
        if SCHEDULE.fullmatch(str(action.get("Schedule"))) is None:
            yield f"has the schedule {action.get('Schedule')}, which never comes."
    if any(not {"MinCapacity", "MaxCapacity"} & (action.get("ScalableTargetAction") or {}).keys() for action in actions):
        yield "has a scheduled action that sets nothing."
    asleep = [action for action in actions if action.get("ScalableTargetAction", {}).get("MaxCapacity") == 0]
    if any(action in often for action in asleep):
        yield "is put to sleep again and again, and not at one hour."
    if asleep and deployment.environment.service.night is None:
        yield "sleeps, and the settings name no night."


def _policies(deployment: Deployment, target: Resource) -> Iterator[Finding]:
    own = [each for each in deployment.of("AWS::ApplicationAutoScaling::ScalingPolicy") if each.get("ScalingTargetId") == Reference(target)]
    if int(target.need("MaxCapacity")) > int(target.need("MinCapacity")) and not own:
        yield Finding(target, "follows no load: it stays at its minimum.")
    if len({policy.get("PolicyName") for policy in own}) != len(own):
        yield Finding(target, "has two policies of one name, of which one would be left.")
    for policy in own:
        tracking = policy.get("TargetTrackingScalingPolicyConfiguration", default={})
        goal, metric = tracking.get("TargetValue"), tracking.get("PredefinedMetricSpecification", {})
        if policy.get("PolicyType") == "TargetTrackingScaling" and not tracking.keys() & METRICS:
            yield Finding(policy, "follows nothing.")
        if metric.get("PredefinedMetricType") in PERCENT and not 10 <= float(goal or 0) <= 90:
            yield Finding(policy, f"keeps tasks at {goal} %: they are always too many, or always too few.")
        for name in ("ScaleInCooldown", "ScaleOutCooldown"):
            if int(tracking.get(name, 300)) > 300:
                yield Finding(policy, f"waits for {tracking.get(name)} s before it follows the load again.")
        if metric.get("PredefinedMetricType") == PER_TARGET and "ResourceLabel" not in metric:
            yield Finding(policy, "counts requests, and does not say of which target group.")
        if (label := metric.get("ResourceLabel")) is not None and not _leads(deployment, label):
            yield Finding(policy, f"counts the requests of {label}, which is no target group behind its load balancer.")


def _leads(deployment: Deployment, label: object) -> bool:
    """Whether a label is a load balancer and a target group to which one of its listeners leads."""
    match label.parts if isinstance(label, Text) else ():
        case (Reference(balancer, "LoadBalancerFullName"), "/", Reference(group, "TargetGroupFullName")):
            listeners = deployment.users(balancer)
            rules = {rule for listener in listeners for rule in deployment.users(listener)}
            return any(group in deployment.uses(each) for each in listeners | rules)
    return False
