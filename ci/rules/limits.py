"""Every stack is within CloudFormation's limits, and bootstrap within those of a deployment without a bucket.

A template above 51,200 bytes can only be deployed from a bucket, which bootstrap has yet to create.
"""

from collections.abc import Iterator

from ci.model import Deployment
from ci.rules import Finding

SEVERITY = "breaks"
SOURCE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html"
REMEDY = "Split the layer, or shorten it."

INLINE_BYTES, PACKAGED_BYTES = 51_200, 1_000_000
RESOURCES, PARAMETERS, OUTPUTS = 500, 200, 200


def check(deployment: Deployment) -> Iterator[Finding]:
    """Count bytes, resources, parameters and outputs."""
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
