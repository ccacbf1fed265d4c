"""The boundary allows what the roles of the stacks can need, and nothing that changes permissions, network or data.

It is what remains when everything else about a role is wrong.
"""

from collections.abc import Iterator

from ci.model import Deployment
from ci.model.identity import permissions, statements
from ci.rules import Finding
from templates import names

SEVERITY = "exposes"
SOURCE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html"
REMEDY = "Take the action from templates/bootstrap/boundary.py, or add it here with its reason."

# Decrypting goes through Secrets Manager alone: no role may use a key directly.
THROUGH = "secretsmanager.{region}.amazonaws.com"
# What each kind of role calls: flow logs and tasks, pulls, secrets, moving traffic, sessions.
LIMITS = {
    "ecr": {"BatchCheckLayerAvailability", "BatchGetImage", "GetAuthorizationToken", "GetDownloadUrlForLayer"},
    "elasticloadbalancing": {
        *("DeregisterTargets", "ModifyListener", "ModifyRule", "RegisterTargets"),
        *("DescribeListeners", "DescribeRules", "DescribeTargetGroups", "DescribeTargetHealth"),
    },
    "kms": {"Decrypt"},
    "logs": {"CreateLogStream", "DescribeLogGroups", "DescribeLogStreams", "PutLogEvents"},
    "secretsmanager": {"GetSecretValue"},
    "ssm": {"UpdateInstanceInformation"},
    "ssmmessages": {"CreateControlChannel", "CreateDataChannel", "OpenControlChannel", "OpenDataChannel"},
}


def check(deployment: Deployment) -> Iterator[Finding]:
    """Look at each action of the boundary, and at how the roles that carry it decrypt."""
    through = [THROUGH.format(region=deployment.environment.region)]
    carriers = [role for role in deployment.of("AWS::IAM::Role") if role.get("PermissionsBoundary")]
    for given in [each for role in carriers for each in permissions(deployment, role)]:
        if "kms:Decrypt" in given.actions and given.condition("kms:ViaService") != through:
            yield Finding(given.owner, "may decrypt with any key, not only what Secrets Manager hands out.")
    for policy in deployment.of("AWS::IAM::ManagedPolicy"):
        if policy.get("ManagedPolicyName") != names.boundary(deployment.environment):
            continue
        for statement in statements(deployment, policy, policy.need("PolicyDocument")):
            if "kms:Decrypt" in statement.actions and statement.condition("kms:ViaService") != through:
                yield Finding(policy, "lets roles decrypt with any key, not only what Secrets Manager hands out.")
            for action in statement.actions:
                service, _, name = action.partition(":")
                if name not in LIMITS.get(service, ()):
                    yield Finding(policy, f"lets roles be allowed {action}.")
