"""A request finds its way from the gateway to the tasks: each hop speaks to the next by a protocol and on a port that the next one takes.

VPC link to load balancer, listener to target group, target group to what is registered in it, service to container.
"""

import re
from collections.abc import Iterator
from typing import Any

from ci.model import Deployment, Reference, Resource
from ci.model.tasks import GROUP, registrations, told
from ci.rules import Finding, shown

SEVERITY = "breaks"
SOURCE = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-target-groups.html"
REMEDY = "Next: take ports and protocols from the settings on both sides (environment.listener_port, environment.container_port)."

BALANCER, LISTENER = "AWS::ElasticLoadBalancingV2::LoadBalancer", "AWS::ElasticLoadBalancingV2::Listener"
# What each type of load balancer listens to, and sends on.
PROTOCOLS = {"application": ("HTTP", "HTTPS"), "network": ("TCP", "TLS")}
# Of a VPC link through PrivateLink no rule could name the addresses.
# https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-security-groups.html
UNCHECKED = "EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic"

# https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_FixedResponseActionConfig.html
TEXTS = ("text/plain", "text/css", "text/html", "application/javascript", "application/json")
PORTS = {"http": 80, "https": 443}
ADDRESS = re.compile(r"(https?)://(\$\{[^}]+\}|[^/:]+)(?::(\d+))?(?:/|$)")


def check(deployment: Deployment) -> Iterator[Finding]:
    """Follow the way hop by hop."""
    registered = {group for registration in registrations(deployment) for group in registration.groups}
    listeners: dict[Resource, list[Resource]] = {}
    for listener in deployment.of(LISTENER):
        balancer = listener.target("LoadBalancerArn")
        listeners.setdefault(balancer, []).append(listener)
        if not all(map(_is_whole, listener.get("DefaultActions", default=[{}]) or [{}])):
            yield Finding(listener, "has no default action, or one that says nothing: a text of a type that load balancers know.")
        if listener.need("Protocol") not in PROTOCOLS[_type(balancer)]:
            yield Finding(listener, f"listens to {listener.get('Protocol')}, which {balancer.label} does not take.")
        if groups := dict(_forwards(deployment, listener)):
            yield from _groups(balancer, groups, registered)
        elif not any(action.get("Type") == "redirect" for action in listener.get("DefaultActions", default=[])):
            yield Finding(listener, "forwards to nothing, by itself or by a rule.")
    for balancer in deployment.of(BALANCER):
        if balancer not in listeners:
            yield Finding(balancer, "has no listener.")
    for group in deployment.of(GROUP):
        if group.target("VpcId").type != "AWS::EC2::VPC":
            yield Finding(group, "is in no VPC of these templates.")
        if group.get("TargetType") == "alb":
            yield from _alb(group, listeners)
    yield from _links(deployment, listeners)
    yield from _integrations(deployment, listeners)
    yield from _services(deployment)


def _is_whole(action: dict[str, Any]) -> bool:
    """Whether an action says all that ELB asks of it."""
    response = action.get("FixedResponseConfig", {})
    if action.get("Type") != "fixed-response":
        return bool(action)
    return "StatusCode" in response and response.get("ContentType", TEXTS[0]) in TEXTS


def _type(balancer: Resource) -> str:
    return str(balancer.get("Type", default="application"))


def _forwards(deployment: Deployment, listener: Resource) -> Iterator[tuple[Resource, float]]:
    """Each target group to which a listener or one of its rules forwards, with its weight."""
    for resource in (listener, *deployment.users(listener)):
        for action in resource.get("DefaultActions" if resource is listener else "Actions", default=[]):
            if isinstance(alone := action.get("TargetGroupArn"), Reference):
                yield alone.resource, 1
            for each in action.get("ForwardConfig", {}).get("TargetGroups", []):
                if isinstance(arn := each.get("TargetGroupArn"), Reference):
                    yield arn.resource, each.get("Weight", 1)


def _groups(balancer: Resource, groups: dict[Resource, float], registered: set[Resource]) -> Iterator[Finding]:
    for group, weight in groups.items():
        if group.need("Protocol") not in PROTOCOLS[_type(balancer)]:
            yield Finding(group, f"takes {group.get('Protocol')}, and {balancer.label} in front of it does not send that.")
        if weight and group not in registered and not group.get("Targets"):
            yield Finding(group, f"gets requests of {balancer.label}, and nothing is registered in it.")
    if not any(groups.values()):
        yield Finding(balancer, "gives no target group any weight.")


def _alb(group: Resource, listeners: dict[Resource, list[Resource]]) -> Iterator[Finding]:
    """An ALB can be the target of TCP alone, on the port of its listener, and is asked for its health as that listens."""
    alb, port = group.target("Targets", 0, "Id"), group.get("Targets", 0, "Port", default=group.get("Port"))
    behind = [listener for listener in listeners.get(alb, []) if listener.get("Port") == port]
    if len(group.need("Targets")) != 1 or _type(alb) != "application" or not behind:
        yield Finding(group, f"does not have one ALB as its target, on the port of a listener, but {alb.label} on {port}.")
    if (group.get("Protocol"), group.get("Port")) != ("TCP", port):
        yield Finding(
            group, f"is {group.get('Protocol')} on {group.get('Port')}: an ALB as a target takes TCP alone, on its listener's port."
        )
    for listener in behind:
        if group.get("HealthCheckProtocol", default="TCP") != listener.get("Protocol"):
            yield Finding(group, f"does not ask over {listener.get('Protocol')} for the health of {alb.label}.")


def _links(deployment: Deployment, listeners: dict[Resource, list[Resource]]) -> Iterator[Finding]:
    for link in deployment.of("AWS::ApiGateway::VpcLink"):
        for balancer in link.targets("TargetArns"):
            if _type(balancer) != "network" or balancer not in listeners:
                yield Finding(link, f"leads to {balancer.label}, which is not an NLB that listens.")
            elif balancer.get(UNCHECKED) != "off":
                yield Finding(balancer, "checks its inbound rules on what comes from the VPC link, and none of them lets it in.")


def _integrations(deployment: Deployment, listeners: dict[Resource, list[Resource]]) -> Iterator[Finding]:
    """A private integration names the load balancer itself, or reaches it through a VPC link; its address says the port, and the host."""
    hosts = [told(each.container).items() for each in registrations(deployment) if each.container]
    known = {str(value) for variables in hosts for name, value in variables if str(name).endswith("_HOSTS")}
    for method in deployment.of("AWS::ApiGateway::Method"):
        if method.get("Integration", "ConnectionType") != "VPC_LINK":
            continue
        match = ADDRESS.match(str(method.need("Integration", "Uri")))
        if match is None:
            yield Finding(method, f"passes requests on to {method.get('Integration', 'Uri')}, which is not an address.")
            continue
        scheme, host, port = match.groups()
        target = method.get("Integration", "IntegrationTarget")
        link = method.target("Integration", "ConnectionId")
        ways = [target.resource] if isinstance(target, Reference) else link.targets("TargetArns") if link.get("TargetArns") else []
        taken = {int(listener.need("Port")) for balancer in ways for listener in listeners.get(balancer, [])}
        if int(port or PORTS[scheme]) not in taken:
            yield Finding(method, f"passes requests on to port {port or PORTS[scheme]} of {host}, where nothing listens.")
        if known and not any(host in each.split(",") for each in known):
            yield Finding(method, f"passes requests on as {host}, a host under which the service does not answer.")


def _services(deployment: Deployment) -> Iterator[Finding]:
    for service, groups, definition, container, port in registrations(deployment):
        ports = [mapping.get("ContainerPort") for mapping in (container or {}).get("PortMappings", [])]
        if port not in ports:
            listens = ", ".join(map(str, ports)) or "none"
            yield Finding(service, f"sends requests to port {port} of a container of {definition.label}, which listens on {listens}.")
        if container and not container.get("Essential", True):
            yield Finding(definition, f"goes on without {container.get('Name')}, to which {service.label} sends requests.")
        if any(mapping.get("Protocol", "tcp") != "tcp" for mapping in (container or {}).get("PortMappings", [])):
            yield Finding(definition, "listens with another protocol than TCP.")
        for group in groups:
            if group.get("TargetType") != "ip":
                yield Finding(group, f"is of type {shown(group.get('TargetType'))}: tasks of Fargate are reached by address (ip).")
            if group.get("Port") != port:
                yield Finding(group, f"is for port {group.get('Port')}, and {service.label} listens on {port}.")
        if len(set(groups)) < len(groups):
            yield Finding(service, "has one target group twice, for the old version and the new one.")
