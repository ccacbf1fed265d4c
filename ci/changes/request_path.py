"""The way of a request through what is deployed at one moment, and where it is broken.

From the address that callers know: the stage and what it deployed, the VPC link, load balancers, listeners and rules, a target group with
tasks in it, the host name that is sent among those that the running tasks allow, the health check's path among those that the image
answers, and at each hop the security groups' rules for the port.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

from ci.changes.state import Item, State, ids
from ci.changes.values import at, listed, same, text
from ci.project import HERE

ELB = "AWS::ElasticLoadBalancingV2::"
API = "AWS::ApiGateway::"
SERVICE, TASKS, DATABASE = "AWS::ECS::Service", "AWS::ECS::TaskDefinition", "AWS::RDS::DBInstance"
GROUP, EGRESS, INGRESS = (f"AWS::EC2::SecurityGroup{end}" for end in ("", "Egress", "Ingress"))
# Only a step of one of these can open or break the way.
TYPES = {
    *(f"{API}{name}" for name in ("BasePathMapping", "Deployment", "DomainName", "Method", "RestApi", "Stage", "VpcLink")),
    *(f"{ELB}{name}" for name in ("Listener", "ListenerRule", "LoadBalancer", "TargetGroup")),
    *("AWS::ApiGatewayV2::VpcLink", SERVICE, TASKS, DATABASE, GROUP, EGRESS, INGRESS),
}
# A rule to nowhere, which takes the place of the one that allows all.
CLOSED = "127.0.0.1/32"
URI = re.compile(r"(https?)://([^/]*?)(?::(\d+))?(?:/|$)")


@cache
def _checks() -> tuple[frozenset[str], frozenset[str]]:
    """The paths at which the image says whether it is well, as its source has them: always, and unless the tasks are told another one."""
    tree = ast.parse((HERE / "books_api" / "runtime" / "health.py").read_text(encoding="utf-8"))
    keys = [key for node in ast.walk(tree) if isinstance(node, ast.Dict) for key in node.keys if key]
    always, else_ = ([each for each in keys if isinstance(each, ast.Constant) == constant] for constant in (True, False))
    return _paths(always), _paths(else_)


def _paths(keys: list[ast.expr]) -> frozenset[str]:
    constants = (node.value for key in keys for node in ast.walk(key) if isinstance(node, ast.Constant))
    return frozenset(value for value in constants if isinstance(value, str) and value.startswith("/"))


def answered(told: set[str]) -> frozenset[str]:
    """The paths at which tasks answer that are told these."""
    always, else_ = _checks()
    return always | (frozenset(told) or else_)


class Broken(NamedTuple):
    """Where the way ends: what kind of place it is, the resource, and the end of a sentence that begins with it."""

    place: str
    label: str
    sentence: str


class Sent(NamedTuple):
    """What the gateway sends, and what it and its callers know."""

    host: str
    known: "Callers"


class Callers(NamedTuple):
    """What callers and tasks agree on before the update."""

    # The default addresses, as ids of a REST API and names of a stage; the domains, with their base paths.
    defaults: tuple[tuple[str, str], ...]
    domains: tuple[tuple[str, str], ...]
    # The variables in which tasks are told the hosts that they answer for, and the path of the health check.
    host_variables: frozenset[str]
    health_variables: frozenset[str]


def callers(state: State) -> Callers:
    """The addresses that answer in this state, and how tasks know the host that is sent."""
    defaults = tuple(
        (api.id, text(stage.at("StageName")))
        for stage in state.of(f"{API}Stage")
        if (api := state.one(stage.at("RestApiId"))) and _is_public(api)
    )
    domains = tuple(
        (text(domain.at("DomainName")), text(mapping.at("BasePath")))
        for mapping in state.of(f"{API}BasePathMapping")
        if (domain := state.one(mapping.at("DomainName")))
    )
    hosts = {host for stage in state.of(f"{API}Stage") for method in served(state, stage).values() if (host := _target(method)[1])}
    paths = {text(group.at("HealthCheckPath")) for group in state.of(f"{ELB}TargetGroup")}
    told = [pair for tasks in state.of(TASKS) for pair in _environment(tasks)]
    return Callers(
        defaults,
        domains,
        frozenset(name for name, value in told if hosts & set(_words(value))),
        frozenset(name for name, value in told if value in paths),
    )


def operations(state: State, api: str) -> dict[str, Item]:
    """The operations of an API as they are at this moment, by method and path."""
    return {_operation(state, each): each for each in state.of(f"{API}Method") if api in ids(each.at("RestApiId"))}


def _operation(state: State, method: Item) -> str:
    path, part = "", state.one(method.at("ResourceId"))
    while part and part.type == f"{API}Resource":
        path, part = f"/{text(part.at('PathPart'))}{path}", state.one(part.at("ParentId"))
    return f"{text(method.at('HttpMethod'))} {path or '/'}"


def broken(state: State, known: Callers, wanted: set[str]) -> list[Broken]:
    """Every place where requests to one of the addresses end; `wanted` are the operations that are to be served."""
    found: dict[str, Broken] = {}
    for stage in _stages(state, known, found):
        seen = set()
        for name, method in served(state, stage).items():
            if name in wanted and (way := _target(method)) not in seen:
                seen.add(way)
                for each in _behind(state, method, known):
                    found.setdefault(each.place, each)
    return list(found.values())


def _is_public(api: Item) -> bool:
    return not same(api.at("DisableExecuteApiEndpoint"), True) and "PRIVATE" not in text(api.at("EndpointConfiguration", "Types"))


def _stages(state: State, known: Callers, found: dict[str, Broken]) -> Iterator[Item]:
    """The stages behind the addresses; what is missing goes to `found`."""
    for identity, name in known.defaults:
        api = state.items.get(identity)
        stage = next(
            (one for one in state.of(f"{API}Stage") if identity in ids(one.at("RestApiId")) and text(one.at("StageName")) == name), None
        )
        if api is None or stage is None:
            sentence = "would be another API, or another stage, with another address: callers of the old address are refused"
            found.setdefault("address", Broken("address", identity, sentence))
        elif not _is_public(api):
            sentence = "would lose its address at execute-api: callers of that address are refused"
            found.setdefault("address", Broken("address", api.label, sentence))
        else:
            yield stage
    for domain, path in known.domains:
        for mapping in state.of(f"{API}BasePathMapping"):
            named = state.one(mapping.at("DomainName"))
            if named and text(named.at("DomainName")) == domain and text(mapping.at("BasePath")) == path:
                if stage := state.one(mapping.at("Stage")):
                    yield stage
                break
        else:
            found.setdefault(
                "domain", Broken("domain", _labelled(state, domain), f"would no longer answer at {domain}: its callers are refused")
            )


def _labelled(state: State, domain: str) -> str:
    apis = [api.label for api in state.of(f"{API}RestApi")]
    return next((one.label for one in state.of(f"{API}DomainName") if text(one.at("DomainName")) == domain), next(iter(apis), domain))


def served(state: State, stage: Item) -> dict[str, Item]:
    """The operations that a stage serves: those that its deployment copied."""
    deployment = state.one(stage.at("DeploymentId"))
    return state.copies.get(deployment.id, {}) if deployment else {}


def _target(method: Item) -> tuple[str, str, int]:
    """By what, to which host and to which port an operation is forwarded through a VPC link; empty where it is not."""
    if text(method.at("Integration", "ConnectionType")) != "VPC_LINK" or not (match := URI.match(text(method.at("Integration", "Uri")))):
        return "", "", 0
    by = text(method.at("Integration", "ConnectionId")) + text(method.at("Integration", "IntegrationTarget"))
    return by, match[2], int(match[3] or (443 if match[1] == "https" else 80))


def _behind(state: State, method: Item, known: Callers) -> Iterator[Broken]:
    by, host, port = _target(method)
    if not by:
        return
    link = state.one(method.at("Integration", "ConnectionId"))
    if link is None:
        gone = next(ids(method.at("Integration", "ConnectionId")), method.label)
        yield Broken("link", gone.split(" ")[0], "would be deleted while the stage still sends requests through it")
        return
    balancer = state.one(method.at("Integration", "IntegrationTarget") or link.at("TargetArns"))
    if balancer is None:
        yield Broken("balancer", link.label, "would lead to a load balancer that is gone")
        return
    if not reaches(state, link.at("SecurityGroupIds"), balancer.at("SecurityGroups"), port):
        yield Broken("rules", link.label, f"would not reach {balancer.label} on port {port}: no rules of their security groups allow it")
    yield from _through(state, balancer, port, Sent(host, known))


def _through(state: State, balancer: Item, port: int, sent: Sent) -> Iterator[Broken]:
    listeners = [one for one in state.of(f"{ELB}Listener") if balancer.id in ids(one.at("LoadBalancerArn")) and same(one.at("Port"), port)]
    if not listeners:
        yield Broken("listener", balancer.label, f"would have no listener on port {port}, to which requests go")
        return
    for group in _groups(state, listeners[0]):
        if text(group.at("TargetType")) == "alb":
            yield from _next(state, balancer, group, sent)
        else:
            yield from _tasks(state, balancer, group, sent)


def _groups(state: State, listener: Item) -> list[Item]:
    """The target groups to which requests go, by the rule that comes first, or by the listener's own action."""
    rules = [rule for rule in state.of(f"{ELB}ListenerRule") if listener.id in ids(rule.at("ListenerArn"))]
    for actions in [rule.at("Actions") for rule in sorted(rules, key=_priority)] + [listener.at("DefaultActions")]:
        for action in listed(actions):
            weighted = [group for group in listed(at(action, ("ForwardConfig", "TargetGroups"))) if not same(group.get("Weight"), 0)]
            if found := state.all(
                [*(group.get("TargetGroupArn") for group in weighted), None if weighted else action.get("TargetGroupArn")]
            ):
                return found
    return []


def _priority(rule: Item) -> int:
    found = text(rule.at("Priority"))
    return int(found) if found.isdigit() else 0


def _next(state: State, balancer: Item, group: Item, sent: Sent) -> Iterator[Broken]:
    """From one load balancer through a target group to another."""
    ports = [text(target.get("Port", group.at("Port"))) for target in listed(group.at("Targets"))]
    behind = state.one(group.at("Targets"))
    if behind is None or not ports or not ports[0].isdigit():
        yield Broken("target", group.label, "would have no load balancer as its target")
        return
    if not reaches(state, balancer.at("SecurityGroups"), behind.at("SecurityGroups"), int(ports[0])):
        yield Broken(
            "rules", balancer.label, f"would not reach {behind.label} on port {ports[0]}: no rules of their security groups allow it"
        )
    yield from _through(state, behind, int(ports[0]), sent)


def _tasks(state: State, balancer: Item, group: Item, sent: Sent) -> Iterator[Broken]:
    services = [service for service in state.of(SERVICE) if group.id in live_groups(service)]
    if not services:
        yield Broken("tasks", group.label, "would get requests while no task is registered with it: callers get 503")
    for service in services:
        port = next((text(one["ContainerPort"]) for one in listed(service.at("LoadBalancers")) if "ContainerPort" in one), "")
        groups = service.at("NetworkConfiguration", "AwsvpcConfiguration", "SecurityGroups")
        if port.isdigit() and not reaches(state, balancer.at("SecurityGroups"), groups, int(port)):
            yield Broken(
                "rules",
                service.label,
                f"would not be reached on port {port}: no rules of its and the load balancer's security groups allow it",
            )
        definition = state.one(service.at("TaskDefinition"))
        if definition is None:
            continue
        if (path := group.at("HealthCheckPath")) is not None:
            told = {value for name, value in _environment(definition) if name in sent.known.health_variables}
            if text(path) not in answered(told):
                sentence = (
                    f"would ask the tasks for {text(path)}, which those that run do not answer: ECS ends and replaces them without end. "
                    "Deploy tasks that answer both paths first, then the path"
                )
                yield Broken("health", group.label, sentence)
        told = {value for name, value in _environment(definition) if name in sent.known.host_variables}
        if told and not any(sent.host in _words(value) for value in told):
            host = sent.host.strip("${}")
            sentence = f"would allow another host than {host}, which the stage sends: tasks answer every request with 400"
            yield Broken("host", definition.label, sentence)
        for database in state.all(definition.properties):
            if database.type == DATABASE and not reaches(state, groups, database.at("VPCSecurityGroups"), _port(database)):
                yield Broken("database", database.label, "would not be reached by the tasks: no rules of their security groups allow it")


def live_groups(service: Item) -> set[str]:
    """The target groups that may have a service's tasks: ECS moves them between two, unless it replaces them one by one."""
    found = set(ids(service.at("LoadBalancers", "TargetGroupArn")))
    return found | set(ids(service.at("LoadBalancers", "AdvancedConfiguration", "AlternateTargetGroupArn"))) if moves(service) else found


def moves(service: Item) -> bool:
    """Whether ECS shifts traffic from one target group to another, and so the weights of a rule."""
    return service.at("DeploymentConfiguration", "Strategy") not in (None, "ROLLING")


def _port(database: Item) -> int:
    port = text(database.at("Port"))
    return int(port) if port.isdigit() else 5432


def _environment(definition: Item) -> Iterator[tuple[str, str]]:
    for container in listed(definition.at("ContainerDefinitions")):
        for variable in listed(container.get("Environment")):
            yield text(variable.get("Name")), text(variable.get("Value"))


def _words(value: str) -> list[str]:
    return [word.strip() for word in value.split(",")]


def reaches(state: State, source: Any, target: Any, port: int) -> bool:
    """Whether the rules of two lists of security groups let connections to a port through; what is not in the templates is not judged."""
    sources, targets = set(ids(source)), set(ids(target))
    if not sources & state.items.keys() or not targets & state.items.keys():
        return True
    out, into = _rules(state, EGRESS, sources), _rules(state, INGRESS, targets)
    return (out is None or _allow(out, targets, port)) and (into is None or _allow(into, sources, port))


def _rules(state: State, kind: str, owners: set[str]) -> list[dict[str, Any]] | None:
    """The rules of security groups, of one direction; None where all is allowed: a group without a rule of its own may call everything."""
    found = [rule.properties for rule in state.of(kind) if owners & set(ids(rule.at("GroupId")))]
    for owner in owners & state.items.keys():
        own = state.items[owner].at(kind.rpartition("::")[2])
        if own is None and kind == EGRESS:
            return None
        found += listed(own)
    return found


def _allow(rules: list[dict[str, Any]], peers: set[str], port: int) -> bool:
    return any(_covers(rule, port) and (peers & _peers(rule) or rule.get("CidrIp", CLOSED) != CLOSED) for rule in rules)


def _peers(rule: dict[str, Any]) -> set[str]:
    return {*ids(rule.get("DestinationSecurityGroupId")), *ids(rule.get("SourceSecurityGroupId"))}


def _covers(rule: dict[str, Any], port: int) -> bool:
    first, last = text(rule.get("FromPort", 0)), text(rule.get("ToPort", 65535))
    return text(rule.get("IpProtocol")) == "-1" or (first.isdigit() and last.isdigit() and int(first) <= port <= int(last))
