"""Subnets fit into their network, each with one route table, and the loss of a zone takes nothing away from production.

Subnets that overlap are refused; without a table of its own a subnet follows the VPC's main one; tasks in a zone in which their load
balancer is not are never sent a request.
"""

from collections.abc import Iterator
from ipaddress import IPv4Network
from itertools import combinations

from ci.model import Deployment, Resource
from ci.model.reach import groups_of, standing, subnets_of
from ci.model.tasks import registrations
from ci.rules import Finding

SEVERITY = "breaks"
SOURCE = "https://docs.aws.amazon.com/vpc/latest/userguide/configure-subnets.html"
REMEDY = "Next: give a layer its tier's subnets (Layer.subnets), and leave blocks to templates/addresses.py."

ENDPOINT = "AWS::EC2::VPCEndpoint"
BALANCER = "AWS::ElasticLoadBalancingV2::LoadBalancer"
# AWS refuses a second subnet in a zone, for these.
ONE_A_ZONE = (BALANCER, ENDPOINT)


def check(deployment: Deployment) -> Iterator[Finding]:
    """Look at blocks and routes, and then at the zones of everything with an address."""
    subnets = deployment.of("AWS::EC2::Subnet")
    blocks = {subnet: IPv4Network(subnet.need("CidrBlock")) for subnet in subnets}
    associations = deployment.of("AWS::EC2::SubnetRouteTableAssociation")
    for vpc in deployment.of("AWS::EC2::VPC"):
        # https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html
        if not 16 <= IPv4Network(vpc.need("CidrBlock")).prefixlen <= 28:
            yield Finding(vpc, f"is {vpc.get('CidrBlock')}; a VPC is a /16 to a /28.")
    for subnet in subnets:
        if subnet.need("AvailabilityZone") not in deployment.environment.network.zones:
            yield Finding(subnet, f"is in {subnet.get('AvailabilityZone')}, which is not a zone of network.zones.")
        if not blocks[subnet].subnet_of(IPv4Network(subnet.target("VpcId").need("CidrBlock"))):
            yield Finding(subnet, f"is {blocks[subnet]}, outside {subnet.target('VpcId').label}.")
        count = sum(association.target("SubnetId") is subnet for association in associations)
        if count != 1:
            yield Finding(subnet, f"has {count} route tables of its own, not one: without it, it follows the VPC's main one.")
    for one, other in combinations(subnets, 2):
        if one.target("VpcId") is other.target("VpcId") and blocks[one].overlaps(blocks[other]):
            yield Finding(other, f"is {blocks[other]}, which overlaps with {one.label}.")
    for member in standing(deployment):
        yield from _zones(deployment, member)
    for registration in registrations(deployment):
        for balancer in _balancers(deployment, registration.groups):
            if unreached := sorted(set(zones(registration.service)) - set(zones(balancer))):
                yield Finding(registration.service, f"runs tasks in {', '.join(unreached)}, where {balancer.label} sends no requests.")


def zones(member: Resource) -> list[str]:
    """The zone of each of its subnets; raises Missing."""
    return [str(subnet.need("AvailabilityZone")) for subnet in subnets_of(member)]


def _zones(deployment: Deployment, member: Resource) -> Iterator[Finding]:
    found, network = zones(member), deployment.environment.network
    if not found:
        yield Finding(member, "is in no subnet of these templates.")
    if member.type in ONE_A_ZONE and len(set(found)) < len(found):
        yield Finding(member, "has two subnets in one zone, which AWS refuses.")
    if member.type == ENDPOINT:
        if network.endpoint_zones == "all" and set(found) != set(network.zones):
            yield Finding(member, f"is not in every zone, as network.endpoint_zones has it, but in {', '.join(found)}.")
        return
    facts = member.facts.member
    in_one = facts is not None and not isinstance(member.get(*facts.subnets.split(".")), list) and not facts.subnets_through
    needed = member.type == BALANCER or (facts is not None and facts.subnets_through) or (deployment.environment.production and not in_one)
    if needed and groups_of(member) and len(set(found)) < 2:
        yield Finding(member, "is in one zone, and goes with it; AWS takes a load balancer or a subnet group in two at least.")


def _balancers(deployment: Deployment, groups: tuple[Resource, ...]) -> set[Resource]:
    """The load balancers whose listeners and rules forward to these groups."""
    users = {user for group in groups for user in deployment.users(group)}
    listeners = {user if user.type.endswith("::Listener") else user.target("ListenerArn") for user in users if "::Listener" in user.type}
    return {listener.target("LoadBalancerArn") for listener in listeners}
