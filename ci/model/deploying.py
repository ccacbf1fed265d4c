"""The role with which CloudFormation creates the stacks, and what the resource schemas say that it needs."""

from ci.model.deployment import Deployment
from ci.model.identity import trust
from ci.model.resource import Missing, Resource
from facts import reference

CLOUDFORMATION = "cloudformation.amazonaws.com"


def needed() -> dict[str, list[str]]:
    """The actions that each type of resource needs."""
    return reference.permissions().resource_types


def without_resource() -> frozenset[str]:
    """The actions that take no resource."""
    return reference.permissions().without_resource


def execution_role(deployment: Deployment) -> Resource:
    """The one role that CloudFormation takes on; raises Missing."""
    roles = [role for role in deployment.of("AWS::IAM::Role") if CLOUDFORMATION in services(deployment, role)]
    if len(roles) != 1 or roles[0].template.name != "bootstrap":
        raise Missing(None, "There is not one role in the bootstrap stack that CloudFormation takes on.")
    return roles[0]


def services(deployment: Deployment, role: Resource) -> set[str]:
    """The AWS services that a role trusts."""
    return {service for statement in trust(deployment, role) for service in statement.principals.get("Service", [])}


def created(deployment: Deployment) -> list[Resource]:
    """What CloudFormation creates with that role: the root's stacks, and all in them."""
    return [resource for resource in deployment if resource.template.name not in ("account", "bootstrap")]
