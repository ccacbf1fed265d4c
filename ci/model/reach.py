"""Who can reach whom: derived from the security groups, and from what stands in each."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from ci.model.deployment import Deployment
from ci.model.resource import Missing, Reference, Resource
from ci.model.values import Parameter
from facts.kinds import Member
from templates.regions import S3_PREFIX_LIST

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


def group_name(group: Resource) -> str:
    """What a security group is called in the table of flows: alb, for AlbSecurityGroup."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", group.logical_id.removesuffix("SecurityGroup")).lower()


def standing(deployment: Deployment) -> list[Resource]:
    """Everything with an address in the network; raises Missing."""
    return [resource for resource, member in deployment.with_facts("member") if member.when is None or member.when.holds(resource)]


def groups_of(resource: Resource) -> list[Resource]:
    """The security groups of something with an address in the network; raises Missing."""
    return _led_to(resource, resource, _member(resource).groups)


def subnets_of(resource: Resource) -> list[Resource]:
    """Its subnets; raises Missing."""
    member = _member(resource)
    where = resource.target(member.subnets_through) if member.subnets_through else resource
    return _led_to(resource, where, member.subnets)


def kind(resource: Resource) -> str:
    """What something with an address in the network is called: by the name of its security group; raises Missing."""
    groups = groups_of(resource)
    if not groups:
        raise Missing(resource, "is in no security group, so that it would get the VPC's default.")
    return group_name(groups[0])


def members(deployment: Deployment) -> dict[Resource, set[str]]:
    """For each security group, the kinds of what stands in it; raises Missing."""
    found: dict[Resource, set[str]] = {group: set() for group in deployment.of("AWS::EC2::SecurityGroup")}
    for resource in standing(deployment):
        for group in groups_of(resource):
            found.setdefault(group, set()).add(kind(resource))
    return found


def _member(resource: Resource) -> Member:
    member = resource.facts.member
    if member is None:
        raise Missing(resource, "has no address in the network.")
    return member


def _led_to(resource: Resource, where: Resource, path: str) -> list[Resource]:
    found = where.values(path)
    if strange := [value for value in found if not isinstance(value, Reference)]:
        raise Missing(resource, f"names at {path} no resource of these templates, but {strange[0]}.")
    return [value.resource for value in found]


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


def prefix_list_name(peer: Any) -> str:
    """The service of a prefix list, as the table of flows calls it: s3."""
    if isinstance(peer, Parameter):
        return peer.name.removesuffix("PrefixListId").lower()
    return "s3" if peer in S3_PREFIX_LIST.values() else str(peer)


def flows(deployment: Deployment) -> set[Flow]:
    """The traffic that gets through: let out at the source and in at the target; raises Missing."""
    if "flows" not in deployment.derived:
        deployment.derived["flows"] = _flows(deployment)
    found: set[Flow] = deployment.derived["flows"]
    return found


def _flows(deployment: Deployment) -> set[Flow]:
    stands = members(deployment)
    found = set()
    rules = list(openings(deployment))
    inward = [rule for rule in rules if rule.inward and isinstance(rule.peer, Resource)]
    for out in rules:
        if out.inward:
            continue
        for source in stands.get(out.group, ()):
            if is_prefix_list(out.peer):
                found.add(Flow(source, prefix_list_name(out.peer), (out.first, out.last)))
            for into in inward:
                ports = max(out.first, into.first), min(out.last, into.last)
                protocols = {out.protocol, into.protocol} - {"-1"}
                if into.group is out.peer and into.peer is out.group and ports[0] <= ports[1] and len(protocols) < 2:
                    found |= {Flow(source, target, ports) for target in stands.get(into.group, ())}
    return found
