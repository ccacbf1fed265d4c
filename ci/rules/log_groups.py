"""Every log group has an end to what it keeps, and so has every bucket that AWS writes its logs to.

What has none keeps everything, for ever, and costs more each month.
"""

from collections.abc import Iterator

from ci.model import Deployment, Reference
from ci.rules import Finding

SEVERITY = "weakens"
SOURCE = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Working-with-log-groups-and-streams.html"
REMEDY = "Give the group RetentionInDays, such as the settings' log_days, and the bucket a rule that expires its objects."


def check(deployment: Deployment) -> Iterator[Finding]:
    """Look at each group, and at each bucket that something here delivers to."""
    for group in deployment.of("AWS::Logs::LogGroup"):
        if not group.get("RetentionInDays"):
            yield Finding(group, "has no RetentionInDays: it keeps everything, for ever.")
    for resource, deliveries in deployment.with_facts("deliveries"):
        for delivery in deliveries:
            for value in resource.values(delivery.path):
                if isinstance(value, Reference) and value.resource.type == "AWS::S3::Bucket" and not _expires(value):
                    yield Finding(value.resource, f"keeps all that {resource.label} writes there, for ever.")


def _expires(bucket: Reference) -> bool:
    rules = bucket.resource.get("LifecycleConfiguration", "Rules", default=[])
    return any(
        rule.get("Status") == "Enabled" and not rule.keys() & {"Prefix", "TagFilters"} and rule.get("ExpirationInDays", 0) > 0
        for rule in rules
    )
