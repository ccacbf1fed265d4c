"""Every resource has the settings that AWS advises for every use of its type.

Each says what happens otherwise; where that is meant, the resource says so with a reason (docs/verify.md, "Suppressing a finding").
"""

from collections.abc import Iterator

from ci.model import Deployment
from ci.rules import Finding, stated

SEVERITY = "weakens"
SOURCE = "https://docs.aws.amazon.com/wellarchitected/latest/security-pillar/welcome.html"
REMEDY = "Next: set the property as the type's facts have it (facts/), or suppress the finding with a reason."


def check(deployment: Deployment) -> Iterator[Finding]:
    """Ask the facts of each type."""
    for resource, safeguards in deployment.with_facts("safeguards"):
        for each in safeguards:
            applies = (each.when is None or each.when.holds(resource)) and (deployment.environment.production or not each.production)
            if applies and not each.must.holds(resource):
                yield Finding(resource, f"{stated(resource, each.must)}: {each.why}.")
