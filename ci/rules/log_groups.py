"""Every log group is ours and ends: with the settings' retention.

A group that a service makes for itself keeps everything, for ever.
"""

from collections.abc import Iterator

from ci.model import Deployment
from ci.model.values import references
from ci.rules import Expected, Finding, compare, expect
from templates import names

SEVERITY = "weakens"
SOURCE = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Working-with-log-groups-and-streams.html"
REMEDY = "Create the group beside what writes to it, with RetentionInDays of the settings' log_days."

# Days that a template is kept which another one has replaced.
OLD_TEMPLATES = 90


def check(deployment: Deployment) -> Iterator[Finding]:
    """Look at each group, and for the group of each writer that names none."""
    days = deployment.environment.log_days
    yield from expect(deployment, Expected("AWS::Logs::LogGroup", ("RetentionInDays",), days, "the settings say otherwise"))
    here = {str(group.get("LogGroupName")) for group in deployment.of("AWS::Logs::LogGroup")}
    identifier = names.database_instance(deployment.environment)
    for instance in deployment.of("AWS::RDS::DBInstance"):
        for log in instance.get("EnableCloudwatchLogsExports", default=[]):
            if f"/aws/rds/instance/{identifier}/{log}" not in here:
                yield Finding(instance, f"writes the log {log}, for which there is no group.")
    for cluster in deployment.of("AWS::ECS::Cluster"):
        groups = [group for group in deployment.of("AWS::Logs::LogGroup") if _of(group.get("LogGroupName"), cluster)]
        if not any(str(group.get("LogGroupName")).endswith("/performance") for group in groups):
            yield Finding(cluster, "has Container Insights, for whose measurements there is no group.")
    for bucket in deployment.of("AWS::S3::Bucket"):
        logs = bucket.template.name == "load_balancing"
        ends = {"ExpirationInDays": days} if logs else {"NoncurrentVersionExpiration": {"NoncurrentDays": OLD_TEMPLATES}}
        rules = bucket.get("LifecycleConfiguration", "Rules", default=[])
        what = [{name: value for name, value in rule.items() if name != "AbortIncompleteMultipartUpload"} for rule in rules]
        wanted = [{"Status": "Enabled", **ends}]
        yield from compare(bucket, "LifecycleConfiguration.Rules", what, wanted, "it keeps everything, or for another time")


def _of(name: object, cluster: object) -> bool:
    return any(reference.resource is cluster for reference in references(name))
