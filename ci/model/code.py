"""Code of ours inside the network: what runs it, and the roles with which it calls AWS."""

from ci.model.deployment import Deployment
from ci.model.reach import standing
from ci.model.resource import Reference, Resource
from ci.model.values import references


def roles(member: Resource) -> list[Resource]:
    """The roles of the code that something with an address in the network runs: its own, or those of what it refers to; raises Missing."""
    near = dict.fromkeys([member, *(reference.resource for reference in references(member.properties))])
    found = [
        value.resource
        for resource in near
        for role in resource.facts.roles
        if role.inside
        for value in resource.values(role.path)
        if isinstance(value, Reference)
    ]
    return list(dict.fromkeys(found))


def callers(deployment: Deployment) -> dict[Resource, list[Resource]]:
    """Everything with an address in the network that runs code, with the roles of that; raises Missing."""
    return {member: found for member in standing(deployment) if (found := roles(member))}
