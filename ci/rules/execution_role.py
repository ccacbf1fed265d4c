"""The execution role may do what CloudFormation needs to create, update and delete every type of resource, and nothing else.

The resource schemas name the actions; one that is missing stops a deployment halfway.
"""

from collections.abc import Iterator

from ci.model import Deployment
from ci.model.deploying import created, execution_role, needed
from ci.model.identity import permissions
from ci.rules import Finding

SEVERITY = "breaks"
SOURCE = "https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html#schema-properties-handlers"
REMEDY = "Make templates/bootstrap/permissions.json anew (python -m ci.permissions), and render."

# Beside what the types need: packaged templates, the bastion's image, and what the handlers of roles do in some cases.
ALSO = {"s3:GetObject", "ssm:GetParameters", "iam:PassRole", "iam:CreateServiceLinkedRole"} | {
    f"iam:{action}" for action in ("AttachRolePolicy", "DetachRolePolicy", "UpdateRoleDescription")
}


def check(deployment: Deployment) -> Iterator[Finding]:
    """Compare what the types of the nested stacks need with what the role is allowed."""
    role = execution_role(deployment)
    granted = {action for given in permissions(deployment, role) if given.effect == "Allow" for action in given.actions}
    types = {resource.type: resource for resource in created(deployment)}
    for kind, resource in types.items():
        if kind not in needed():
            yield Finding(resource, f"is a {kind}, whose permissions are not known.")
        for action in needed().get(kind, []):
            if action not in granted:
                yield Finding(role, f"lacks {action}, which a {kind} needs.")
    for action in sorted(granted - {action for actions in needed().values() for action in actions} - ALSO):
        yield Finding(role, f"is allowed {action}, which no resource needs.")
    if not granted >= {"s3:GetObject", "ssm:GetParameters"}:
        yield Finding(role, "may not read packaged templates, or the bastion's image.")
