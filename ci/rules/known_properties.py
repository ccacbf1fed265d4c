"""Every property is one that the templates give with some settings.

About a property that no rule was written for, a pass would say nothing: a replica, a canary, an address of another kind would go unseen.
"""

from collections.abc import Iterator

from ci.generators.properties import known, paths
from ci.model import Deployment
from ci.rules import Finding

SEVERITY = "exposes"
SOURCE = "docs/verify.md"
REMEDY = "Write the rules that the property needs, then make golden, which adds it to ci/generators/properties.json."

# What the templates never give, and a rule of its own judges: task-count, which a load test may suppress.
JUDGED = {"AWS::ECS::Service": {"DesiredCount"}}


def check(deployment: Deployment) -> Iterator[Finding]:
    """Compare the properties of each known type, at any depth, with the list."""
    for resource in deployment:
        if resource.type in known():
            judged = known()[resource.type] | JUDGED.get(resource.type, set())
            for path in sorted(set(paths(resource.raw.get("Properties", {}))) - judged):
                yield Finding(resource, f"has {path}, of which these rules know nothing.")
