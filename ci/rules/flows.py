"""Who can reach whom is the architecture's table, exactly: every flow is open on both sides, and nothing else is.

The list is derived from the security groups and from what stands in them, not read from the code that writes the groups.
"""

from collections.abc import Iterator

from ci.model import Deployment, Resource
from ci.model.reach import CLOSED, Flow, flows, groups_of, is_prefix_list, openings, standing
from ci.rules import Finding, shown
from ci.rules.certificates import given
from templates.regions import S3_PREFIX_LIST

SEVERITY = "exposes"
SOURCE = "https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html"
REMEDY = "Correct the table in templates/flows.py, from which both sides of each flow are rendered."


def declared(deployment: Deployment) -> set[Flow]:
    """The architecture's flows for these settings."""
    environment = deployment.environment
    listener, container = (443, 8443) if environment.end_to_end else (80, 8080)
    container = environment.service.container_port or container
    table = {
        ("nlb" if environment.ingress == "nlb" else "vpc_link", "alb", listener),
        ("alb", "service", container),
        ("service", "database", 5432),
        ("service", "endpoints", 443),
        ("service", "s3", 443),
    }
    if environment.bastion:
        table |= {("bastion", "database", 5432), ("bastion", "endpoints", 443)}
    return {Flow(source, target, (port, port)) for source, target, port in table}


def check(deployment: Deployment) -> Iterator[Finding]:
    """Compare what is open with what is declared, and look at each opening."""
    found, wanted = flows(deployment), declared(deployment)
    for flow in sorted(wanted - found):
        yield Finding(None, f"{flow.source} cannot reach {flow.target} on port {flow.ports[0]}, which it must.")
    for flow in sorted(found - wanted):
        yield Finding(
            None, f"{flow.source} can reach {flow.target} on the ports {flow.ports[0]} to {flow.ports[1]}, which nobody declared."
        )
    rules = list(openings(deployment))
    prefix_list = S3_PREFIX_LIST.get(deployment.environment.region) or given("S3PrefixListId")
    for rule in rules:
        if rule.peer != CLOSED and rule.protocol != "tcp":
            yield Finding(rule.source, f"opens the protocol {rule.protocol}; every flow is TCP.")
        if isinstance(rule.peer, Resource):
            sides = [other for other in rules if other.inward is not rule.inward and other.group is rule.peer and other.peer is rule.group]
            if not any((other.protocol, other.first, other.last) == (rule.protocol, rule.first, rule.last) for other in sides):
                yield Finding(rule.source, "opens one side of a flow whose other side is closed.")
        elif is_prefix_list(rule.peer) and not rule.inward:
            if rule.peer != prefix_list:
                yield Finding(rule.source, f"leads to {shown(rule.peer)}, which is not S3's prefix list {prefix_list} in this region.")
        elif rule.peer != CLOSED or rule.inward:
            yield Finding(rule.source, f"opens to {shown(rule.peer)}; groups name groups, never addresses.")
    for resource in standing(deployment):
        if not groups_of(resource):
            yield Finding(resource, "is in no security group of its own, and would get the VPC's default.")
