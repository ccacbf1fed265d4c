"""CloudFormation makes roles with the boundary alone, for the services of the types here, and touches no keys but this environment's.

Whoever may change a role without the boundary can make itself an administrator; a service-linked role that may not be made stops the first
deployment in a new account; a key has no name, so that its tag says whose it is.
"""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import NamedTuple

import facts
from ci.model import Deployment
from ci.model.arns import arn, filled
from ci.model.identity import allowed, permissions
from ci.model.scopes import created, kinds
from ci.rules import Finding
from ci.rules.constitution import boundary, execution_role

SEVERITY = "exposes"
SOURCE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/using-service-linked-roles.html"
REMEDY = "Render again: services are in the facts of the types (Role, linked_roles)."

# What gives a role permissions, or takes the boundary away.
GIVES = (
    *("iam:AttachRolePolicy", "iam:CreateRole", "iam:DeleteRolePermissionsBoundary", "iam:DeleteRolePolicy", "iam:DetachRolePolicy"),
    *("iam:PutRolePermissionsBoundary", "iam:PutRolePolicy"),
)
PASS, LINK = "iam:PassRole", "iam:CreateServiceLinkedRole"
PASSED_TO, NAME, BOUNDARY = "iam:PassedToService", "iam:AWSServiceName", "iam:PermissionsBoundary"
LINKED = "iam::{account}:role/aws-service-role/*"
# Reading takes any key, since AWS's own have no tags of ours; on a new key the tag works after minutes only, so that a creation and its
# rollback take one without it. https://docs.aws.amazon.com/kms/latest/developerguide/abac.html
TAG = "aws:ResourceTag/Environment"
READS = ("CreateKey", "Describe", "Get", "List")
AT_ONCE = ("DisableKeyRotation", "EnableKeyRotation", "ScheduleKeyDeletion", "TagResource")


class Asks(NamedTuple):
    """The one condition that a statement has to have: its key, the operators that will do, and values of which it names some."""

    key: str
    operators: tuple[str, ...]
    values: set[str]


def check(deployment: Deployment) -> Iterator[Finding]:
    """Look at each statement of the execution role about roles, and about keys."""
    role, wanted = execution_role(deployment), _wanted(deployment)
    named: dict[str, set[str]] = {PASS: set(), LINK: set()}
    for statement in permissions(deployment, role):
        for action in statement.actions if statement.effect == "Allow" else ():
            found = [(operator, key, values) for operator, keys in statement.conditions.items() for key, values in keys.items()]
            asks = _asks(wanted, action)
            if asks is None and found:
                yield Finding(role, f"may do {action} only on conditions that CloudFormation may not meet: {statement.conditions}.")
            elif asks and not (len(found) == 1 and _right(asks, *found[0])):
                yield Finding(role, f"may do {action} on other conditions than one on {asks.key}, to the values {sorted(asks.values)}.")
            if action in named:
                named[action].update(value for *_, values in found for value in values)
            yield from (Finding(role, end) for end in _where(deployment, action, statement.resources))
    used = {each.service for resource in created(deployment) for each in resource.facts.roles if resource.values(each.path)}
    yield from (Finding(role, f"may not hand a role to {service}.") for service in sorted(used - named[PASS]))
    for each in deployment.of("AWS::IAM::Role"):
        if each.template.stack and not allowed(permissions(deployment, role), PASS, arn(deployment, each)):
            yield Finding(role, f"may not hand on {each.label}.")
    makeable = {service for resource in created(deployment) for service in resource.facts.linked_roles}
    given, where = permissions(deployment, role), filled(deployment.environment, LINKED)
    unmade = {service for service in makeable if not allowed(given, LINK, where.replace("*", f"{service}/AWSServiceRole"))}
    for service in sorted(makeable - named[LINK] | unmade):
        yield Finding(role, f"may not let {service} make its service-linked role: the first deployment in a new account fails.")


def _wanted(deployment: Deployment) -> dict[str, Asks]:
    """By action, or by the prefix of its service, what its statement asks for."""
    known = [facts.of(kind) for kind in kinds(deployment)]
    return {
        **dict.fromkeys(GIVES, Asks(BOUNDARY, ("StringEquals",), {arn(deployment, boundary(deployment))})),
        PASS: Asks(PASSED_TO, ("StringEquals",), {each.service for of in known for each in of.roles}),
        LINK: Asks(NAME, ("StringEquals", "StringLike"), {service for of in known for service in of.linked_roles}),
        **{f"kms:{verb}": Asks(TAG, ("StringEquals", "StringEqualsIfExists"), {deployment.environment.name}) for verb in AT_ONCE},
        "kms": Asks(TAG, ("StringEquals",), {deployment.environment.name}),
    }


def _asks(wanted: dict[str, Asks], action: str) -> Asks | None:
    service, _, verb = action.partition(":")
    return wanted.get(action) or (wanted.get(service) if not verb.startswith(READS) else None)


def _right(asks: Asks, operator: str, key: str, values: list[str]) -> bool:
    return key == asks.key and operator in asks.operators and bool(values) and set(values) <= asks.values


def _where(deployment: Deployment, action: str, resources: list[str]) -> Iterator[str]:
    """Roles of this environment, and AWS's own."""
    if action.startswith("iam:"):
        wanted = [LINKED] if action == LINK else ["iam::{account}:role/{stack}-*", "iam::{account}:instance-profile/{stack}-*"]
        patterns = [filled(deployment.environment, pattern) for pattern in wanted]
        for resource in resources:
            if not any(fnmatchcase(resource, pattern) for pattern in patterns):
                yield f"may do {action} to {resource}, which is not a role of these stacks."
