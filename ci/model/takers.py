"""The AWS services that take on a role: each property that hands them one."""

from ci.model.deployment import Deployment
from ci.model.resource import Missing, Reference, Resource


def takers(deployment: Deployment) -> dict[Resource, set[str]]:
    """For each role that is handed to a service, the services that take it on; raises Missing."""
    found: dict[Resource, set[str]] = {}
    for resource, roles in deployment.with_facts("roles"):
        for role in roles:
            for value in resource.values(role.path):
                if not isinstance(value, Reference):
                    raise Missing(resource, f"names at {role.path} no role of these templates, but {value}.")
                found.setdefault(value.resource, set()).add(role.service)
    return found
