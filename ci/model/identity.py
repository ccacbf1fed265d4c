"""IAM's policies, resolved: who may do what on what, and under which conditions."""

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from ci.model.arns import written
from ci.model.deployment import Deployment
from ci.model.resource import Resource

# What a statement speaks of that names no resource: where it stands. It matches everything, and is told apart from a written "*".
ITSELF = "**"


class Statement(NamedTuple):
    """A statement of a policy; actions and resources as IAM will see them, a star for what only AWS knows."""

    owner: Resource
    effect: str
    actions: list[str]
    resources: list[str]
    principals: dict[str, list[str]]
    conditions: dict[str, dict[str, list[str]]]
    # The resources as the template names them: a reference leads to one resource, however its ARN is written.
    named: list[Any]

    def covers(self, action: str, resource: str) -> bool:
        """Whether it speaks of this action on (at least) this resource."""
        if action not in self.actions and not any("*" in pattern and fnmatchcase(action, pattern) for pattern in self.actions):
            return False
        return resource in self.resources or any("*" in pattern and fnmatchcase(resource, pattern) for pattern in self.resources)


def statements(deployment: Deployment, owner: Resource, document: Any) -> list[Statement]:
    """The statements of a policy document."""
    key = (owner, id(document))
    if key not in deployment.derived:
        found = document.get("Statement", []) if isinstance(document, dict) else []
        deployment.derived[key] = [_statement(deployment, owner, raw) for raw in (found if isinstance(found, list) else [found])]
    result: list[Statement] = deployment.derived[key]
    return result


def _statement(deployment: Deployment, owner: Resource, raw: dict[str, Any]) -> Statement:
    def texts(value: Any) -> list[str]:
        return [written(deployment, item) for item in _listed(value)]

    principal = raw.get("Principal", {})
    conditions = raw.get("Condition", {})
    return Statement(
        owner,
        raw.get("Effect", ""),
        texts(raw.get("Action", [])),
        # A policy that stands at its resource may name none: it speaks of that resource.
        texts(raw.get("Resource", ITSELF)),
        {kind: texts(value) for kind, value in principal.items()} if isinstance(principal, dict) else {"*": texts(principal)},
        {operator: {key: texts(value) for key, value in keys.items()} for operator, keys in conditions.items()},
        _listed(raw.get("Resource", [])),
    )


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def permissions(deployment: Deployment, role: Resource) -> list[Statement]:
    """What a role's own policies say: those inside it, and those that name it."""
    found = [
        statement for policy in role.get("Policies", default=[]) for statement in statements(deployment, role, policy.get("PolicyDocument"))
    ]
    for policy in deployment.of("AWS::IAM::ManagedPolicy", "AWS::IAM::Policy"):
        if any(policy.target("Roles", index) is role for index in range(len(policy.get("Roles", default=[])))):
            found += statements(deployment, policy, policy.get("PolicyDocument"))
    return found


def trust(deployment: Deployment, role: Resource) -> list[Statement]:
    """Who may take on a role."""
    return statements(deployment, role, role.need("AssumeRolePolicyDocument"))


def allowed(given: Iterable[Statement], action: str, resource: str) -> bool:
    """Whether some statement allows the action on the resource.

    Conditions and denials are left aside: the rule policy-conditions objects to those that would take a call away.
    """
    return any(statement.effect == "Allow" and statement.covers(action, resource) for statement in given)


def by_action(given: Iterable[Statement]) -> dict[str, list[Statement]]:
    """The statements that allow each action by its name."""
    found: dict[str, list[Statement]] = {}
    for statement in given:
        for action in statement.actions if statement.effect == "Allow" else ():
            found.setdefault(action, []).append(statement)
    return found


def grants(given: Iterable[Statement]) -> set[tuple[str, str]]:
    """Every action that they allow, with each resource."""
    return {
        (action, resource)
        for statement in given
        if statement.effect == "Allow"
        for action in statement.actions
        for resource in statement.resources
    }


def everywhere(deployment: Deployment) -> Iterator[Statement]:
    """Every statement of every role, managed policy, resource policy and endpoint policy."""
    for resource in deployment:
        for _, document in documents(resource):
            yield from statements(deployment, resource, document)


def documents(resource: Resource) -> Iterator[tuple[str, Any]]:
    """The policy documents of a resource, each with the property in which it is, as its facts say."""
    for place in resource.facts.policies:
        yield from ((place, document) for document in resource.values(place) if isinstance(document, dict))
