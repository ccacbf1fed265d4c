"""Every role of the stacks carries the permissions boundary, and the boundary covers what the role is allowed.

Without the boundary the execution role may not create the role; what the boundary lacks is denied when it is called.
"""

from collections.abc import Iterator

from ci.model import Deployment
from ci.model.arns import arn, written
from ci.model.identity import allowed, permissions, statements
from ci.rules import Finding
from templates import names

SEVERITY = "breaks"
SOURCE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html"
REMEDY = "Add the action to templates/bootstrap/boundary.py, or take it from the role."


def check(deployment: Deployment) -> Iterator[Finding]:
    """Compare each role's permissions with the boundary's."""
    found = [
        policy
        for policy in deployment.of("AWS::IAM::ManagedPolicy")
        if policy.get("ManagedPolicyName") == names.boundary(deployment.environment)
    ]
    if len(found) != 1:
        yield Finding(None, "There is not one policy that has the boundary's name.")
        return
    boundary = statements(deployment, found[0], found[0].need("PolicyDocument"))
    wanted = arn(deployment, found[0])
    for role in deployment.of("AWS::IAM::Role"):
        if role.template.stack is None:
            continue
        if written(deployment, role.get("PermissionsBoundary")) != wanted:
            yield Finding(role, "does not carry the boundary, so that the execution role may not create it.")
        if role.get("ManagedPolicyArns"):
            yield Finding(role, "has managed policies, which nobody here can read.")
        for statement in permissions(deployment, role):
            for action in statement.actions:
                if missing := [resource for resource in statement.resources if not allowed(boundary, action, resource)]:
                    yield Finding(role, f"is allowed {action} on {', '.join(missing)}, which the boundary denies.")
