"""The registry's tags never move, pushed images are scanned, and no image that can be deployed again expires.

A service is rolled back to the digest that it ran before.
"""

import json
from collections.abc import Iterator

from ci.model import Deployment
from ci.model.identity import statements
from ci.rules import Expected, Finding, expect

SEVERITY = "loses"
SOURCE = "https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html"
REMEDY = "Let nothing expire but what has had no tag for more than a week."

WEEK = 7
# https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policy-examples.html
PULL = ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")


def check(deployment: Deployment) -> Iterator[Finding]:
    """Look at tags, scans, the lifecycle, and who pulls."""
    kind = "AWS::ECR::Repository"
    yield from expect(
        deployment,
        Expected(kind, ("ImageTagMutability",), "IMMUTABLE", "a tag could come to mean another image"),
        Expected(kind, ("ImageScanningConfiguration", "ScanOnPush"), True, "known holes stay unknown"),
        Expected(kind, ("EmptyOnDelete",), lambda empty: not empty, "all images could go at once"),
    )
    accounts = deployment.environment.account.image_pull_accounts
    for repository in deployment.of(kind):
        given = statements(deployment, repository, repository.get("RepositoryPolicyText"))
        for account in accounts:
            own = [each for each in given if f"arn:aws:iam::{account}:root" in each.principals.get("AWS", [])]
            if missing := [action for action in PULL if not any(action in each.actions for each in own if each.effect == "Allow")]:
                yield Finding(repository, f"does not let the account {account} of the settings do {', '.join(missing)}.")
        try:
            rules = json.loads(repository.get("LifecyclePolicy", "LifecyclePolicyText", default='{"rules": []}'))["rules"]
        except (ValueError, KeyError):
            yield Finding(repository, "has a lifecycle policy that is not JSON with rules.")
            continue
        for rule in rules:
            which = rule.get("selection", {})
            if rule.get("action") != {"type": "expire"} or (which.get("countType"), which.get("countUnit")) != ("sinceImagePushed", "days"):
                yield Finding(repository, f"has a lifecycle rule that ECR refuses, or that counts images and not days: {rule}.")
            elif which.get("tagStatus") != "untagged" or which.get("countNumber", 0) <= WEEK:
                yield Finding(repository, f"lets images expire that can be deployed again: {which}.")
