"""The role with which CloudFormation creates the stacks, and what the resource schemas say that it needs."""

import json
from functools import cache

from ci.model.deployment import Deployment, Resource
from ci.model.identity import trust
from ci.model.values import Missing
from ci.project import HERE

PERMISSIONS = HERE / "templates" / "layers" / "bootstrap" / "permissions.json"
CLOUDFORMATION = "cloudformation.amazonaws.com"
# The registry's schemas list more for these than the stacks use: the actions with which CloudFormation makes a bounded role.
IDENTITY = {
    "AWS::IAM::Role": "CreateRole DeleteRole GetRole PutRolePolicy DeleteRolePolicy GetRolePolicy ListRolePolicies "
    "ListAttachedRolePolicies TagRole UntagRole UpdateRole UpdateAssumeRolePolicy PutRolePermissionsBoundary",
    "AWS::IAM::InstanceProfile": "CreateInstanceProfile DeleteInstanceProfile GetInstanceProfile AddRoleToInstanceProfile "
    "RemoveRoleFromInstanceProfile",
}


@cache
def _permissions() -> dict[str, dict[str, list[str]]]:
    found: dict[str, dict[str, list[str]]] = json.loads(PERMISSIONS.read_text(encoding="utf-8"))
    return found


@cache
def needed() -> dict[str, list[str]]:
    """The actions that each type of resource needs."""
    return _permissions()["resource_types"] | {kind: [f"iam:{name}" for name in names.split()] for kind, names in IDENTITY.items()}


@cache
def without_resource() -> frozenset[str]:
    """The actions that take no resource."""
    return frozenset(_permissions()["without_resource"])


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
