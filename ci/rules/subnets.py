"""The subnets are the architecture's table: three private tiers over the named zones, each with routes of its own and room for its tasks.

Changing the table later replaces subnets, and with them all that stands in them.
"""

from collections.abc import Iterator

from ci.model import Deployment, Resource
from ci.rules import Finding
from templates import addresses
from templates.settings_checks import OTHER_ADDRESSES, VERSIONS_AT_ONCE

SEVERITY = "breaks"
SOURCE = "https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html"
REMEDY = "Leave subnets to templates/addresses.py; a larger network is a larger network.cidr."


def check(deployment: Deployment) -> Iterator[Finding]:
    """Compare blocks, zones and routes with those that the settings give."""
    network = deployment.environment.network
    blocks = addresses.subnets(network.cidr, network.zones)
    wanted = {(str(block), zone) for tier in blocks.values() for block, zone in zip(tier, network.zones, strict=True)}
    subnets = deployment.of("AWS::EC2::Subnet")
    if {(subnet.get("CidrBlock"), subnet.get("AvailabilityZone")) for subnet in subnets} != wanted or len(subnets) != len(wanted):
        yield Finding(
            subnets[0] if subnets else None, f"belongs to subnets that are not the {len(wanted)} of {network.cidr} and the zones."
        )
    vpc = deployment.only("AWS::EC2::VPC")
    if vpc.get("CidrBlock") != network.cidr:
        yield Finding(vpc, f"is {vpc.get('CidrBlock')}, not {network.cidr}.")
    tables: dict[Resource, set[str]] = {}
    for subnet in subnets:
        routes = [
            association.target("RouteTableId")
            for association in deployment.of("AWS::EC2::SubnetRouteTableAssociation")
            if association.target("SubnetId") is subnet
        ]
        if len(routes) != 1:
            yield Finding(subnet, f"has {len(routes)} route tables; without its own it follows the VPC's main one.")
        tier = next((tier for tier, of_tier in blocks.items() if subnet.get("CidrBlock") in map(str, of_tier)), "no tier")
        for table in routes:
            tables.setdefault(table, set()).add(tier)
    for table, tiers in tables.items():
        if len(tiers) > 1:
            yield Finding(table, f"is shared by the tiers {', '.join(sorted(tiers))}.")
    for resource in (*subnets, *deployment.of("AWS::EC2::RouteTable")):
        if resource.target("VpcId") is not vpc:
            yield Finding(resource, "is not in the VPC.")
    needed = -(-deployment.environment.service.max_tasks * VERSIONS_AT_ONCE // len(network.zones)) + OTHER_ADDRESSES
    if (room := addresses.usable(blocks["service"][0])) < needed:
        yield Finding(vpc, f"has {room} addresses in a service subnet; the most tasks of a deployment need {needed}.")
