"""Balancers and target groups have the attributes that the architecture names, and no other.

An attribute whose name is wrong is refused when it is deployed; one that is missing silently takes AWS's default.
"""

from collections.abc import Iterator

from ci.model import Deployment
from ci.rules import Finding

SEVERITY = "breaks"
SOURCE = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html"
REMEDY = "Restore the attribute in templates/layers/load_balancing.py."

# The value, or None where another rule decides it.
ALB = {
    "access_logs.s3.bucket": None,
    "access_logs.s3.enabled": "true",
    "deletion_protection.enabled": None,
    "idle_timeout.timeout_seconds": None,
    # A request that says one thing twice is read differently by the next in line.
    "routing.http.drop_invalid_header_fields.enabled": "true",
}
# The ALB of the other zone takes what a zone's own cannot.
NLB = {"deletion_protection.enabled": None, "load_balancing.cross_zone.enabled": "true"}
GROUP = {"deregistration_delay.timeout_seconds": None, "load_balancing.algorithm.type": "least_outstanding_requests"}


def check(deployment: Deployment) -> Iterator[Finding]:
    """Compare each list of attributes with its table."""
    balancers = deployment.of("AWS::ElasticLoadBalancingV2::LoadBalancer")
    groups = deployment.of("AWS::ElasticLoadBalancingV2::TargetGroup")
    tables = [(one, "LoadBalancerAttributes", NLB if one.get("Type") == "network" else ALB) for one in balancers]
    tables += [(group, "TargetGroupAttributes", {} if group.get("TargetType") == "alb" else GROUP) for group in groups]
    for resource, name, wanted in tables:
        found = resource.pairs(name)
        for attribute in sorted(found.keys() ^ wanted.keys(), key=str):
            yield Finding(resource, f"{'lacks' if attribute in wanted else 'has'} the attribute {attribute}.")
        for attribute, value in wanted.items():
            if attribute in found and value is not None and found[attribute] != value:
                yield Finding(resource, f"has {attribute} = {found[attribute]}, not {value}.")
