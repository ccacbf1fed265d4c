"""The number of tasks follows CPU and memory to the settings' targets, within a minute; requests too where the settings say so.

Without a policy the service stays at its minimum, whatever the load.
"""

from collections.abc import Iterator
from typing import Any

from ci.model import Deployment, Reference, Text
from ci.rules import Finding, compare

SEVERITY = "breaks"
SOURCE = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-autoscaling-targettracking.html"
REMEDY = "Correct templates/layers/service/scaling.py, or the targets in environments/."

COOLDOWN = 60


def check(deployment: Deployment) -> Iterator[Finding]:
    """Compare the policies' metrics, targets and cool-downs with the settings."""
    settings = deployment.environment.service
    target = deployment.only("AWS::ApplicationAutoScaling::ScalableTarget")
    missing: dict[str, tuple[int, dict[str, Any]]] = {
        "ECSServiceAverageCPUUtilization": (settings.cpu_target, {}),
        "ECSServiceAverageMemoryUtilization": (settings.memory_target, {}),
    }
    if settings.requests_target is not None:
        missing["ALBRequestCountPerTarget"] = (settings.requests_target, {"ResourceLabel": _label(deployment)})
    policies = deployment.of("AWS::ApplicationAutoScaling::ScalingPolicy")
    if len({policy.get("PolicyName") for policy in policies}) != len(policies):
        yield Finding(target, "has two policies of one name, of which one would be left.")
    for policy in policies:
        tracking = policy.need("TargetTrackingScalingPolicyConfiguration")
        metric = tracking.get("PredefinedMetricSpecification", {}).get("PredefinedMetricType")
        if policy.get("PolicyType") != "TargetTrackingScaling" or policy.get("ScalingTargetId") != Reference(target):
            yield Finding(policy, "does not track a target of the service's.")
        if metric not in missing:
            yield Finding(policy, f"follows {metric}, against the settings, or is the second that does.")
            continue
        goal, of = missing.pop(metric)
        wanted = {
            "PredefinedMetricSpecification": {"PredefinedMetricType": metric, **of},
            "ScaleInCooldown": COOLDOWN,
            "ScaleOutCooldown": COOLDOWN,
            "TargetValue": goal,
        }
        yield from compare(policy, "TargetTrackingScalingPolicyConfiguration", tracking, wanted, "the settings say otherwise")
    for metric in missing:
        yield Finding(target, f"does not follow {metric}.")


def _label(deployment: Deployment) -> Text:
    """The ALB and the one target group that is live under rolling."""
    group = deployment.only("AWS::ECS::Service").target("LoadBalancers", 0, "TargetGroupArn")
    albs = [one for one in deployment.of("AWS::ElasticLoadBalancingV2::LoadBalancer") if one.get("Type") == "application"]
    return Text((Reference(albs[0], "LoadBalancerFullName"), "/", Reference(group, "TargetGroupFullName")))
