"""Every connection of a deployment, from the user to the database, and whether it is encrypted: read from all of its ends.

The request's way follows listeners, integrations and target groups; the rest is what the security groups let through.
"""

import re
from typing import NamedTuple

from ci.model.deployment import Deployment, Resource
from ci.model.reach import BALANCER, Flow, flows, kind
from ci.model.values import Text

GROUP, LISTENER = "AWS::ElasticLoadBalancingV2::TargetGroup", "AWS::ElasticLoadBalancingV2::Listener"
ORDER = ("vpc_link", "nlb", "alb", "service", "bastion", "endpoints", "database")
# TLS 1.3 and 1.2, with forward secrecy.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-security-policies-list.html
GATEWAY_POLICY = re.compile(r"SecurityPolicy_TLS13_1_[23](_PFS)?(_PQ)?_20\d\d_\d\d")
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html
BALANCER_POLICY = re.compile(r"ELBSecurityPolicy-TLS13-1-[23](-Res)?(-PQ)?-20\d\d-\d\d")


class End(NamedTuple):
    """What one resource makes of a connection: whether it speaks TLS, of a version that is still good."""

    where: Resource
    tls: bool


class Connection(NamedTuple):
    """Who calls whom, on which port, and how. With TLS: whose certificate is shown, and where it ends."""

    source: str
    target: str
    ports: tuple[int, int]
    # What is spoken where it is not TLS.
    otherwise: str
    ends: tuple[End, ...]
    certificate: str
    ends_at: str
    # Whether it has to be encrypted under `edge` too.
    always: bool = True

    @property
    def encrypted(self) -> bool:
        """Whether every end speaks TLS, and there is one to say so."""
        return bool(self.ends) and all(end.tls for end in self.ends)

    @property
    def protocol(self) -> str:
        """What is spoken."""
        return "TLS" if self.encrypted else self.otherwise

    @property
    def port(self) -> str:
        """Its port, or the first and the last."""
        first, last = self.ports
        return str(first) if first == last else f"{first}-{last}"

    @property
    def label(self) -> str:
        """What stands at its arrow."""
        return f"{self.protocol} {self.port}"

    @property
    def flow(self) -> Flow:
        """The same, as security groups see it."""
        return Flow(self.source, self.target, self.ports)


def connections(deployment: Deployment) -> list[Connection]:
    """The request's way first, then all else that the security groups let through; raises Missing."""
    listeners = {kind(listener.target("LoadBalancerArn")): listener for listener in deployment.of(LISTENER)}
    entrance = "nlb" if any(balancer.get("Type") == "network" for balancer in deployment.of(BALANCER)) else "alb"
    integrations = tuple(End(method, _scheme(method) == "https") for method in deployment.of("AWS::ApiGateway::Method") if _scheme(method))
    listening = tuple(_listening(listener) for name, listener in listeners.items() if name == "alb")
    shown = next((_certificate(deployment, listener) for name, listener in listeners.items() if name == "alb"), "")
    port = int(listeners[entrance].need("Port")) if entrance in listeners else 0

    def http(source: str, target: str, ports: tuple[int, int]) -> Connection:
        # The NLB passes on what it gets, so the ALB has to speak what the gateway does.
        ends = integrations if target == "nlb" else integrations + listening
        return Connection(source, target, ports, "HTTP", ends, shown, "alb", always=False)

    found = sorted(flows(deployment), key=lambda flow: (ORDER.index(flow.source), flow.target != "database", flow.target, flow.ports))
    gateways = deployment.of("AWS::ApiGateway::RestApi", "AWS::ApiGateway::DomainName")
    domains = " and ACM's" if deployment.of("AWS::ApiGateway::DomainName") else ""
    front = [
        Connection("user", "gateway", (443, 443), "old TLS", tuple(map(_modern, gateways)), f"API Gateway's{domains}", "gateway"),
        http("gateway", entrance, (port, port)),
    ]
    inside = [
        http(*flow) if flow.target == "alb" else _behind(deployment, flow)
        for flow in found
        # The VPC link is the gateway's way in.
        if flow.source != "vpc_link"
    ]
    return front + inside


def _behind(deployment: Deployment, flow: Flow) -> Connection:
    """A connection behind the ALB."""
    source, target, ports = flow
    if target == "service":
        groups = [group for group in deployment.of(GROUP) if group.get("TargetType") != "alb"]
        ends = tuple(End(group, group.get("Protocol") == "HTTPS") for group in groups)
        return Connection(source, target, ports, "HTTP", ends, "the task's own", target, always=False)
    if target == "database":
        instances = deployment.of("AWS::RDS::DBInstance")
        groups = [instance.target("DBParameterGroupName") for instance in instances]
        ends = tuple(End(group, str(group.get("Parameters", "rds.force_ssl")) == "1") for group in groups)
        return Connection(source, target, ports, "SQL", ends, f"RDS's, of {instances[0].get('CACertificateIdentifier')}", target)
    # AWS's services and S3 take nothing else on this port.
    ends = tuple(End(endpoint, ports == (443, 443)) for endpoint in deployment.of("AWS::EC2::VPCEndpoint"))
    return Connection(source, target, ports, "TCP", ends, "AWS's", "AWS")


def _scheme(method: Resource) -> str:
    uri = method.get("Integration", "Uri")
    return str(uri.parts[0] if isinstance(uri, Text) else uri or "").partition(":")[0]


def _modern(gateway: Resource) -> End:
    policy = GATEWAY_POLICY.fullmatch(str(gateway.get("SecurityPolicy")))
    return End(gateway, policy is not None and gateway.get("EndpointAccessMode") == "STRICT")


def _listening(listener: Resource) -> End:
    tls = listener.get("Protocol") == "HTTPS" and bool(listener.get("Certificates"))
    return End(listener, tls and BALANCER_POLICY.fullmatch(str(listener.get("SslPolicy"))) is not None)


def _certificate(deployment: Deployment, listener: Resource) -> str:
    return f"ACM's for {deployment.environment.certificate_domain}" if listener.get("Certificates") else ""
