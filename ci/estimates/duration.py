"""How long a deployment takes, stack by stack, and which stacks it waits for: the critical path.

The seconds are averages over many deployments (seconds.toml). A stack takes as long as the longest chain of its resources. The stack around
them costs time too: the average of all nested stacks is what a stack takes at the most, if its chain is not longer.
"""

import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any, NamedTuple

from ci.changes.differ import Change
from ci.model import Deployment, Resource, Template

SECONDS = Path(__file__).with_name("seconds.toml")
DATABASE, SERVICE, STACK = "AWS::RDS::DBInstance", "AWS::ECS::Service", "AWS::CloudFormation::Stack"
# A change of these starts a new deployment of the service, with new tasks; others apply to what runs.
# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html
RELEASING = {
    "LoadBalancers",
    "NetworkConfiguration",
    "PlatformVersion",
    "ServiceConnectConfiguration",
    "ServiceRegistries",
    "TaskDefinition",
    "VolumeConfigurations",
    "VpcLatticeConfigurations",
}


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(SECONDS.read_text(encoding="utf-8"))


def created(kind: str) -> int:
    """The average seconds of a creation; 0 where none are known."""
    return int(_table()["seconds"].get(kind, (0, 0))[0])


def updated(kind: str) -> int:
    """The average seconds of a change in place; 0 where none are known."""
    return int(_table()["seconds"].get(kind, (0, 0))[1])


def assumptions() -> str:
    """What the numbers are, and what they are not."""
    long = sorted(kind for kind in _table()["seconds"] if created(kind) >= 60 and kind != STACK)
    named = ", ".join(f"{kind.removeprefix('AWS::').replace('::', ' ')} {created(kind)}" for kind in long)
    return (
        f"Average seconds to create: {named}; other resources less, up to {created(STACK)} a new stack, {updated(STACK)} another. "
        "A new version of the service takes as long as its creation, and what its strategy waits; a change that interrupts the database, "
        f"or of its zones, {updated(DATABASE)} to {_table()['database_longest']}; other changes in place their average. Removals are not "
        "counted."
    )


# At least, and at most.
Seconds = tuple[int, int]


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
    return _duration(deployment, _created, dict.fromkeys(deployment.templates, created(STACK)))


def update(deployment: Deployment, changes: Iterable[Change]) -> Duration:
    """A deployment of these changes; what is only possible is left out."""
    found = {change.label: change for change in changes if "may" not in change.kind}
    seconds = {resource: _changed(resource, found[resource.label]) for resource in deployment if resource.label in found}
    around = {label.partition(".")[0]: updated(STACK) for label in found}
    for template in deployment.templates.values():
        if template.stack and template.stack.label in found and found[template.stack.label].kind == "added":
            around[template.name] = created(STACK)
    return _duration(deployment, lambda resource: seconds.get(resource, (0, 0)), around)


def _changed(resource: Resource, change: Change) -> Seconds:
    if change.kind in ("added", "replaced"):
        return _created(resource)
    properties = {cause.property.split(".")[0] for cause in change.causes}
    if resource.type == SERVICE and properties & RELEASING:
        seconds = created(SERVICE) + shift_seconds(resource)
        return seconds, seconds
    long = resource.type == DATABASE and (change.kind == "interrupted" or "MultiAZ" in properties)
    return updated(resource.type), int(_table()["database_longest"]) if long else updated(resource.type)


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
    if duration.most < 60:
        return "less than a minute"
    if least == 0:
        return f"up to about {most} minutes"
    return f"about {most} minutes" if least == most else f"about {least} to {most} minutes"


def _created(resource: Resource) -> Seconds:
    # A gateway endpoint is an entry in a route table.
    seconds = 0 if resource.get("VpcEndpointType") == "Gateway" else created(resource.type)
    return seconds, seconds


def _duration(deployment: Deployment, seconds: Callable[[Resource], Seconds], around: Mapping[str, int]) -> Duration:
    """`around` is what each stack that is touched takes at the most, beside longer chains of its resources."""
    stacks: dict[str, Stack] = {}
    early: dict[str, int] = {}
    for template in _in_order(deployment):
        needs = tuple(sorted(_needs(deployment, template)))
        least, most = (_span(template.resources.values(), side) for side in (lambda one: seconds(one)[0], lambda one: seconds(one)[1]))
        most = max(most, around.get(template.name, 0))
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
