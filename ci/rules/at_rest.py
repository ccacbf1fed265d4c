"""What is written down is encrypted: databases, caches, buckets, images, queues, topics, disks.

Whoever gets hold of a disk, a snapshot or a backup reads nothing. Of many types it cannot be switched on later without replacing them.
"""

from collections.abc import Iterator

from ci.model import Deployment
from ci.rules import Finding, unmet

SEVERITY = "exposes"
SOURCE = "https://docs.aws.amazon.com/wellarchitected/latest/security-pillar/protecting-data-at-rest.html"
REMEDY = "Next: set the property as the type's facts have it (facts/)."


def check(deployment: Deployment) -> Iterator[Finding]:
    """Ask the facts of each type."""
    yield from unmet(deployment, "at_rest", "what it writes down is not encrypted, or its key never changes")
