"""Every stack is within CloudFormation's limits, and bootstrap within those of a deployment without a bucket.

A template above 51,200 bytes can only be deployed from a bucket, which bootstrap has yet to create.
"""

import json
from collections.abc import Iterator
from typing import Any

from ci.model import Deployment, Resource
from ci.rules import Finding

SEVERITY = "breaks"
SOURCE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html"
REMEDY = "Split the layer, or shorten it."

INLINE_BYTES, PACKAGED_BYTES = 51_200, 1_000_000
RESOURCES, PARAMETERS, OUTPUTS = 500, 200, 200
# Characters, without white space. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-entity-length
MANAGED, INLINE, TRUST = 6_144, 10_240, 2_048


def check(deployment: Deployment) -> Iterator[Finding]:
    """Count bytes, resources, parameters and outputs, and the characters of IAM's policies."""
    for policy in deployment.of("AWS::IAM::ManagedPolicy"):
        yield from _long(policy, "policy", [policy.get("PolicyDocument")], MANAGED)
    for role in deployment.of("AWS::IAM::Role"):
        yield from _long(role, "trust policy", [role.get("AssumeRolePolicyDocument")], TRUST)
        yield from _long(role, "policies", [policy.get("PolicyDocument") for policy in role.get("Policies", default=[])], INLINE)
    for template in deployment.templates.values():
        alone = template.stack is None and template.name != "root"
        most = INLINE_BYTES if alone else PACKAGED_BYTES
        counts = (
            ("bytes", template.size, most),
            ("resources", len(template.resources), RESOURCES),
            ("parameters", len(template.parameters), PARAMETERS),
            ("outputs", len(template.outputs), OUTPUTS),
        )
        for what, count, limit in counts:
            if count > limit:
                yield Finding(template, f"has {count} {what}; {limit} are allowed.")
        if not template.resources:
            yield Finding(template, "has no resource, which CloudFormation refuses.")


def _long(resource: Resource, what: str, documents: list[Any], most: int) -> Iterator[Finding]:
    characters = sum(len(json.dumps(document, separators=(",", ":"), default=str)) for document in documents)
    if characters > most:
        yield Finding(resource, f"has {characters:,} characters of {what}; IAM takes {most:,}.")
