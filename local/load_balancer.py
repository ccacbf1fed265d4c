"""Requests through the load balancers: NLB to ALB, a rule's weights among target groups, and targets that answer."""

import random
import ssl
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import urlopen
from xml.sax.saxutils import escape

from ministack.services import alb
from ministack.services.cloudformation import provisioners

from local import handlers
from local.stricter import Created, Properties

Answer = Any

_parse_actions = alb._parse_actions
_action_xml = alb._action_xml
_execute_action = alb._execute_action
_listener_actions = provisioners._elbv2_listener_actions


def connect() -> None:
    """Exchange the functions; once, before the server starts. ministack knows one target group an action."""
    alb._parse_actions = parse_actions
    alb._action_xml = action_xml
    alb._execute_action = execute_action
    provisioners._elbv2_listener_actions = listener_actions
    handlers.created("AWS::ElasticLoadBalancingV2::TargetGroup", register_declared)


def register_declared(created: Created, properties: Properties) -> None:
    """The targets that a template names, such as an ALB behind an NLB."""
    alb._targets[created[0]] = [{"Id": target["Id"], "Port": int(target["Port"])} for target in properties.get("Targets", ())]


def listener_actions(properties: Properties, balancer: str | None, prop: str = "DefaultActions") -> list[Properties]:
    """As a template declares them."""
    actions: list[Properties] = _listener_actions(properties, balancer, prop)
    for action, declared in zip(actions, properties.get(prop) or (), strict=True):
        if groups := declared.get("ForwardConfig", {}).get("TargetGroups"):
            action["ForwardConfig"] = [{"TargetGroupArn": each["TargetGroupArn"], "Weight": int(each.get("Weight", 1))} for each in groups]
    return actions


def parse_actions(params: Mapping[str, Any], prefix: str = "DefaultActions") -> list[Properties]:
    """As a call declares them: `aws elbv2 modify-rule`."""
    actions: list[Properties] = _parse_actions(params, prefix)
    for number, action in enumerate(actions, 1):
        groups: list[Properties] = []
        at = f"{prefix}.member.{number}.ForwardConfig.TargetGroups.member"
        while arn := alb._p(params, f"{at}.{len(groups) + 1}.TargetGroupArn"):
            groups.append({"TargetGroupArn": arn, "Weight": int(alb._p(params, f"{at}.{len(groups) + 1}.Weight", "1"))})
        if groups:
            action |= {"ForwardConfig": groups, "TargetGroupArn": groups[0]["TargetGroupArn"]}
    return actions


def action_xml(action: Properties) -> str:
    """As it is described."""
    text: str = _action_xml(action)
    groups = "".join(
        f"<member><TargetGroupArn>{escape(group['TargetGroupArn'])}</TargetGroupArn><Weight>{group['Weight']}</Weight></member>"
        for group in action.get("ForwardConfig", ())
    )
    if not groups:
        return text
    return text.replace("</member>", f"<ForwardConfig><TargetGroups>{groups}</TargetGroups></ForwardConfig></member>")


async def execute_action(action: Properties, *request: Any, **more: Any) -> Answer:
    """By the weights; a group of weight 0 gets nothing."""
    groups = action.get("ForwardConfig")
    if groups and any(group["Weight"] for group in groups):
        [chosen] = random.choices(groups, [group["Weight"] for group in groups])
        action = action | {"TargetGroupArn": chosen["TargetGroupArn"]}
    return await _execute_action(action, *request, **more)


async def answer(url: str, method: str, headers: Mapping[str, str], body: bytes, query: Mapping[str, Any], *, client: str) -> Answer | None:
    """What a load balancer of this host answers; None where it is not one."""
    address = urlsplit(url)
    balancer, port = alb.find_lb_for_host(address.hostname or ""), address.port or (443 if address.scheme == "https" else 80)
    if balancer and balancer["Type"] == "network":
        balancer, port = _behind(balancer, port)
    if balancer is None:
        return None
    return await alb.dispatch_request(balancer, method, address.path or "/", dict(headers), body, query, port, client_ip=client)


def _behind(nlb: Properties, port: int) -> tuple[Properties | None, int]:
    """The ALB to which an NLB passes connections to a port."""
    for listener in alb._listeners.values():
        if listener["LoadBalancerArn"] == nlb["LoadBalancerArn"] and listener["Port"] == port:
            targets = alb._targets.get(listener["DefaultActions"][0].get("TargetGroupArn"), [])
            return next(((alb._lbs.get(target["Id"]), target["Port"]) for target in targets), (None, port))
    return None, port


class Rule:
    """A listener's rule whose weights say which of two target groups is live."""

    def __init__(self, arn: str) -> None:
        self.arn = arn

    def weights(self) -> dict[str, int]:
        """By target group."""
        return {group["TargetGroupArn"]: group["Weight"] for group in self._groups()}

    def live(self) -> str:
        """The target group that gets the most."""
        weights = self.weights()
        return max(weights, key=lambda arn: weights[arn])

    def shift(self, to: str, percent: int) -> None:
        """So much to this target group, the rest to the other one."""
        self.set({arn: percent if arn == to else 100 - percent for arn in self.weights()})

    def set(self, weights: Mapping[str, int]) -> None:
        """By target group."""
        for group in self._groups():
            group["Weight"] = weights[group["TargetGroupArn"]]

    def _groups(self) -> list[Properties]:
        [groups] = [action["ForwardConfig"] for action in alb._rules[self.arn]["Actions"] if "ForwardConfig" in action]
        found: list[Properties] = groups
        return found


def register(group: str, host: str, port: int) -> None:
    """Let a task have requests."""
    alb._targets[group] = [*alb._targets.get(group, []), {"Id": host, "Port": port}]


def deregister(group: str, host: str, port: int) -> None:
    """Let a task have none any more."""
    alb._targets[group] = [target for target in alb._targets.get(group, []) if (target["Id"], target["Port"]) != (host, port)]


def until_healthy(group: str, host: str, port: int, seconds: float = 15) -> bool:
    """Whether a task answers the target group's health check; asked more often than it says: nobody likes to wait."""
    check = alb._tgs[group]
    url = f"{check['HealthCheckProtocol'].lower()}://{host}:{port}{check['HealthCheckPath']}"
    wanted = [[int(end) for end in part.split("-")] for part in check["Matcher"]["HttpCode"].split(",")]
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with suppress(OSError):
            status = _status(url)
            if any(ends[0] <= status <= ends[-1] for ends in wanted):
                return True
        time.sleep(0.2)
    return False


def _status(url: str) -> int:
    try:
        # The certificate is the task's own: a load balancer does not look at it either.
        with urlopen(url, timeout=5, context=ssl._create_unverified_context()) as answer:
            status: int = answer.status
            return status
    except HTTPError as error:
        return error.code
