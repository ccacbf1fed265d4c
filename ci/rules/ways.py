"""Every way that code of ours takes is open: to each host that it is told, on its port, and to the endpoints of what its roles call.

A task that is told a database without a flow to it waits until it is killed; one that cannot reach an endpoint is never pulled or logged.
"""

import re
from collections.abc import Iterator
from typing import Any

from ci.model import Deployment, Resource
from ci.model.code import callers
from ci.model.identity import permissions
from ci.model.reach import Flow, flows, group_name, groups_of, kind, standing
from ci.model.tasks import containers, registrations, told, users
from ci.model.values import references
from ci.rules import Finding
from facts.endpoints import ENDPOINTS, GATEWAYS

SEVERITY = "breaks"
SOURCE = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-task-networking.html"
REMEDY = "Next: add a line to templates/flows.py, with the port on which the other end answers."

# Attributes that are host names or addresses, such as Endpoint.Address, PrimaryEndPoint.Address and DNSName.
HOST = re.compile(r"(?i)(address|dns|host|endpoint)")
# Layers of images come from S3 by links that ECR signed. https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html
BEHIND = {"ecr": ("s3",)}


def check(deployment: Deployment) -> Iterator[Finding]:
    """Look at what each container is told, at what each role calls, and at where each flow ends."""
    members = [member for member in standing(deployment) if groups_of(member)]
    answering = _ports(deployment, members)
    found = flows(deployment)
    groups = {group_name(group): group for group in deployment.of("AWS::EC2::SecurityGroup")}
    for definition, container in containers(deployment):
        for name, host in _hosts(told(container)):
            for user in users(deployment, definition) if host in members else ():
                ports = _own_ports(host)
                if any(_reaches(found, user, kind(host), port) for port in ports):
                    continue
                on = ", ".join(map(str, sorted(ports)))
                if any(flow.target == kind(host) and groups_of(user) and flow.source == kind(user) for flow in found):
                    yield Finding(host, f"answers on port {on}, where {user.label}, which is told it by {name}, cannot reach it.")
                else:
                    yield Finding(user, f"is told {host.label} by {name}, but cannot reach it on port {on}.")
    for flow in sorted(found):
        ports = answering.get(flow.target, set())
        if ports and not any(flow.ports[0] <= port <= flow.ports[1] for port in ports):
            yield Finding(groups.get(flow.target), f"lets {flow.source} in on port {flow.ports[0]}, where nothing in it answers.")
    yield from _calls(deployment, found)


def _hosts(variables: dict[str, Any]) -> Iterator[tuple[str, Resource]]:
    for name, value in variables.items():
        yield from (
            (name, each.resource)
            for each in references(value)
            if each.resource.facts.answers and HOST.search(each.attribute) and not each.attribute.endswith("Port")
        )


def _ports(deployment: Deployment, members: list[Resource]) -> dict[str, set[int]]:
    """For each name in the table of flows, the ports on which something there answers."""
    found: dict[str, set[int]] = {}
    for resource, answers in deployment.with_facts("answers"):
        for each in answers:
            where = resource.related(each.through) if each.through else resource
            if where is not None and where in members:
                found.setdefault(kind(where), set()).update(_own_ports(resource))
    for registration in registrations(deployment):
        if registration.service in members:
            found.setdefault(kind(registration.service), set()).add(registration.port)
    return found


def _own_ports(resource: Resource) -> set[int]:
    """The ports on which something answers by itself."""
    given = [
        each.port if isinstance(each.port, int) else next(iter(resource.values(each.port)), each.default_port)
        for each in resource.facts.answers
    ]
    return {int(port) for port in given if port is not None}


def _reaches(found: set[Flow], source: Resource, target: str, port: int) -> bool:
    names = {kind(source)} if groups_of(source) else set()
    return any(flow.source in names and flow.target == target and flow.ports[0] <= port <= flow.ports[1] for flow in found)


def _calls(deployment: Deployment, found: set[Flow]) -> Iterator[Finding]:
    endpoints = {
        str(endpoint.get("ServiceName")).partition(f".{deployment.environment.region}.")[2]: endpoint
        for endpoint in deployment.of("AWS::EC2::VPCEndpoint")
    }
    for caller, roles in callers(deployment).items():
        services = {action.split(":")[0] for role in roles for statement in permissions(deployment, role) for action in statement.actions}
        wanted = {name for service in services for name in (*ENDPOINTS.get(service, ()), *BEHIND.get(service, ()))}
        closed = set()
        for name in sorted(wanted & endpoints.keys()):
            endpoint = endpoints[name]
            target = name if name in GATEWAYS and not endpoint.get("SubnetIds") else kind(endpoint)
            if groups_of(caller) and not _reaches(found, caller, target, 443):
                closed.add((target, name))
        for target in sorted({target for target, _ in closed}):
            names = ", ".join(name for other, name in sorted(closed) if other == target)
            yield Finding(caller, f"cannot reach {target} on port 443, through which its code calls {names}.")
