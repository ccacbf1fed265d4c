"""The AWS services that take on a role: each property that hands them one."""

from ci.model.deployment import Deployment
from ci.model.resource import Missing, Reference, Resource
from facts.kinds import Role

Takers = dict[Resource, list[tuple[Resource, Role]]]


def takers(deployment: Deployment) -> Takers:
    """For each role that is handed to a service: the resources that hand it on, and what is true of the property; raises Missing."""
    if "takers" not in deployment.derived:
        found: Takers = {}
        for resource, roles in deployment.with_facts("roles"):
            for role in roles:
                for value in resource.values(role.path):
                    if not isinstance(value, Reference):
                        raise Missing(resource, f"names at {role.path} no role of these templates, but {value}.")
                    found.setdefault(value.resource, []).append((resource, role))
        deployment.derived["takers"] = found
    taken: Takers = deployment.derived["takers"]
    return taken


def inside(deployment: Deployment) -> list[Resource]:
    """The roles of code in the network; raises Missing."""
    return [role for role, taken in takers(deployment).items() if any(each.inside for _, each in taken)]
