"""Every hop is encrypted as declared: to the gateway, the database and AWS always, under end_to_end every other hop too.

Each flow's encryption is derived from listeners, target groups, integrations and the database's parameters.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from ci.model import Deployment, Resource
from ci.rules import Finding

SEVERITY = "exposes"
SOURCE = "https://docs.aws.amazon.com/wellarchitected/latest/security-pillar/protecting-data-in-transit.html"
REMEDY = "Render TLS on that hop, or declare encryption = edge."

# TLS 1.3 and 1.2, with forward secrecy.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-security-policies-list.html
GATEWAY_POLICY = re.compile(r"SecurityPolicy_TLS13_1_[23](_PFS)?(_PQ)?_20\d\d_\d\d")
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html
BALANCER_POLICY = re.compile(r"ELBSecurityPolicy-TLS13-1-[23](-Res)?(-PQ)?-20\d\d-\d\d")


class Hop(NamedTuple):
    """A connection of the way, whether it is encrypted, and whether it must be under `edge` too."""

    name: str
    where: Resource
    encrypted: bool
    always: bool


def hops(deployment: Deployment) -> Iterator[Hop]:
    """Every connection from the user to the database."""
    for kind in ("AWS::ApiGateway::RestApi", "AWS::ApiGateway::DomainName"):
        for api in deployment.of(kind):
            modern = GATEWAY_POLICY.fullmatch(str(api.get("SecurityPolicy"))) is not None and api.get("EndpointAccessMode") == "STRICT"
            yield Hop("from the user to the gateway", api, modern, always=True)
    for method in deployment.of("AWS::ApiGateway::Method"):
        yield Hop("from the gateway to the balancer", method, str(method.get("Integration", "Uri")).startswith("https://"), always=False)
    for listener in deployment.of("AWS::ElasticLoadBalancingV2::Listener"):
        if listener.target("LoadBalancerArn").get("Type") == "application":
            tls = listener.get("Protocol") == "HTTPS" and bool(listener.get("Certificates"))
            modern = BALANCER_POLICY.fullmatch(str(listener.get("SslPolicy"))) is not None
            yield Hop("into the ALB", listener, tls and modern, always=False)
    for group in deployment.of("AWS::ElasticLoadBalancingV2::TargetGroup"):
        if group.get("TargetType") == "ip":
            yield Hop("from the ALB to the tasks", group, group.get("Protocol") == "HTTPS", always=False)
    for instance in deployment.of("AWS::RDS::DBInstance"):
        parameters = instance.target("DBParameterGroupName")
        forced = str(parameters.get("Parameters", "rds.force_ssl")) == "1"
        yield Hop("from the tasks to the database", parameters, forced, always=True)


def check(deployment: Deployment) -> Iterator[Finding]:
    """Compare each hop, and what the tasks are told, with the settings."""
    end_to_end = deployment.environment.end_to_end
    for hop in hops(deployment):
        if not hop.encrypted and (hop.always or end_to_end):
            yield Finding(hop.where, f"leaves the connection {hop.name} without TLS, or with an old one.")
        if hop.encrypted and not (hop.always or end_to_end):
            yield Finding(hop.where, f"encrypts the connection {hop.name}, which nothing behind it expects.")
    for definition in deployment.of("AWS::ECS::TaskDefinition"):
        for index, _ in enumerate(definition.need("ContainerDefinitions")):
            told = definition.pairs("ContainerDefinitions", index, "Environment", key="Name").get("TLS")
            if told != ("on" if end_to_end else "off"):
                yield Finding(definition, f"tells a container TLS = {told}, against encryption = {deployment.environment.encryption}.")
