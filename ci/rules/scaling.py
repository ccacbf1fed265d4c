"""The number of tasks follows CPU and memory to the settings' targets, within a minute; requests too where the settings say so.

Without a policy the service stays at its minimum, whatever the load.
"""

from collections.abc import Iterator

from ci.model import Deployment, Reference, Text
from ci.rules import Finding

SEVERITY = "breaks"
SOURCE = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-autoscaling-targettracking.html"
REMEDY = "Correct templates/service/scaling.py, or the targets in environments/."

COOLDOWN = 60


def check(deployment: Deployment) -> Iterator[Finding]:
    """Compare the policies' metrics, targets and cool-downs with the settings."""
    settings = deployment.environment.service
    target = deployment.only("AWS::ApplicationAutoScaling::ScalableTarget")
    wanted = {
        "ECSServiceAverageCPUUtilization": settings.cpu_target,
        "ECSServiceAverageMemoryUtilization": settings.memory_target,
        "ALBRequestCountPerTarget": settings.requests_target,
    }
    found = {}
    for policy in deployment.of("AWS::ApplicationAutoScaling::ScalingPolicy"):
        tracking = policy.need("TargetTrackingScalingPolicyConfiguration")
        metric = tracking.get("PredefinedMetricSpecification", {})
        found[metric.get("PredefinedMetricType")] = tracking.get("TargetValue")
        if policy.get("PolicyType") != "TargetTrackingScaling" or policy.get("ScalingTargetId") != Reference(target):
            yield Finding(policy, "does not track a target of the service's.")
        if {tracking.get("ScaleInCooldown"), tracking.get("ScaleOutCooldown")} != {COOLDOWN} or tracking.get("DisableScaleIn"):
            yield Finding(policy, f"does not wait {COOLDOWN} s between two steps, or never goes back.")
        label = metric.get("ResourceLabel")
        if metric.get("PredefinedMetricType") == "ALBRequestCountPerTarget" and label != _label(deployment):
            yield Finding(policy, f"counts the requests of {label}.")
    if found != {metric: value for metric, value in wanted.items() if value is not None}:
        yield Finding(target, f"follows {found}, against the settings.")


def _label(deployment: Deployment) -> Text:
    """The ALB and the one target group that is live under rolling."""
    group = deployment.only("AWS::ECS::Service").target("LoadBalancers", 0, "TargetGroupArn")
    albs = [one for one in deployment.of("AWS::ElasticLoadBalancingV2::LoadBalancer") if one.get("Type") == "application"]
    return Text((Reference(albs[0], "LoadBalancerFullName"), "/", Reference(group, "TargetGroupFullName")))
