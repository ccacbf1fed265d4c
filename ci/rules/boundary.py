"""Every role of the stacks carries the permissions boundary, which covers what the role is allowed, and allows nothing but this list.

Without it the execution role may not create the role; what it lacks is denied when it is called. It is what remains when everything else
about a role is wrong: it lets nobody change permissions, network or data.
"""

from collections.abc import Iterator

from ci.model import Deployment
from ci.model.arns import arn, image_repository, written
from ci.model.identity import allowed, differences, listed, permissions, statements
from ci.rules import Finding
from templates import names

SEVERITY = "exposes"
SOURCE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html"
REMEDY = "Add the action to templates/layers/bootstrap/boundary.py and to this list, with its reason, or take it from the role."

# What each kind of role calls: flow logs and tasks, secrets, moving traffic, sessions; pulls are added below.
MOST = {
    "logs:{region}:{account}:log-group:{stack}-*": "CreateLogStream DescribeLogStreams PutLogEvents",
    "secretsmanager:{region}:{account}:secret:rds!db-*": "GetSecretValue",
    "kms:{region}:{account}:key/*": "Decrypt",
    **{
        f"elasticloadbalancing:{{region}}:{{account}}:{kind}/*": "DeregisterTargets ModifyListener ModifyRule RegisterTargets"
        for kind in ("listener", "listener-rule", "targetgroup")
    },
    "*": "ecr:GetAuthorizationToken logs:DescribeLogGroups elasticloadbalancing:DescribeListeners elasticloadbalancing:DescribeRules "
    "elasticloadbalancing:DescribeTargetGroups elasticloadbalancing:DescribeTargetHealth ssm:UpdateInstanceInformation "
    "ssmmessages:CreateControlChannel ssmmessages:CreateDataChannel ssmmessages:OpenControlChannel ssmmessages:OpenDataChannel",
}
PULL = ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")


def check(deployment: Deployment) -> Iterator[Finding]:
    """Compare the boundary with the list, and each role's permissions with the boundary."""
    environment = deployment.environment
    found = [
        policy for policy in deployment.of("AWS::IAM::ManagedPolicy") if policy.get("ManagedPolicyName") == names.boundary(environment)
    ]
    if len(found) != 1:
        yield Finding(None, "There is not one policy that has the boundary's name.")
        return
    boundary = statements(deployment, found[0], found[0].need("PolicyDocument"))
    most = listed(environment, MOST) | {(action, image_repository(environment)) for action in PULL}
    yield from (Finding(found[0], end) for end in differences(boundary, most))
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
