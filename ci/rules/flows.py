"""Who can reach whom is the table of flows, exactly: every flow is open at both ends, and nothing else is.

What is open is derived from the security groups and from what is in them. A group lets out nothing but its flows: without an egress rule of
its own it would get AWS's, which lets everything out; and what is in no group would get the VPC's default one.
"""

from collections.abc import Iterator

from ci.model import Deployment, Resource
from ci.model.reach import CLOSED, Flow, flows, group_name, groups_of, is_prefix_list, openings, standing
from ci.rules import Finding, shown
from templates import flows as table
from templates.regions import S3_PREFIX_LIST

SEVERITY = "exposes"
SOURCE = "https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html"
REMEDY = "Next: declare the flow in templates/flows.py, from which groups and both ends are rendered, or remove what opens it."


def declared(deployment: Deployment) -> set[Flow]:
    """The flows of the table for these settings."""
    return {Flow(flow.source, flow.target, (flow.port, flow.port)) for flow in table.flows(deployment.environment)}


def check(deployment: Deployment) -> Iterator[Finding]:
    """Compare what is open with what is declared, and look at each opening, group and member."""
    for resource in standing(deployment):
        if not groups_of(resource):
            yield Finding(resource, "is in no security group of its own, and would get the VPC's default.")
    found, wanted = flows(deployment), declared(deployment)
    groups = {group_name(group): group for group in deployment.of("AWS::EC2::SecurityGroup")}
    for flow in sorted(wanted - found):
        yield Finding(
            groups.get(flow.source), f"is closed: {flow.source} cannot reach {flow.target} on port {flow.ports[0]}, which is declared."
        )
    for flow in sorted(found - wanted):
        first, last = flow.ports
        ports = f"port {first}" if first == last else f"the ports {first} to {last}"
        yield Finding(groups.get(flow.source), f"is open: {flow.source} can reach {flow.target} on {ports}, which is not declared.")
    yield from _openings(deployment)
    for group in deployment.of("AWS::EC2::SecurityGroup"):
        if not group.get("SecurityGroupEgress"):
            yield Finding(group, "has no egress rule of its own, so that AWS lets everything out.")
        if group.target("VpcId").type != "AWS::EC2::VPC":
            yield Finding(group, "is in no VPC of these templates.")


def _openings(deployment: Deployment) -> Iterator[Finding]:
    rules = list(openings(deployment))
    for rule in rules:
        if rule.peer != CLOSED and rule.protocol != "tcp":
            yield Finding(rule.source, f"opens the protocol {rule.protocol}; every flow is TCP.")
        if isinstance(rule.peer, Resource):
            sides = [other for other in rules if other.inward is not rule.inward and other.group is rule.peer and other.peer is rule.group]
            if not any((other.protocol, other.first, other.last) == (rule.protocol, rule.first, rule.last) for other in sides):
                ends = [group_name(end) for end in ((rule.peer, rule.group) if rule.inward else (rule.group, rule.peer))]
                yield Finding(rule.source, f"opens one end of a flow from {' to '.join(ends)}, whose other end is closed.")
        elif is_prefix_list(rule.peer) and not rule.inward:
            if rule.peer in S3_PREFIX_LIST.values() and rule.peer != S3_PREFIX_LIST.get(deployment.environment.region):
                yield Finding(rule.source, f"leads to {rule.peer}, a prefix list of another region.")
        elif rule.peer != CLOSED or rule.inward:
            yield Finding(rule.source, f"opens to {shown(rule.peer)}; groups name groups, never addresses.")
