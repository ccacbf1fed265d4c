"""Everything stands in its tier, in every zone: balancers and VPC link in ingress, tasks, endpoints and bastion in service, data in data.

What stands in the wrong tier has the wrong routes; what stands in one zone falls with it.
"""

from collections.abc import Iterator

from ci.model import Deployment
from ci.model.reach import kind, standing, subnets_of
from ci.rules import Finding
from templates import addresses

SEVERITY = "breaks"
SOURCE = "https://docs.aws.amazon.com/vpc/latest/userguide/configure-subnets.html"
REMEDY = "Give it its tier's subnets by the name that the network layer provides."

TIERS = {
    "alb": "ingress",
    "nlb": "ingress",
    "vpc_link": "ingress",
    "service": "service",
    "endpoints": "service",
    "bastion": "service",
}
IN_ALL_ZONES = {"alb", "nlb", "vpc_link", "service", "database"}


def check(deployment: Deployment) -> Iterator[Finding]:
    """Compare each resource's subnets with its tier's."""
    network = deployment.environment.network
    blocks = addresses.subnets(network.cidr, network.zones)
    places = {resource: (TIERS.get(kind(resource), "data"), kind(resource) in IN_ALL_ZONES) for resource in standing(deployment)}
    for resource, (tier, in_all) in places.items():
        found = [subnet.get("CidrBlock") for subnet in subnets_of(resource)]
        wanted = [str(block) for block in blocks[tier]]
        if not found or set(found) - set(wanted) or (in_all and sorted(found) != sorted(wanted)):
            yield Finding(resource, f"does not stand in {'all' if in_all else 'some'} subnets of the {tier} tier.")
