"""Target groups take what their balancer sends and hand it to what listens: the ALB by TCP on its port, tasks by their address.

An ALB can be the target of TCP alone, on the port of its listener; tasks of Fargate are reached by address.
"""

from collections.abc import Iterator

from ci.model import Deployment, Resource
from ci.rules import Finding

SEVERITY = "breaks"
SOURCE = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-target-groups.html"
REMEDY = "Take ports and protocols from the settings (listener_port, container_port)."

GROUP = "AWS::ElasticLoadBalancingV2::TargetGroup"


def check(deployment: Deployment) -> Iterator[Finding]:
    """Look at each group's VPC, and then at its kind of target."""
    albs = [one for one in deployment.of("AWS::ElasticLoadBalancingV2::LoadBalancer") if one.get("Type") == "application"]
    kinds = sorted(str(group.get("TargetType")) for group in deployment.of(GROUP))
    if kinds != (["alb", "ip", "ip"] if deployment.environment.ingress == "nlb" else ["ip", "ip"]):
        yield Finding(None, f"The target groups are of the kinds {', '.join(kinds)}: not blue and green, and the ALB behind an NLB.")
    vpc = deployment.only("AWS::EC2::VPC")
    for group in deployment.of(GROUP):
        if group.target("VpcId") is not vpc:
            yield Finding(group, "is not in the VPC.")
        yield from (_alb_as_target(deployment, group, albs[0]) if group.get("TargetType") == "alb" else _tasks(deployment, group))


def _alb_as_target(deployment: Deployment, group: Resource, alb: Resource) -> Iterator[Finding]:
    port, health = deployment.environment.listener_port, "HTTPS" if deployment.environment.end_to_end else "HTTP"
    if (group.get("Protocol"), group.get("Port")) != ("TCP", port):
        yield Finding(group, f"is not TCP on {port}: an ALB as a target takes TCP alone, on its listener's port.")
    if len(group.need("Targets")) != 1 or (group.target("Targets", 0, "Id"), group.get("Targets", 0, "Port")) != (alb, port):
        yield Finding(group, f"does not have the ALB on port {port} as its one target.")
    if group.get("HealthCheckProtocol") != health:
        yield Finding(group, f"checks the ALB's health over {group.get('HealthCheckProtocol')}, not over {health}.")


def _tasks(deployment: Deployment, group: Resource) -> Iterator[Finding]:
    environment = deployment.environment
    wanted = ("ip", "HTTPS" if environment.end_to_end else "HTTP", environment.container_port)
    found = tuple(group.get(name) for name in ("TargetType", "Protocol", "Port"))
    if found != wanted:
        yield Finding(group, f"is {' '.join(map(str, found))}, not {' '.join(map(str, wanted))}: tasks of awsvpc are reached by address.")
