"""The execution role may do what CloudFormation needs to create, update and delete every resource of the stacks, and to hand out each role.

The resource schemas name the actions; one that is missing stops a deployment halfway.
"""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from ci.model import Deployment, Resource
from ci.model.arns import ARNS, arn
from ci.model.identity import Statement, allowed, permissions, trust
from ci.rules import Finding

SEVERITY = "breaks"
SOURCE = "https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html#schema-properties-handlers"
REMEDY = "Make templates/bootstrap/permissions.json anew (python -m ci.permissions), and render."

PERMISSIONS = Path(__file__).parents[2] / "templates" / "bootstrap" / "permissions.json"
# The registry's schemas list more for these than the stacks use: the actions with which CloudFormation makes a bounded role.
IDENTITY = {
    "AWS::IAM::Role": "CreateRole DeleteRole GetRole PutRolePolicy DeleteRolePolicy GetRolePolicy ListRolePolicies "
    "ListAttachedRolePolicies TagRole UntagRole UpdateRole UpdateAssumeRolePolicy PutRolePermissionsBoundary",
    "AWS::IAM::InstanceProfile": "CreateInstanceProfile DeleteInstanceProfile GetInstanceProfile AddRoleToInstanceProfile "
    "RemoveRoleFromInstanceProfile",
}


@cache
def needed() -> dict[str, list[str]]:
    """The actions that each resource type needs."""
    types: dict[str, list[str]] = json.loads(PERMISSIONS.read_text(encoding="utf-8"))["resource_types"]
    return types | {kind: [f"iam:{action}" for action in actions.split()] for kind, actions in IDENTITY.items()}


def check(deployment: Deployment) -> Iterator[Finding]:
    """Compare what the resources of the nested stacks need with what the role is allowed."""
    if "bootstrap" not in deployment.templates:
        yield Finding(None, "There is no bootstrap stack, and so no execution role.")
        return
    roles = [role for role in deployment.of("AWS::IAM::Role") if _takes(deployment, role, "cloudformation.amazonaws.com")]
    if len(roles) != 1:
        yield Finding(None, "There is not one role that CloudFormation takes on.")
        return
    role, given = roles[0], permissions(deployment, roles[0])
    granted = {action for statement in given if statement.effect == "Allow" for action in statement.actions}
    seen: set[str] = set()
    for resource in deployment:
        if resource.template.name in ("account", "bootstrap"):
            continue
        if resource.type not in needed():
            yield Finding(resource, f"is a {resource.type}, whose permissions are not known.")
        if resource.type not in seen:
            seen.add(resource.type)
            for action in needed().get(resource.type, []):
                if action not in granted:
                    yield Finding(role, f"lacks {action}, which a {resource.type} needs.")
        if resource.type in ARNS and (missing := _scoped(deployment, given, resource)):
            yield Finding(role, f"may do {', '.join(missing)}, but not to {resource.label}.")
        if resource.type == "AWS::IAM::Role":
            yield from _passed(deployment, role, given, resource)


def _takes(deployment: Deployment, role: Resource, service: str) -> bool:
    return any(service in statement.principals.get("Service", []) for statement in trust(deployment, role))


def _scoped(deployment: Deployment, given: list[Statement], resource: Resource) -> list[str]:
    """The actions that no statement allows on this very resource."""
    service = resource.type.split("::")[1].lower()
    own = [action for action in needed().get(resource.type, []) if action.split(":")[0] == service]
    # A log group's ARN ends with a star for its streams; policies may leave that away.
    names = (arn(deployment, resource).removesuffix(":*"), arn(deployment, resource))
    return [action for action in own if not any(allowed(given, action, name) or allowed(given, action, f"{name}/x") for name in names)]


def _passed(deployment: Deployment, role: Resource, given: list[Statement], passed: Resource) -> Iterator[Finding]:
    """The role may be handed to the service that trusts it, and to that one alone."""
    services = {service for statement in trust(deployment, passed) for service in statement.principals.get("Service", [])}
    hands = [statement for statement in given if statement.covers("iam:PassRole", arn(deployment, passed))]
    if not any(services <= set(statement.condition("iam:PassedToService")) for statement in hands):
        yield Finding(role, f"may not hand {passed.label} to {', '.join(sorted(services))}.")
    for statement in hands:
        if not statement.condition("iam:PassedToService"):
            yield Finding(role, "may hand roles to any service.")
    boundary = "iam:PermissionsBoundary"
    for statement in given:
        if statement.covers("iam:CreateRole", arn(deployment, passed)) and not statement.condition(boundary):
            yield Finding(role, "may create roles without the boundary, and so make itself an administrator.")
