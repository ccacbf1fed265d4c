"""Every connection of a deployment, from the user to the database, and whether it is encrypted: read from both of its ends."""

from typing import NamedTuple

from ci.model import Deployment, Resource, Text
from ci.model.reach import BALANCER, flows, kind

GROUP, LISTENER = "AWS::ElasticLoadBalancingV2::TargetGroup", "AWS::ElasticLoadBalancingV2::Listener"


class Connection(NamedTuple):
    """Who calls whom, on which port, and how."""

    source: str
    target: str
    port: int
    protocol: str
    encrypted: bool

    @property
    def label(self) -> str:
        """What stands at its arrow."""
        return f"{self.protocol} {self.port}"


def connections(deployment: Deployment) -> list[Connection]:
    """The request's way first, then all that the security groups let through."""
    https = all(scheme == "https" for scheme in _schemes(deployment))
    entrance = "nlb" if any(balancer.get("Type") == "network" for balancer in deployment.of(BALANCER)) else "alb"
    port = next(int(listener.need("Port")) for listener in deployment.of(LISTENER) if kind(listener.target("LoadBalancerArn")) == entrance)
    front = [Connection("user", "gateway", 443, "TLS", True), _http("gateway", entrance, port, https)]
    found = [flow for flow in flows(deployment) if flow.source != "vpc_link"]
    order = ("nlb", "alb", "service", "bastion")
    found.sort(key=lambda flow: (order.index(flow.source), flow.target != "database", flow.target))
    return front + [_inside(deployment, flow.source, flow.target, flow.ports[0], https) for flow in found]


def _schemes(deployment: Deployment) -> list[str]:
    uris = [method.get("Integration", "Uri") for method in deployment.of("AWS::ApiGateway::Method")]
    return [str(uri.parts[0] if isinstance(uri, Text) else uri).partition(":")[0] for uri in uris if uri is not None]


def _inside(deployment: Deployment, source: str, target: str, port: int, https: bool) -> Connection:
    if target == "alb":
        # The NLB passes on what it gets, so the ALB has to speak what the gateway does.
        return _http(source, target, port, https and _listens(deployment) == "HTTPS")
    if target == "service":
        groups = [group for group in deployment.of(GROUP) if group.get("TargetType") != "alb"]
        return _http(source, target, port, all(group.get("Protocol") == "HTTPS" for group in groups))
    if target == "database":
        forced = all(group.get("Parameters", "rds.force_ssl") == "1" for group in deployment.of("AWS::RDS::DBParameterGroup"))
        return Connection(source, target, port, "TLS" if forced else "SQL", forced)
    # AWS's services and S3 take nothing else on this port.
    return Connection(source, target, port, "TLS", port == 443)


def _http(source: str, target: str, port: int, encrypted: bool) -> Connection:
    return Connection(source, target, port, "TLS" if encrypted else "HTTP", encrypted)


def _listens(deployment: Deployment) -> str:
    return next((str(listener.get("Protocol")) for listener in deployment.of(LISTENER) if _is_alb(listener)), "")


def _is_alb(listener: Resource) -> bool:
    return kind(listener.target("LoadBalancerArn")) == "alb"
