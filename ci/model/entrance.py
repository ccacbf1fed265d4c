"""The balancers, and which of them the gateway reaches through the VPC link."""

from ci.model.deployment import Deployment
from ci.model.resource import Missing, Reference, Resource

BALANCER = "AWS::ElasticLoadBalancingV2::LoadBalancer"


def balancer(deployment: Deployment, kind: str) -> Resource:
    """The balancer of this type, network or application; raises Missing."""
    found = [each for each in deployment.of(BALANCER) if each.get("Type") == kind]
    if len(found) != 1:
        raise Missing(None, f"{len(found)} balancers of type {kind} are here; there must be one.")
    return found[0]


def entrance(deployment: Deployment) -> Resource:
    """The balancer that the VPC link leads to; raises Missing."""
    return balancer(deployment, "network" if deployment.environment.ingress == "nlb" else "application")


def host(deployment: Deployment) -> str | Reference:
    """The host of requests from the gateway: the certificate's, or the entrance's own."""
    return deployment.environment.certificate_domain or Reference(entrance(deployment), "DNSName")
