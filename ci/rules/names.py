"""Names are unique where AWS wants them so, short enough, and let another environment stand beside this one.

A name without the environment's collides with that of the next environment, region or creation; a role's name is cut to 64 characters, and
if the cut reached into the environment's name, the execution role could not create it. What has no need of a name gets none: a resource
with one cannot be replaced (convox/rack 2941).
"""

from collections.abc import Iterator

from ci.model import Deployment, Resource
from ci.model.arns import ACCOUNT, own_name, written
from ci.rules import Finding
from facts import reference
from templates import names

SEVERITY = "breaks"
SOURCE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-name.html"
REMEDY = "Next: let CloudFormation name it; a name that must be comes from templates/names.py, with its reason."

# Of a role and an instance profile, as CloudFormation cuts them; of a stack; and of what CloudFormation adds.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-entity-length
CUT, STACK, RANDOM = {"AWS::IAM::Role": 64, "AWS::IAM::InstanceProfile": 64}, 128, 13


def check(deployment: Deployment) -> Iterator[Finding]:
    """Look at each name of its own, and at what CloudFormation will make of the others."""
    prefix = len(names.stack(deployment.environment)) + 1
    seen: dict[tuple[str, str], Resource] = {}
    for resource in deployment:
        made = prefix + len(resource.logical_id) + 1 + RANDOM
        if resource.type in CUT and resource.template.stack and made + 1 > CUT[resource.type]:
            left = CUT[resource.type] - RANDOM - 2 - len(resource.logical_id)
            yield Finding(resource, f"leaves {left} characters of its name for the stack's, {prefix} are needed.")
        if resource.type == "AWS::CloudFormation::Stack" and made > STACK:
            yield Finding(resource, f"has a name of more than {STACK} characters.")
        if (own := own_name(resource)) is None:
            continue
        name = written(deployment, own)
        longest = _longest(resource)
        # An account's number is twelve digits, where the template has its name.
        if longest and len(name.replace(ACCOUNT, "1" * 12)) > longest:
            yield Finding(resource, f"has a name of more than {longest} characters.")
        if resource.facts.name and resource.facts.name.unique:
            yield from _unique(deployment, resource, name, seen)


def _unique(deployment: Deployment, resource: Resource, name: str, seen: dict[tuple[str, str], Resource]) -> Iterator[Finding]:
    if not any(part in name for part in (names.stack(deployment.environment), names.digest(deployment.environment))):
        yield Finding(resource, f"has the name {name}, which no other environment could have beside it, and cannot be replaced.")
    if (other := seen.setdefault((resource.type, name), resource)) is not resource:
        yield Finding(resource, f"has the name {name}, as {other.label} has.")


def _longest(resource: Resource) -> int | None:
    known = resource.facts.name
    if known is None:
        return None
    try:
        return known.longest or reference.schema(resource.type).longest.get(known.property)
    except reference.NotGeneratedError:
        return None
