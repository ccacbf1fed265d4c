"""Who can reach whom: derived from the security groups, and from what stands in each."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from ci.model.deployment import Deployment, Resource
from ci.model.values import Parameter, Reference

BALANCER = "AWS::ElasticLoadBalancingV2::LoadBalancer"
# Where each type of resource names its security groups and its subnets.
MEMBERS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    BALANCER: (("SecurityGroups",), ("Subnets",)),
    "AWS::ECS::Service": (
        ("NetworkConfiguration", "AwsvpcConfiguration", "SecurityGroups"),
        ("NetworkConfiguration", "AwsvpcConfiguration", "Subnets"),
    ),
    "AWS::RDS::DBInstance": (("VPCSecurityGroups",), ()),
    "AWS::EC2::VPCEndpoint": (("SecurityGroupIds",), ("SubnetIds",)),
    "AWS::EC2::Instance": (("SecurityGroupIds",), ("SubnetId",)),
    "AWS::ApiGatewayV2::VpcLink": (("SecurityGroupIds",), ("SubnetIds",)),
}
CLOSED = "127.0.0.1/32"


class Opening(NamedTuple):
    """One rule of a security group."""

    source: Resource
    group: Resource
    inward: bool
    peer: Any
    protocol: str
    first: int
    last: int


class Flow(NamedTuple):
    """Traffic that the groups let through, from one kind of member to another, on these ports."""

    source: str
    target: str
    ports: tuple[int, int]


def kind(resource: Resource) -> str:
    """What stands in a group, as the architecture calls it."""
    if resource.type == BALANCER:
        return "nlb" if resource.get("Type") == "network" else "alb"
    return {
        "AWS::ECS::Service": "service",
        "AWS::RDS::DBInstance": "database",
        "AWS::EC2::VPCEndpoint": "endpoints",
        "AWS::EC2::Instance": "bastion",
        "AWS::ApiGatewayV2::VpcLink": "vpc_link",
    }[resource.type]


def members(deployment: Deployment) -> dict[Resource, set[str]]:
    """For each security group, the kinds of what stands in it."""
    found: dict[Resource, set[str]] = {group: set() for group in deployment.of("AWS::EC2::SecurityGroup")}
    for resource in standing(deployment):
        for group in resource.targets(*MEMBERS[resource.type][0]):
            found.setdefault(group, set()).add(kind(resource))
    return found


def standing(deployment: Deployment) -> list[Resource]:
    """Everything with an address in the network."""
    gateways = ("Gateway", None)
    return [
        resource
        for resource in deployment.of(*MEMBERS)
        if resource.type != "AWS::EC2::VPCEndpoint" or resource.get("VpcEndpointType") not in gateways
    ]


def openings(deployment: Deployment) -> Iterator[Opening]:
    """Every rule of every group, inside the group or on its own."""
    for group in deployment.of("AWS::EC2::SecurityGroup"):
        for name in ("SecurityGroupIngress", "SecurityGroupEgress"):
            for rule in group.get(name, default=[]):
                yield _opening(group, group, name == "SecurityGroupIngress", rule)
    for name in ("SecurityGroupIngress", "SecurityGroupEgress"):
        for resource in deployment.of(f"AWS::EC2::{name}"):
            yield _opening(resource, resource.target("GroupId"), name == "SecurityGroupIngress", resource.properties)


def _opening(source: Resource, group: Resource, inward: bool, rule: dict[str, Any]) -> Opening:
    keys = ("SourceSecurityGroupId", "DestinationSecurityGroupId", "DestinationPrefixListId", "SourcePrefixListId", "CidrIp", "CidrIpv6")
    peer = next((rule[key] for key in keys if key in rule), None)
    protocol = str(rule.get("IpProtocol"))
    everything = protocol == "-1"
    first, last = (0, 65535) if everything else (rule.get("FromPort", 0), rule.get("ToPort", 65535))
    return Opening(source, group, inward, peer.resource if isinstance(peer, Reference) else peer, protocol, int(first), int(last))


def is_prefix_list(peer: Any) -> bool:
    """Whether an opening leads to a prefix list: by id, or by a parameter that takes nothing else."""
    pattern = peer.pattern if isinstance(peer, Parameter) else peer
    return isinstance(pattern, str) and pattern.startswith("pl-")


def flows(deployment: Deployment) -> set[Flow]:
    """The traffic that gets through: let out at the source and in at the target."""
    stands = members(deployment)
    found = set()
    rules = list(openings(deployment))
    inward = [rule for rule in rules if rule.inward and isinstance(rule.peer, Resource)]
    for out in rules:
        if out.inward:
            continue
        for source in stands.get(out.group, ()):
            if is_prefix_list(out.peer):
                found.add(Flow(source, "s3", (out.first, out.last)))
            for into in inward:
                ports = max(out.first, into.first), min(out.last, into.last)
                protocols = {out.protocol, into.protocol} - {"-1"}
                if into.group is out.peer and into.peer is out.group and ports[0] <= ports[1] and len(protocols) < 2:
                    found |= {Flow(source, target, ports) for target in stands.get(into.group, ())}
    return found
