"""The boundary allows what the roles of the stacks can need, and nothing that changes permissions, network or data.

It is what remains when everything else about a role is wrong.
"""

from collections.abc import Iterator

from ci.model import Deployment
from ci.model.identity import statements
from ci.rules import Finding
from templates import names

SEVERITY = "exposes"
SOURCE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html"
REMEDY = "Take the action from templates/bootstrap/boundary.py, or add it here with its reason."

# What each kind of role calls: flow logs and tasks, pulls, secrets, moving traffic, sessions.
LIMITS = {
    "ecr": {"BatchCheckLayerAvailability", "BatchGetImage", "GetAuthorizationToken", "GetDownloadUrlForLayer"},
    "elasticloadbalancing": {
        *("DeregisterTargets", "ModifyListener", "ModifyRule", "RegisterTargets"),
        *("DescribeListeners", "DescribeRules", "DescribeTargetGroups", "DescribeTargetHealth"),
    },
    "logs": {"CreateLogStream", "DescribeLogGroups", "DescribeLogStreams", "PutLogEvents"},
    "secretsmanager": {"GetSecretValue"},
    "ssm": {"UpdateInstanceInformation"},
    "ssmmessages": {"CreateControlChannel", "CreateDataChannel", "OpenControlChannel", "OpenDataChannel"},
}


def check(deployment: Deployment) -> Iterator[Finding]:
    """Look at each action of the boundary."""
    for policy in deployment.of("AWS::IAM::ManagedPolicy"):
        if policy.get("ManagedPolicyName") != names.boundary(deployment.environment):
            continue
        for statement in statements(deployment, policy, policy.need("PolicyDocument")):
            for action in statement.actions:
                service, _, name = action.partition(":")
                if name not in LIMITS.get(service, ()):
                    yield Finding(policy, f"lets roles be allowed {action}.")
