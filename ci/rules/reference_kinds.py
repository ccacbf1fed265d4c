"""A reference leads to the kind of resource that its property takes, by the attribute that it takes.

Across stacks nothing else sees that a subnet's id arrives where a security group's is asked for.
"""

from collections.abc import Iterator

from ci.model import Deployment, Reference, Resource
from ci.rules import Finding
from facts import reference

SEVERITY = "breaks"
SOURCE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-template-resource-type-ref.html"
REMEDY = "Next: refer to the right resource, or need the right name (Layer.needs)."

GROUP, SUBNET, ROLE = ("AWS::EC2::SecurityGroup", "GroupId"), ("AWS::EC2::Subnet", "Ref"), "AWS::IAM::Role"


def check(deployment: Deployment) -> Iterator[Finding]:
    """Look at every property of which the facts or the registry's schema know what it refers to."""
    for resource in deployment:
        try:
            wanted = _wanted(resource)
        except reference.NotGeneratedError as error:
            yield Finding(resource, f"cannot be judged: {error}")
            continue
        for path, kinds in wanted.items():
            for value in resource.values(path):
                if isinstance(value, Reference) and not any(_is(value, path, *kind) for kind in kinds):
                    expected = " or ".join(f"the {attribute} of a {kind}" for kind, attribute in sorted(kinds))
                    yield Finding(resource, f"has {value} for {path}, which takes {expected}.")


def _wanted(resource: Resource) -> dict[str, set[tuple[str, str]]]:
    facts = resource.facts
    found = {path: {*kinds} for path, kinds in reference.schema(resource.type).refers.items()}
    found |= {path: {kind} for path, kind in facts.refers.items()}
    found |= {role.path: {(ROLE, "Arn")} for role in facts.roles if role.path not in facts.refers}
    if facts.member:
        found[facts.member.groups] = {GROUP}
        if not facts.member.subnets_through:
            found[facts.member.subnets] = {SUBNET}
    return found


def _is(value: Reference, path: str, kind: str, attribute: str) -> bool:
    """Whether it is the attribute that the property takes, or Ref where that is the same."""
    # Such as RootResourceId for ResourceId.
    if value.attribute.endswith(path.rpartition(".")[2]):
        return True
    if value.resource.type != kind:
        return False
    if value.attribute == "Ref":
        return attribute == "Ref" or (attribute.endswith("Arn") is value.resource.facts.ref_is_arn)
    return value.attribute == attribute or (attribute in ("Arn", "Id", "Name") and value.attribute.endswith(attribute))
