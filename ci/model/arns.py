"""The names and ARNs that AWS will give to the resources, as far as they can be known: a star for the rest."""

import re
from typing import Any

from ci.model.deployment import Deployment
from ci.model.resource import Missing, Reference, Resource
from ci.model.values import Text
from templates import names
from templates.settings import Environment

ACCOUNT = "${AWS::AccountId}"
PLACE = re.compile(r"\{(\w+)\}")


def own_name(resource: Resource) -> Any:
    """The name that its template gives it; None where CloudFormation makes one, or its type has no names."""
    known = resource.facts.name
    return next(iter(resource.values(known.property)), None) if known else None


def name(deployment: Deployment, resource: Resource) -> str:
    """The resource's name: its own, or the one that CloudFormation makes."""
    own = own_name(resource)
    if own is not None:
        return written(deployment, own)
    made = f"{deployment.stack_name(resource.template)}-{resource.logical_id}-*"
    return made.lower() if resource.type == "AWS::S3::Bucket" else made


def filled(environment: Environment, pattern: str) -> str:
    """The ARN for a pattern without "arn:aws:", in which {region}, {account}, {stack} and {bootstrap} are this environment's."""
    if pattern == "*":
        return pattern
    stacks = {"stack": names.stack(environment), "bootstrap": names.bootstrap_stack(environment)}
    return "arn:aws:" + pattern.format(region=environment.region, account=ACCOUNT, **stacks)


def image_repository(environment: Environment) -> str:
    """Where the service's images come from."""
    own = filled(environment, "ecr:{region}:{account}:repository/")
    return environment.service.image_repository_arn or f"{own}{names.repository(environment)}"


def arn(deployment: Deployment, resource: Resource) -> str:
    """The resource's ARN; raises Missing for a type that has none."""
    found = arns(deployment, resource)
    if not found:
        raise Missing(resource, f"is a {resource.type}, which has no ARN by its facts, and something here names one.")
    return found[0]


def arns(deployment: Deployment, resource: Resource) -> list[str]:
    """The resource's ARN, and those of what belongs to it."""
    return [f"arn:aws:{with_names(deployment, resource, pattern)}" for pattern in resource.facts.arns]


def with_names(deployment: Deployment, resource: Resource, pattern: str) -> str:
    """A pattern of the resource's facts, with {name}, {region} and the like filled in; {Cluster} is the name in that property."""
    known = {"region": deployment.environment.region, "account": ACCOUNT, "stack": names.stack(deployment.environment)}

    def place(match: re.Match[str]) -> str:
        key = match[1]
        if key in known:
            return known[key]
        return name(deployment, resource) if key == "name" else written(deployment, resource.need(key))

    return PLACE.sub(place, pattern)


def written(deployment: Deployment, value: Any) -> str:
    """A value as text, its references written out."""
    if isinstance(value, Text):
        return "".join(written(deployment, part) for part in value.parts)
    if not isinstance(value, Reference):
        return str(value).lower() if isinstance(value, bool) else str(value)
    resource, attribute = value.resource, value.attribute
    if pattern := resource.facts.attribute_arns.get(attribute):
        return f"arn:aws:{with_names(deployment, resource, pattern)}"
    if attribute.lower().endswith("arn") or (attribute == "Ref" and resource.facts.ref_is_arn):
        return arn(deployment, resource)
    return name(deployment, resource) if attribute in ("Ref", "Name") else "*"
