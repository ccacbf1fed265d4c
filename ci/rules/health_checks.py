"""Load balancers and ECS ask for health as the contract says, and take nothing else for healthy.

On another path the answer is 404 and no task ever becomes healthy; a check that takes errors for an answer never sees a sick one.
"""

from collections.abc import Iterator

from ci.model import Deployment, Resource
from ci.model.tasks import GROUP, Registration, is_own, registrations
from ci.rules import Finding, shown

SEVERITY = "breaks"
SOURCE = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html"
REMEDY = "Next: take path and command from the contract (environment.health_path, contract.health), and let the port follow the traffic."

# Seconds in which a task may migrate and start before health checks count.
GRACE = range(60, 601)
PROTOCOLS = ("HTTP", "HTTPS")


def check(deployment: Deployment) -> Iterator[Finding]:
    """Look at each target group, and at each container that takes requests."""
    for group in deployment.of(GROUP):
        yield from _numbers(group)
        # Any answer shows that an ALB is there; that no task is, as in a sleeping environment, is for others to say.
        if group.get("TargetType") == "alb" and group.get("Matcher", "HttpCode") != "200-599":
            yield Finding(group, "has another Matcher than 200-599: it finds the load balancer behind it unhealthy while no task runs.")
    for registration in registrations(deployment):
        yield from _service(deployment, registration)


def _numbers(group: Resource) -> Iterator[Finding]:
    if group.get("HealthCheckPort", default="traffic-port") != "traffic-port" or group.get("HealthCheckEnabled") is False:
        yield Finding(
            group, "has a HealthCheckPort of its own, or HealthCheckEnabled = False: nobody asks the port that the traffic goes to."
        )
    if any(not 2 <= group.get(f"{kind}ThresholdCount", default=2) <= 10 for kind in ("Healthy", "Unhealthy")):
        yield Finding(group, "has a HealthyThresholdCount or UnhealthyThresholdCount below 2 or above 10, which no load balancer takes.")
    # https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html
    timeout, interval = group.get("HealthCheckTimeoutSeconds", default=5), group.get("HealthCheckIntervalSeconds", default=30)
    if not 2 <= timeout < interval <= 300:
        yield Finding(
            group,
            f"has HealthCheckTimeoutSeconds {timeout}: not from 2 to less than the interval, {interval} of at most 300.",
        )


def _service(deployment: Deployment, registration: Registration) -> Iterator[Finding]:
    service, groups, definition, container, _ = registration
    for group in groups:
        matcher = str(group.get("Matcher", "HttpCode", default="200"))
        if not all(part[:1] in "23" for codes in matcher.split(",") for part in codes.split("-")):
            yield Finding(group, f"has Matcher {matcher}, and takes errors for healthy.")
        # Left out it would be HTTP, whatever the group's own.
        if group.get("Protocol") in PROTOCOLS and group.get("HealthCheckProtocol", default="HTTP") != group.get("Protocol"):
            yield Finding(group, "has another HealthCheckProtocol than the traffic's.")
    if service.get("HealthCheckGracePeriodSeconds", default=0) not in GRACE:
        yield Finding(service, "has no HealthCheckGracePeriodSeconds of one to ten minutes, in which a task can migrate and start.")
    if container is None or not is_own(deployment, container):
        return
    environment = deployment.environment
    for group in groups:
        if group.get("HealthCheckPath", default="/") != environment.health_path:
            yield Finding(
                group,
                f"has HealthCheckPath {shown(group.get('HealthCheckPath'))}, not {environment.health_path}, where the service answers.",
            )
    command = container.get("HealthCheck", {}).get("Command")
    if command and command != ["CMD", *environment.contract.health.command]:
        yield Finding(
            definition,
            f"has HealthCheck {' '.join(map(str, command))} for {container.get('Name')}, which is not the contract's command.",
        )
