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
REMEDY = "Make templates/layers/bootstrap/permissions.json anew (python -m ci.generators.permissions), and render."

# The nested stacks carry tags, and have change sets of their own, which their handler does not list.
NESTED = {
    f"cloudformation:{action}"
    for action in ("TagResource", "UntagResource", *(f"{verb}ChangeSet" for verb in ("Create", "Delete", "Describe", "Execute")))
}
# Packaged templates, the bastion's image, and the private DNS of endpoints.
BESIDES = {"s3:GetObject", "ssm:GetParameters", "route53:AssociateVPCWithHostedZone"}
# Beside what the types need, also what the handlers of roles do in some cases.
ALSO = (
    {"iam:PassRole", "iam:CreateServiceLinkedRole"}
    | BESIDES
    | NESTED
    | {f"iam:{action}" for action in ("AttachRolePolicy", "DetachRolePolicy", "UpdateRoleDescription")}
)


def check(deployment: Deployment) -> Iterator[Finding]:
    """Compare what the types of the nested stacks need with what the role is allowed."""
    role = execution_role(deployment)
    granted = {action for given in permissions(deployment, role) if given.effect == "Allow" for action in given.actions}
    for resource in created(deployment):
        if resource.type not in needed():
            yield Finding(resource, f"is a {resource.type}, whose permissions are not known.")
    # Of all types that the settings can switch on, so that bootstrap need not be deployed again before they do.
    for kind, actions in needed().items():
        if missing := [action for action in actions if action not in granted]:
            yield Finding(role, f"lacks {', '.join(missing)}, which a {kind} needs.")
    restores = {"rds:RestoreDBInstanceFromDBSnapshot"} if deployment.environment.database.snapshot else set()
    for action in sorted(granted - {action for actions in needed().values() for action in actions} - ALSO - restores):
        yield Finding(role, f"is allowed {action}, which no resource needs.")
    if missing := sorted((BESIDES | NESTED) - granted):
        yield Finding(role, f"lacks {', '.join(missing)}, which a deployment takes beside its resources.")
