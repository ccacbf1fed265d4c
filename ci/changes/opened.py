"""What a change opens that was not there before: types, grants, flows and names, which a reviewer should see at a glance.

The gate judges what is there by its facts and is green for all that is rightly made; that it is meant, only a person can say.
"""

from collections.abc import Iterator
from typing import NamedTuple

from ci.model import Deployment, Resource
from ci.model.arns import name, own_name
from ci.model.identity import permissions
from ci.model.reach import flows
from ci.model.resource import Missing
from facts import FactsError


class Opened(NamedTuple):
    """What is in the new templates and was not in the old ones, as a person would say it; each in order, once."""

    # Resource types.
    types: list[str]
    # What a role of the stacks may newly do: the role, the action and the resource.
    grants: list[str]
    # Who newly reaches whom, and on which port.
    flows: list[str]
    # Names that AWS does not make: another resource cannot have them.
    names: list[str]


def opened(old: Deployment, new: Deployment) -> Opened:
    """Compare both sides; nothing of a side that cannot be read."""
    return Opened(*(sorted(set(find(new)) - set(find(old))) for find in (_types, _grants, _flows, _names)))


def _types(deployment: Deployment) -> Iterator[str]:
    return (resource.type for resource in deployment)


def _grants(deployment: Deployment) -> Iterator[str]:
    for role in deployment.of("AWS::IAM::Role"):
        # What deploys is outside the stacks, and has sentences of its own.
        for statement in permissions(deployment, role) if role.template.stack is not None else ():
            for action in statement.actions if statement.effect == "Allow" else ():
                yield from (f"{role.label} may do {action} on {resource}" for resource in statement.resources)


def _flows(deployment: Deployment) -> Iterator[str]:
    try:
        found = flows(deployment)
    except (FactsError, Missing):
        return
    for source, target, (first, last) in found:
        yield f"{source} reaches {target} on port {first}" + (f" to {last}" if last != first else "")


def _names(deployment: Deployment) -> Iterator[str]:
    return (f"{resource.label} is called {name(deployment, resource)}" for resource in deployment if _has_name(resource))


def _has_name(resource: Resource) -> bool:
    try:
        return own_name(resource) is not None
    except (FactsError, Missing):
        return False
