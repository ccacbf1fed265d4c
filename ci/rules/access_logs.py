"""The ALB writes its access log to a bucket of ours.

Who may write there, the rule resource-policies says.
"""

from collections.abc import Iterator

from ci.model import Deployment, Reference
from ci.rules import Finding

SEVERITY = "weakens"
SOURCE = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html"
REMEDY = "Leave the log to templates/layers/load_balancing.py."


def check(deployment: Deployment) -> Iterator[Finding]:
    """Look at the ALB's attributes."""
    for balancer in deployment.of("AWS::ElasticLoadBalancingV2::LoadBalancer"):
        attributes = balancer.pairs("LoadBalancerAttributes")
        written = attributes.get("access_logs.s3.enabled") == "true" and isinstance(attributes.get("access_logs.s3.bucket"), Reference)
        if balancer.get("Type") == "application" and not written:
            yield Finding(balancer, "writes no access log to a bucket of these templates.")
