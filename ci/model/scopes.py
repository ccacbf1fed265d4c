"""What belongs to this environment, as ARNs: its resources, and what the facts of their types say that AWS makes for them."""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

import msgspec

import facts
from ci.model.arns import PLACE, arns, filled, own_name, with_names
from ci.model.deployment import Deployment
from ci.model.resource import Resource
from ci.model.values import Text
from facts import reference
from templates.settings import Environment


def within(deployment: Deployment, arn: str) -> bool:
    """Whether an ARN, or all that a pattern of ARNs covers, belongs to this environment or is named in its settings."""
    known: dict[str, bool] = deployment.derived.setdefault("within", {})
    if arn not in known:
        if "scopes" not in deployment.derived:
            deployment.derived["scopes"] = {*_scopes(deployment), *declared(deployment.environment)}
        known[arn] = covered(arn, deployment.derived["scopes"])
    return known[arn]


def covered(arn: str, patterns: set[str]) -> bool:
    """Whether a pattern covers an ARN; the stars of the ARN are no match for a text."""
    return arn in patterns or any(fnmatchcase(arn, pattern) for pattern in patterns)


def declared(environment: Environment) -> Iterator[str]:
    """Every ARN in the settings, such as that of somebody else's repository."""
    return (text for text in texts(environment) if text.startswith("arn:"))


def texts(settings: Any) -> Iterator[str]:
    """Every text in the settings."""
    if isinstance(settings, str):
        yield settings
    elif isinstance(settings, msgspec.Struct):
        yield from (text for name in settings.__struct_fields__ for text in texts(getattr(settings, name)))
    elif isinstance(settings, list | tuple):
        yield from (text for each in settings for text in texts(each))
    elif isinstance(settings, dict):
        yield from (text for each in settings.values() for text in texts(each))


def _scopes(deployment: Deployment) -> Iterator[str]:
    for resource in deployment:
        yield from arns(deployment, resource)
        yield from (f"arn:aws:{with_names(deployment, resource, pattern)}" for pattern in resource.facts.attribute_arns.values())
        if isinstance(own := own_name(resource), Text):
            # Made of another resource's name, of which a policy that comes before it knows the beginning.
            known = "".join(part if isinstance(part, str) else "{stack}-*" for part in own.parts)
            yield from (generic(deployment.environment, pattern, known) for pattern in resource.facts.arns)
    for kind in kinds(deployment):
        of = facts.of(kind)
        yield from (pattern for _, pattern in beside(deployment.environment, kind))
        # Of all names that CloudFormation makes, or that are the stack's own.
        for pattern in (*of.arns, *of.attribute_arns.values()):
            yield from (generic(deployment.environment, pattern, name) for name in ("{stack}-*", "{stack}"))


def kinds(deployment: Deployment) -> list[str]:
    """The types that CloudFormation creates here, or would with other settings; raises Missing for one without facts."""
    if "kinds" not in deployment.derived:
        here = (resource.facts.type for resource in created(deployment))
        deployment.derived["kinds"] = list(dict.fromkeys([*reference.permissions().resource_types, *here]))
    found: list[str] = deployment.derived["kinds"]
    return found


def created(deployment: Deployment) -> list[Resource]:
    """What CloudFormation creates with the execution role: the root's stacks, and all in them."""
    root = deployment.templates["root"]
    return [resource for resource in deployment if resource.template is root or resource.template.stack]


def generic(environment: Environment, pattern: str, name: str = "{stack}-*") -> str:
    """A pattern of the facts for all names that CloudFormation makes in these stacks, or for others."""
    known = {"region", "account", "stack"}
    return filled(environment, PLACE.sub(lambda match: match[0] if match[1] in known else name, pattern))


def beside(environment: Environment, kind: str) -> Iterator[tuple[str, str]]:
    """What AWS asks of whoever creates the type about something else: each action with its ARN."""
    for each in facts.of(kind).beside:
        yield from ((action, filled(environment, pattern)) for action in each.actions for pattern in each.resources)
