"""Every connection of a deployment, from the user to the database, and whether it is encrypted: read from all of its ends.

The request's way follows listeners, integrations and target groups; the rest is what the security groups let through.
"""

from collections.abc import Iterator
from typing import NamedTuple

from ci.model.deployment import Deployment
from ci.model.entrance import BALANCER
from ci.model.reach import Flow, flows, groups_of, kind, standing
from ci.model.resource import Resource
from ci.model.values import Text, references
from facts.kinds import Answers


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
    stands: dict[str, list[Resource]] = {}
    for resource in standing(deployment):
        if groups_of(resource):
            stands.setdefault(kind(resource), []).append(resource)
    balancers = [(name, each) for name, found in stands.items() for each in found if each.type == BALANCER]
    # An NLB is before the ALB.
    entrance, balancer = min(balancers, key=lambda found: found[1].get("Type") != "network", default=("alb", None))
    listeners = _listeners(deployment)
    port = int(listeners[balancer][0].need("Port")) if balancer in listeners else 0
    integrations = tuple(End(method, _scheme(method) == "https") for method in deployment.of("AWS::ApiGateway::Method") if _scheme(method))
    shown = f"ACM's for {deployment.environment.certificate_domain}"

    def http(source: str, target: str, ports: tuple[int, int]) -> Connection:
        # An NLB passes on what it gets, so that the ALB has to speak what the gateway does.
        listening = [listener for each in stands.get(target, []) if _is_alb(each) for listener in listeners.get(each, [])]
        certified = any(listener.get("Certificates") for _, each in balancers if _is_alb(each) for listener in listeners.get(each, []))
        ends_at = next((name for name, each in balancers if _is_alb(each)), target)
        ends = integrations + tuple(_end(listener, answers) for listener in listening for answers in listener.facts.answers)
        return Connection(source, target, ports, "HTTP", ends, shown if certified else "", ends_at, always=False)

    gateways = deployment.of("AWS::ApiGateway::RestApi", "AWS::ApiGateway::DomainName")
    domains = " and ACM's" if deployment.of("AWS::ApiGateway::DomainName") else ""
    ends = tuple(_end(gateway, answers) for gateway in gateways for answers in gateway.facts.answers)
    front = [
        Connection("user", "gateway", (443, 443), "old TLS", ends, f"API Gateway's{domains}", "gateway"),
        http("gateway", entrance, (port, port)),
    ]
    # The VPC link is the gateway's way in.
    links = {name for name, found in stands.items() if any(each.type == "AWS::ApiGatewayV2::VpcLink" for each in found)}
    inside = [flow for flow in _in_order(flows(deployment), links | {entrance}, stands) if flow.source not in links]
    behind = (
        http(*flow) if any(each.type == BALANCER for each in stands.get(flow.target, [])) else _behind(deployment, flow, stands)
        for flow in inside
    )
    return front + list(behind)


def _in_order(found: set[Flow], first: set[str], stands: dict[str, list[Resource]]) -> list[Flow]:
    """As a request goes: from the entrance on, to what answers in the network before AWS's services; then what comes by other ways."""
    depth = dict.fromkeys(first, 0)
    while further := {flow.target: depth[flow.source] + 1 for flow in found if flow.source in depth and flow.target not in depth}:
        depth |= further
    return sorted(
        found,
        key=lambda flow: (depth.get(flow.source, len(found)), flow.source, _is_aws(stands.get(flow.target, [])), flow.target, flow.ports),
    )


def _behind(deployment: Deployment, flow: Flow, stands: dict[str, list[Resource]]) -> Connection:
    """A connection behind the ALB."""
    source, target, ports = flow
    there = stands.get(target, [])
    if _is_aws(there):
        # AWS's services and S3 take nothing else on this port.
        ends = tuple(End(endpoint, ports == (443, 443)) for endpoint in deployment.of("AWS::EC2::VPCEndpoint"))
        return Connection(source, target, ports, "TCP", ends, "AWS's", "AWS")
    if groups := [group for each in there for group in _target_groups(each)]:
        ends = tuple(_end(group, answers) for group in groups for answers in group.facts.answers)
        return Connection(source, target, ports, "HTTP", ends, "the task's own", target, always=False)
    ends = tuple(_end(each, answers) for each in there for answers in each.facts.answers)
    authority = next((f", of {each.get('CACertificateIdentifier')}" for each in there if each.get("CACertificateIdentifier")), "")
    return Connection(source, target, ports, "TCP", ends, f"AWS's{authority}", target)


def _end(resource: Resource, answers: Answers) -> End:
    return End(resource, answers.always_tls or (bool(answers.tls) and all(each.holds(resource) for each in answers.tls)))


def _is_aws(there: list[Resource]) -> bool:
    """Whether a flow leads to AWS's services: through interface endpoints, or by a prefix list, where nothing of ours is."""
    return all(each.type == "AWS::EC2::VPCEndpoint" for each in there)


def _is_alb(balancer: Resource) -> bool:
    return balancer.type == BALANCER and balancer.get("Type", default="application") == "application"


def _listeners(deployment: Deployment) -> dict[Resource, list[Resource]]:
    """What takes connections for something else, by that: a load balancer's listeners."""
    found: dict[Resource, list[Resource]] = {}
    for resource, all_of in deployment.with_facts("answers"):
        for answers in all_of:
            if answers.through and (other := resource.related(answers.through)):
                found.setdefault(other, []).append(resource)
    return found


def _target_groups(service: Resource) -> Iterator[Resource]:
    """The target groups in which something registers: those to which its own properties refer."""
    seen = dict.fromkeys(reference.resource for reference in references(service.properties))
    yield from (resource for resource in seen if any(answers.hop and not answers.through for answers in resource.facts.answers))


def _scheme(method: Resource) -> str:
    uri = method.get("Integration", "Uri")
    return str(uri.parts[0] if isinstance(uri, Text) else uri or "").partition(":")[0]
