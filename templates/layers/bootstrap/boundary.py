"""The permissions boundary: the most that any role of the stacks can ever do, whatever its own policy says."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from awacs.aws import Action, Statement
from troposphere.iam import ManagedPolicy

from templates import names, policies
from templates.encoding import encode
from templates.errors import WiringError
from templates.layer import Layer, Provided, outputs

# Characters of a managed policy without white space; pseudo parameters grow when they are resolved.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-entity-length
CHARACTERS = 5600


class Grant(NamedTuple):
    """An action on a resource, both as text for comparing, and what they are in a policy."""

    action: str
    resource: str
    condition: str
    parts: tuple[Action, Any, Any]


def boundary(layer: Layer, nested: Sequence[Layer]) -> ManagedPolicy:
    """The union of what the layers' roles allow, on ARNs that can be written before the resources exist; raises WiringError."""
    document = policies.document(*_statements(_grants(nested)))
    if (size := len(encode(document))) > CHARACTERS:
        raise WiringError(
            f"The permissions boundary would have about {size} characters, and IAM takes 6,144: let fewer roles call fewer actions, "
            "or deploy a layer as a stack of its own, with a boundary of its own."
        )
    return layer.add(
        ManagedPolicy(
            "Boundary",
            ManagedPolicyName=names.boundary(layer.environment),
            Description="The most that any role of the stacks can do",
            PolicyDocument=document,
        ),
        "The most that any role of the stacks can do",
    )


def _grants(nested: Sequence[Layer]) -> Iterator[Grant]:
    provided = outputs(nested)
    for layer in nested:
        for resource in layer.template.resources.values():
            for policy in getattr(resource, "Policies", []) if resource.resource_type == "AWS::IAM::Role" else []:
                for statement in policy.PolicyDocument.Statement:
                    yield from _of(layer, statement, provided)


def _of(layer: Layer, statement: Statement, provided: Mapping[str, tuple[Layer, Provided]]) -> Iterator[Grant]:
    condition = getattr(statement, "Condition", None)
    for named in statement.Resource:
        resource = layer.pattern(named, provided)
        for action in statement.Action:
            text = f"{action.prefix}:{action.action}"
            yield Grant(text, encode(resource).decode(), encode(condition).decode() if condition else "", (action, resource, condition))


def _statements(grants: Iterable[Grant]) -> Iterator[Statement]:
    """As few statements as say just that: the actions of each resource, and the resources that have the same actions."""
    by_resource: dict[tuple[str, str], dict[str, Grant]] = {}
    for grant in grants:
        by_resource.setdefault((grant.condition, grant.resource), {})[grant.action] = grant
    by_actions: dict[tuple[str, ...], list[dict[str, Grant]]] = {}
    for (condition, _), found in sorted(by_resource.items()):
        by_actions.setdefault((condition, *sorted(found)), []).append(found)
    for (_, *actions), alike in sorted(by_actions.items()):
        resources = [next(iter(found.values())).parts[1] for found in alike]
        first = alike[0]
        yield policies.allow([first[action].parts[0] for action in actions], resources, first[actions[0]].parts[2])
