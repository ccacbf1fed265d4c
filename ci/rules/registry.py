"""The registry's tags never move, pushed images are scanned, and no image that can be deployed again expires.

A service is rolled back to the digest that it ran before; other accounts pull only where the settings name them.
"""

import json
from collections.abc import Iterator
from typing import Any

from ci.model import Deployment
from ci.model.identity import statements
from ci.rules import Expected, Finding, compare, expect

SEVERITY = "loses"
SOURCE = "https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html"
REMEDY = "Leave the repository to templates/layers/bootstrap/registry.py."

WEEK = 7
# https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policy-examples.html
PULL = {"ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"}


def check(deployment: Deployment) -> Iterator[Finding]:
    """Look at tags, scans and the lifecycle."""
    kind = "AWS::ECR::Repository"
    accounts = [f"arn:aws:iam::{account}:root" for account in deployment.environment.account.image_pull_accounts]
    pullers = [("Allow", {"AWS": accounts}, PULL, dict[str, Any]())] if accounts else []
    yield from expect(
        deployment,
        Expected(kind, ("ImageTagMutability",), "IMMUTABLE", "a tag could come to mean another image"),
        Expected(kind, ("ImageScanningConfiguration", "ScanOnPush"), True, "known holes stay unknown"),
        Expected(kind, ("EmptyOnDelete",), lambda empty: not empty, "all images could go at once"),
    )
    for repository in deployment.of(kind):
        given = statements(deployment, repository, repository.get("RepositoryPolicyText"))
        if [(each.effect, each.principals, set(each.actions), each.conditions) for each in given] != pullers:
            yield Finding(repository, "does not let just the other accounts of the settings pull.")
        rules = json.loads(repository.get("LifecyclePolicy", "LifecyclePolicyText", default="{}")).get("rules", [])
        days = max((rule["selection"].get("countNumber", 0) for rule in rules), default=0)
        untagged = {"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": max(days, WEEK + 1)}
        wanted = [{"rulePriority": 1, "selection": untagged, "action": {"type": "expire"}}]
        what = [{name: value for name, value in rule.items() if name != "description"} for rule in rules]
        yield from compare(repository, "LifecyclePolicy", what, wanted, f"just what is untagged for more than {WEEK} days expires")
