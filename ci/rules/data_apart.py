"""What keeps data is apart in the network: in subnets, route tables and groups of its own, and reached by code of ours alone.

What passes on requests from outside, such as a load balancer, has no business with data; a route that others need leads nowhere near it.
"""

from collections.abc import Iterator

from ci.model import Deployment, Reference, Resource
from ci.model.code import callers
from ci.model.reach import flows, groups_of, kind, standing, subnets_of
from ci.rules import Finding

SEVERITY = "exposes"
SOURCE = "https://docs.aws.amazon.com/wellarchitected/latest/security-pillar/sec_network_protection_create_layers.html"
REMEDY = "Next: give the layer the tier data and a group of its own, and let a flow to it begin at what runs code (templates/flows.py)."


def is_store(member: Resource) -> bool:
    """Whether something keeps data, or answers for itself as a cache does: neither a hop of requests nor a way to AWS."""
    answers = member.facts.answers
    return member.facts.data is not None or (bool(answers) and not any(each.hop or each.always_tls for each in answers))


def check(deployment: Deployment) -> Iterator[Finding]:
    """Look at the neighbours of each store, and at who reaches it."""
    members = [member for member in standing(deployment) if groups_of(member)]
    stores = [member for member in members if is_store(member)]
    others = [member for member in members if member not in stores]
    near = {subnet: other for other in others for subnet in subnets_of(other)}
    joined = {group: other for other in others for group in groups_of(other)}
    tables = {subnet: table for table, subnet in _routes(deployment)}
    shared = {tables.get(subnet): other for subnet, other in near.items()}
    for store in stores:
        for subnet in subnets_of(store):
            if subnet in near:
                yield Finding(store, f"shares {subnet.label} with {near[subnet].label}.")
            elif tables.get(subnet) in shared:
                yield Finding(store, f"shares the routes of {subnet.label} with {shared[tables.get(subnet)].label}.")
        for group in set(groups_of(store)) & joined.keys():
            yield Finding(store, f"shares {group.label} with {joined[group].label}.")
    code = {kind(member) for member in callers(deployment) if groups_of(member)}
    kept = {kind(store): store for store in stores}
    for source, target, _ in sorted(flows(deployment)):
        if target in kept and source not in code:
            yield Finding(kept[target], f"is reached by {source}, which runs no code of ours.")


def _routes(deployment: Deployment) -> Iterator[tuple[Resource, Resource]]:
    for association in deployment.of("AWS::EC2::SubnetRouteTableAssociation"):
        if isinstance(association.get("RouteTableId"), Reference) and isinstance(association.get("SubnetId"), Reference):
            yield association.target("RouteTableId"), association.target("SubnetId")
