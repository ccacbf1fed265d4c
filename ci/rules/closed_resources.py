"""A policy at a resource (bucket, topic, key, repository, endpoint) allows services for this account alone, and nobody else.

EventBridge alone documents that it supports no such condition on a topic.
"""

from collections.abc import Iterator

from ci.model import Deployment
from ci.model.arns import ACCOUNT
from ci.model.identity import everywhere, ours, statements
from ci.rules import Finding

SEVERITY = "exposes"
SOURCE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html"
REMEDY = "Add aws:SourceAccount (services) or aws:PrincipalAccount (endpoints), or name the principal."

# Where policies stand, and the service whose actions they may speak of; an endpoint's is in its name.
AT_RESOURCES = {
    "AWS::ApiGateway::RestApi": "execute-api",
    "AWS::EC2::VPCEndpoint": "",
    "AWS::ECR::Repository": "ecr",
    "AWS::KMS::Key": "kms",
    "AWS::S3::BucketPolicy": "s3",
    "AWS::SNS::TopicPolicy": "sns",
}
PLAIN = {"Bool": {"aws:SecureTransport": ["false"]}}
# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html#eb-sns-permissions
WITHOUT_CONDITION = ["events.amazonaws.com"]
# Endpoints through which AWS itself calls, with links or agents of its own.
AWS_CALLS = (".s3", ".ecs", ".ecs-agent", ".ecs-telemetry")


def check(deployment: Deployment) -> Iterator[Finding]:
    """Look at whom each statement lets in."""
    accounts = {f"arn:aws:iam::{account}:root" for account in (ACCOUNT, *deployment.environment.account.image_pull_accounts)}
    for statement in everywhere(deployment):
        owner = statement.owner
        if owner.type not in AT_RESOURCES:
            continue
        service = AT_RESOURCES[owner.type] or str(owner.get("ServiceName")).split(".", 3)[-1].split(".")[0].split("-")[0]
        if foreign := [action for action in statement.actions if action.split(":")[0] != service]:
            yield Finding(owner, f"speaks of {', '.join(foreign)}, which is not done to it.")
        if statement.effect == "Deny" and (statement.conditions != PLAIN or statement.principals != {"*": ["*"]}):
            yield Finding(owner, "denies more than access without TLS.")
        if statement.effect == "Deny" or ours(statement):
            continue
        if owner.type == "AWS::EC2::VPCEndpoint" and str(owner.get("ServiceName")).endswith(AWS_CALLS):
            continue
        known = statement.principals.get("Service") == WITHOUT_CONDITION or set(statement.principals.get("AWS", ["*"])) <= accounts
        if len(statement.principals) != 1 or not known:
            yield Finding(owner, f"lets in {statement.principals or 'whoever asks'}, without a condition that they act for this account.")
    for endpoint in deployment.of("AWS::EC2::VPCEndpoint"):
        if any(given.principals != {"*": ["*"]} for given in statements(deployment, endpoint, endpoint.get("PolicyDocument"))):
            yield Finding(endpoint, "names principals, of which an endpoint's policy knows none but everybody; conditions close it.")
        if not endpoint.get("PolicyDocument"):
            yield Finding(endpoint, "has no policy, so that it lets everything through, to any account.")
