"""What a resource silently needs is there before it.

CloudFormation sees references alone: an ALB as a target needs its listener, a service the rule that leads to it, a log group must be ours
before AWS makes its own, which keeps everything (aws-cdk 19696 and 30396).
"""

from collections.abc import Iterator

from ci.model import Deployment, Reference, Resource
from ci.model.arns import own_name, with_names, written
from ci.rules import Finding

SEVERITY = "breaks"
SOURCE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-dependson.html"
REMEDY = "Next: add the DependsOn, or between layers a need (Layer.needs, Layer.after)."


def check(deployment: Deployment) -> Iterator[Finding]:
    """Look at each pair of what must come first and what needs it, by the facts of the later type."""
    for later, needs in deployment.with_facts("after"):
        for need in needs:
            for earlier in deployment.of(need.type):
                if (need.joined is None or _joined(later, earlier, *need.joined)) and not deployment.waits(later, earlier):
                    yield Finding(later, f"does not wait for {earlier.label}: {need.why}.")
    groups = {written(deployment, own_name(group)): group for group in deployment.of("AWS::Logs::LogGroup") if own_name(group)}
    for later, patterns in deployment.with_facts("log_groups"):
        for name in (with_names(deployment, later, pattern) for pattern in patterns):
            if name in groups and not deployment.waits(later, groups[name]):
                yield Finding(later, f"does not wait for {groups[name].label}, so that AWS makes {name}, without an end.")
            elif name not in groups and _writes(later, name):
                yield Finding(later, f"writes to {name}, which is not here, so that AWS makes it, without an end.")


def _writes(resource: Resource, name: str) -> bool:
    """Whether AWS writes to the group: ECS if the cluster has Container Insights, RDS if it is told to."""
    if resource.type == "AWS::ECS::Service":
        return bool({"enabled", "enhanced"}.intersection(resource.target("Cluster").values("ClusterSettings.Value")))
    return resource.type != "AWS::RDS::DBInstance" or name.rpartition("/")[2] in resource.get("EnableCloudwatchLogsExports", default=[])


def _joined(later: Resource, earlier: Resource, here: str, there: str) -> bool:
    return bool(_ends(later, here) & _ends(earlier, there))


def _ends(resource: Resource, path: str) -> set[Resource]:
    return {value.resource for value in resource.values(path) if isinstance(value, Reference)}
