"""No policy allows an action by a wildcard, or every resource where the action has one to name.

The exceptions stand here, each with the page that says why.
"""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from ci.model import Deployment
from ci.model.identity import everywhere
from ci.rules import Finding

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


NONE: frozenset[str] = frozenset()


@cache
def actions(kind: str) -> dict[str, frozenset[str]]:
    """For each service that the stacks use, its actions "with_resource" or "without_resource"."""
    text = (Path(__file__).parents[1] / "actions.json").read_text(encoding="utf-8")
    return {service: frozenset(names[kind]) for service, names in json.loads(text).items()}


def check(deployment: Deployment) -> Iterator[Finding]:
    """Look at every statement that allows something, in every kind of policy."""
    for statement in everywhere(deployment):
        if statement.effect != "Allow":
            continue
        for action in statement.actions:
            service, _, name = action.partition(":")
            if "*" in action or "?" in action:
                yield Finding(statement.owner, f"allows {action}, whatever that may come to mean.")
            elif name.lower() in actions("without_resource").get(service, NONE):
                continue
            elif name.lower() not in actions("with_resource").get(service, NONE):
                yield Finding(statement.owner, f"allows {action}, an action that does not exist.")
            elif "*" in statement.resources and (statement.owner.label, service) not in EXCEPTIONS:
                yield Finding(statement.owner, f"allows {action} on every resource.")
