"""Every policy is complete: version, effect, actions, and a resource or a principal where IAM asks for one.

Without its version a policy is read by the rules of 2008; without a resource it is refused when it is deployed.
"""

from collections.abc import Iterator
from typing import Any

from ci.model import Deployment
from ci.model.identity import documents
from ci.rules import Finding

SEVERITY = "breaks"
SOURCE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html"
REMEDY = "Write policies with templates/policies.py."

# By exclusion (NotAction, NotResource, NotPrincipal) nothing is said here: what that comes to changes with AWS.
PARTS = {"Sid", "Effect", "Principal", "Action", "Resource", "Condition"}
# What speaks of the resource at which it stands, and so names none.
AT_RESOURCE = ("AssumeRolePolicyDocument", "RepositoryPolicyText")
BY_PRINCIPAL = ("AWS::EC2::VPCEndpoint", "AWS::KMS::Key", "AWS::S3::BucketPolicy", "AWS::SNS::TopicPolicy", "AWS::ECR::Repository")


def check(deployment: Deployment) -> Iterator[Finding]:
    """Look at each statement of each policy."""
    for resource in deployment:
        for place, document in documents(resource):
            if document.get("Version") != "2012-10-17" or not document.get("Statement"):
                yield Finding(resource, f"has a policy ({place}) without the version 2012-10-17, or without a statement.")
            for statement in document.get("Statement", []):
                needs_principal = place == "AssumeRolePolicyDocument" or resource.type in BY_PRINCIPAL
                yield from (Finding(resource, f"{problem} ({place}).") for problem in _statement(place, statement, needs_principal))


def _statement(place: str, statement: dict[str, Any], needs_principal: bool) -> Iterator[str]:
    if unknown := sorted(statement.keys() - PARTS):
        yield f"has a statement with {', '.join(unknown)}"
    if statement.get("Effect") not in ("Allow", "Deny") or not statement.get("Action"):
        yield "has a statement without effect or action"
    if bool(statement.get("Principal")) is not needs_principal:
        yield "has a statement without a principal, or with one where none belongs"
    if bool(statement.get("Resource")) is (place in AT_RESOURCE):
        yield "has a statement without a resource, or with one where none belongs"
