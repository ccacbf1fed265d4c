"""How long a deployment takes, stack by stack, and which stacks it waits for: the critical path.

The seconds are averages over many deployments. A stack takes as long as the longest chain of its resources that have such an average.
Other resources are quick, but not instant, and the stack around them costs time too: the average of all nested stacks is what a stack
takes at the most, if its chain is not longer.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from functools import cache
from graphlib import TopologicalSorter
from typing import NamedTuple

from ci.changes.differ import Change
from ci.model import Deployment, Resource, Template

# The forecasts of AWS's tool rain: https://github.com/aws-cloudformation/rain/tree/main/internal/cmd/forecast
CREATION = {
    "AWS::ApiGateway::VpcLink": 429,
    "AWS::ApiGatewayV2::VpcLink": 124,
    "AWS::EC2::VPCEndpoint": 47,
    "AWS::ECS::Service": 119,
    "AWS::ElasticLoadBalancingV2::LoadBalancer": 116,
    "AWS::RDS::DBInstance": 595,
}
SMALL_STACK = 133
ASSUMPTIONS = (
    "Average seconds to create: "
    + ", ".join(f"{kind.removeprefix('AWS::').replace('::', ' ')} {seconds}" for kind, seconds in sorted(CREATION.items()))
    + f"; other resources 0, or up to {SMALL_STACK} a stack. A new version of the service takes its average and what its strategy waits."
    " Changes in place and removals are not counted."
)


class Stack(NamedTuple):
    """A nested stack in time: the seconds it takes, at least and at most, and when it is ready at the latest."""

    name: str
    needs: tuple[str, ...]
    least: int
    most: int
    ready: int


class Duration(NamedTuple):
    """The stacks in the order of their deployment, the seconds of all, and the stacks that decide over them."""

    stacks: tuple[Stack, ...]
    least: int
    most: int
    path: tuple[str, ...]


def creation(deployment: Deployment) -> Duration:
    """The first deployment of all that the root stack nests."""
    return _duration(deployment, _created, deployment.templates)


def update(deployment: Deployment, changes: Iterable[Change]) -> Duration:
    """A deployment of these changes; what is only possible is left out."""
    found = {change.label: change.kind for change in changes if "may" not in change.kind}
    seconds = {resource: _created(resource) for resource in deployment if found.get(resource.label) in ("added", "replaced")}
    for service in deployment.of("AWS::ECS::Service"):
        if found.get(service.label) in ("changed", "interrupted"):
            seconds[service] = CREATION[service.type] + shift_seconds(service)
    return _duration(deployment, lambda resource: seconds.get(resource, 0), {label.partition(".")[0] for label in found})


def shift_seconds(service: Resource) -> int:
    """What the strategy waits while a new version takes over."""
    settings = service.get("DeploymentConfiguration", default={})
    linear, canary = settings.get("LinearConfiguration", {}), settings.get("CanaryConfiguration", {})
    minutes = settings.get("BakeTimeInMinutes", 0) if settings.get("Strategy", "ROLLING") != "ROLLING" else 0
    minutes += canary.get("CanaryBakeTimeInMinutes", 0)
    if linear:
        steps = -(-100 // float(linear["StepPercent"]))
        minutes += (steps - 1) * linear.get("StepBakeTimeInMinutes", 0)
    return int(minutes * 60)


def minutes(duration: Duration) -> str:
    """The estimate in words."""
    least, most = (-(-seconds // 60) for seconds in (duration.least, duration.most))
    if least == 0:
        return f"up to about {most} minutes"
    return f"about {most} minutes" if least == most else f"about {least} to {most} minutes"


def _created(resource: Resource) -> int:
    # A gateway endpoint is an entry in a route table.
    return 0 if resource.get("VpcEndpointType") == "Gateway" else CREATION.get(resource.type, 0)


def _duration(deployment: Deployment, seconds: Callable[[Resource], int], touched: Collection[str]) -> Duration:
    stacks: dict[str, Stack] = {}
    early: dict[str, int] = {}
    for template in _in_order(deployment):
        needs = tuple(sorted(_needs(deployment, template)))
        least = _span(template.resources.values(), seconds)
        most = max(least, SMALL_STACK) if template.name in touched else least
        early[template.name] = least + max((early[need] for need in needs), default=0)
        stacks[template.name] = Stack(template.name, needs, least, most, most + max((stacks[need].ready for need in needs), default=0))
    path: list[str] = []
    # From the stack that is ready last, each time to the one that it waits for longest.
    while last := max(stacks[path[0]].needs if path else sorted(stacks), key=lambda name: stacks[name].ready, default=None):
        path.insert(0, last)
    return Duration(
        tuple(stacks.values()),
        max(early.values(), default=0),
        max((stack.ready for stack in stacks.values()), default=0),
        tuple(name for name in path if stacks[name].most),
    )


def _in_order(deployment: Deployment) -> Iterator[Template]:
    nested = sorted(template.name for template in deployment.templates.values() if template.stack)
    order = TopologicalSorter({name: sorted(_needs(deployment, deployment.templates[name])) for name in nested})
    return (deployment.templates[name] for name in order.static_order())


def _needs(deployment: Deployment, template: Template) -> set[str]:
    needed = template.stack.needed if template.stack else set()
    return {other.name for other in deployment.templates.values() if other.stack in needed}


def _span(resources: Iterable[Resource], seconds: Callable[[Resource], int]) -> int:
    """The longest chain of resources that wait for each other."""

    @cache
    def ready(resource: Resource) -> int:
        return seconds(resource) + max((ready(needed) for needed in resource.needed), default=0)

    return max((ready(resource) for resource in resources), default=0)
