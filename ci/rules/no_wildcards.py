"""No policy allows an action by a wildcard, or every resource where the action has one to name.

The exceptions stand here, each with the page that says why.
"""

from collections.abc import Iterator

from ci.model import Deployment
from ci.model.identity import everywhere
from ci.rules import Finding
from facts.reference import NotGeneratedError, authorization

SEVERITY = "exposes"
SOURCE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege"
REMEDY = "Name the actions and the resources."

# Beside the actions that take no resource.
EXCEPTIONS = {
    # API Gateway documents the permissions of its log role so. https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
    ("account.ApiGatewayLogRole", "logs"),
    # In a key's policy "*" is the key. https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html
    ("monitoring.TopicKey", "kms"),
    # The bastion registers as an instance that does not exist yet when its role is written.
    # https://docs.aws.amazon.com/systems-manager/latest/userguide/getting-started-create-iam-instance-profile.html
    ("bastion.Role", "ssm"),
    ("bootstrap.Boundary", "ssm"),
    ("endpoints.SsmEndpoint", "ssm"),
    # Fargate's agent is AWS's own, in AWS's account. https://docs.aws.amazon.com/AmazonECS/latest/developerguide/vpc-endpoints.html
    ("endpoints.EcsEndpoint", "ecs"),
    ("endpoints.EcsAgentEndpoint", "ecs"),
    ("endpoints.EcsTelemetryEndpoint", "ecs"),
}


def check(deployment: Deployment) -> Iterator[Finding]:
    """Look at every statement that allows something, in every kind of policy."""
    for statement in everywhere(deployment):
        if statement.effect != "Allow":
            continue
        for action in statement.actions:
            service, _, name = action.partition(":")
            if "*" in action or "?" in action:
                yield Finding(statement.owner, f"allows {action}, whatever that may come to mean.")
                continue
            try:
                known = authorization(service)
            except NotGeneratedError as missing:
                yield Finding(statement.owner, f"allows {action}, of which nothing is known: {missing}")
                continue
            if name.lower() not in known.with_resource | known.without_resource:
                yield Finding(statement.owner, f"allows {action}, which is not in the service authorization reference.")
            elif name.lower() in known.with_resource and "*" in statement.resources and (statement.owner.label, service) not in EXCEPTIONS:
                yield Finding(statement.owner, f"allows {action} on every resource.")
