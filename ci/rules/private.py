"""There is no way to or from the Internet, other networks or other accounts: no gateway, no public address, nothing open to everybody.

The gateway's API is the one way in, and VPC endpoints are the one way to AWS.
"""

from collections.abc import Iterator

from ci.model import Deployment
from ci.rules import Finding, unmet

SEVERITY = "exposes"
SOURCE = "https://docs.aws.amazon.com/vpc/latest/userguide/vpc-igw-internet-access.html"
REMEDY = "Next: remove it; what needs AWS gets an endpoint (Layer.calls_aws), and people come through the bastion."


def check(deployment: Deployment) -> Iterator[Finding]:
    """Look at whatever opens a way by being there, and at each property that could."""
    for resource, why in deployment.with_facts("opens"):
        yield Finding(resource, f"{why}.")
    yield from unmet(deployment, "private", "can be reached from outside")
