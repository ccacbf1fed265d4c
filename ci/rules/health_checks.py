"""Every balancer asks the service's own health path, and takes 200 alone for healthy.

A health check on another path is answered 404, and no task ever becomes healthy; the NLB's passes through the ALB's rule.
"""

from collections.abc import Iterator

from ci.model import Deployment
from ci.rules import Finding

SEVERITY = "breaks"
SOURCE = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html"
REMEDY = "Use service.health_path of the settings, and leave port and protocol to follow the traffic."


def check(deployment: Deployment) -> Iterator[Finding]:
    """Look at path, port, matcher and times of each target group."""
    path = deployment.environment.service.health_path
    for group in deployment.of("AWS::ElasticLoadBalancingV2::TargetGroup"):
        if group.get("HealthCheckPath") != path:
            yield Finding(group, f"asks {group.get('HealthCheckPath')}, not {path}.")
        if group.get("HealthCheckPort", default="traffic-port") != "traffic-port" or group.get("HealthCheckEnabled") is False:
            yield Finding(group, "does not ask the port that the traffic goes to.")
        if any(not 2 <= group.get(f"{kind}ThresholdCount", default=2) <= 10 for kind in ("Healthy", "Unhealthy")):
            yield Finding(group, "asks for less than 2 or more than 10 answers, which no balancer does.")
        # https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html
        if not 2 <= group.get("HealthCheckTimeoutSeconds", default=5) < group.get("HealthCheckIntervalSeconds", default=30) <= 300:
            yield Finding(group, "waits for an answer less than 2 s, or longer than the interval between two questions.")
        if group.get("TargetType") == "alb" and group.get("Matcher", "HttpCode") != "200-599":
            yield Finding(group, "finds the ALB unhealthy while no task runs, as at night.")
        if group.get("TargetType") == "ip":
            if group.get("Matcher", "HttpCode") != "200":
                yield Finding(group, f"takes {group.get('Matcher', 'HttpCode')} for healthy.")
            # Left out it would be HTTP, whatever the group's own.
            if group.get("HealthCheckProtocol") != group.get("Protocol"):
                yield Finding(group, "asks over another protocol than the traffic's.")
    for service in deployment.of("AWS::ECS::Service"):
        if not 60 <= service.get("HealthCheckGracePeriodSeconds", default=0) <= 600:
            yield Finding(service, "does not give a task one to ten minutes to migrate and start before health checks count.")
