"""The execution role may do what CloudFormation calls for every type here, on this environment's resources, and nothing else.

The resource schemas name the actions; one that is missing stops a deployment halfway, and so does one on an ARN that is not the resource's.
A wider one reaches what is not ours.
"""

from collections.abc import Iterator

import facts
from ci.model import Deployment, Missing
from ci.model.arns import ACCOUNT, arn, arns, filled
from ci.model.identity import Statement, allowed, by_action, permissions
from ci.model.scopes import beside, created, generic, kinds, within
from ci.rules import Finding
from ci.rules.constitution import execution_role
from facts import reference
from templates import names

SEVERITY = "exposes"
SOURCE = "https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html#schema-properties-handlers"
REMEDY = "Render again; where AWS asks for more than the schema says, add a Beside to the type in facts/, with its page."

# What CloudFormation does with roles for every type that is handed one, or has one of its service's own.
ROLES = ("iam:CreateServiceLinkedRole", "iam:PassRole")
READS = ("Describe", "Get", "List")
SNAPSHOT, RESTORE = "DBSnapshotIdentifier", "rds:RestoreDBInstanceFromDBSnapshot"


def check(deployment: Deployment) -> Iterator[Finding]:
    """Ask of each type and resource whether its actions are allowed on its ARN, and of each permission whether something needs it."""
    role = execution_role(deployment)
    given = permissions(deployment, role)
    index = by_action(given)
    extra = {*_packaged(deployment), *_restored(deployment)}
    needed: dict[str, None] = {}
    for kind in kinds(deployment):
        known = facts.of(kind)
        patterns = [generic(deployment.environment, pattern) for pattern in known.arns]
        for action in _called(kind):
            needed[action] = None
            yield from (Finding(role, end) for end in _lacks(index, action, kind, patterns))
        extra |= set(beside(deployment.environment, kind))
    seen: set[str] = set()
    for resource in created(deployment):
        own = arns(deployment, resource)
        if own and own[0] not in seen:
            seen.add(own[0])
            for action in _called(resource.type):
                yield from (Finding(role, end) for end in _lacks(index, action, resource.label, own))
            for each in own:
                if not any(allowed(index.get(action, ()), action, each) for action in _called(resource.type)):
                    yield Finding(role, f"may do nothing to {each}, where AWS looks for permissions on {resource.label}.")
    for action, beside_it in sorted(extra):
        needed[action] = None
        if not allowed(index.get(action, ()), action, beside_it):
            yield Finding(role, f"may not do {action} to {beside_it}, which a deployment takes.")
    yield from (Finding(role, end) for end in _more(deployment, given, needed, {on for _, on in extra}))


def _called(kind: str) -> list[str]:
    try:
        return reference.needed(kind)
    except reference.NotGeneratedError as missing:
        raise Missing(None, str(missing)) from None


def _lacks(index: dict[str, list[Statement]], action: str, who: str, own: list[str]) -> Iterator[str]:
    statements = index.get(action, ())
    if not statements:
        yield f"may not do {action}, which {who} needs."
    elif action in reference.permissions().without_resource:
        if not allowed(statements, action, "*"):
            yield f"may do {action}, which takes no resource, on some alone."
    elif own and action.startswith(f"{own[0].split(':')[2]}:") and not any(allowed(statements, action, each) for each in own):
        yield f"may not do {action} to {own[0]}, which {who} needs."


def _packaged(deployment: Deployment) -> Iterator[tuple[str, str]]:
    """Where the packaged templates are: in the bucket beside the role."""
    role = execution_role(deployment)
    for bucket in deployment.of("AWS::S3::Bucket"):
        if bucket.template is role.template:
            yield "s3:GetObject", f"{arn(deployment, bucket)}/*"


def _restored(deployment: Deployment) -> Iterator[tuple[str, str]]:
    """What a database that is made from a snapshot takes, and the end of the one that it replaces."""
    environment = deployment.environment
    for instance in deployment.of("AWS::RDS::DBInstance"):
        if snapshot := instance.get(SNAPSHOT):
            stack = names.stack(environment)
            for touched in (f"snapshot:{snapshot}", f"pg:{stack}-*", f"subgrp:{stack}-*", "og:default*"):
                yield RESTORE, filled(environment, f"rds:{{region}}:{{account}}:{touched}")
            yield RESTORE, arn(deployment, instance)
            yield from (
                ("rds:DeleteDBInstance", filled(environment, f"rds:{{region}}:{{account}}:db:{name}")) for name in (stack, f"{stack}-*")
            )


def _more(deployment: Deployment, given: list[Statement], needed: dict[str, None], extra: set[str]) -> Iterator[str]:
    """What is allowed beyond it; to which services roles go, the rule roles-and-keys says."""
    looks = {filled(deployment.environment, pattern) for kind in kinds(deployment) for pattern in facts.of(kind).looks}
    for statement in given:
        if statement.effect != "Allow":
            continue
        for action in statement.actions:
            if action not in needed and action not in ROLES:
                yield f"may do {action}, which nothing here needs."
        for resource in statement.resources:
            if (
                resource == "*"
                or resource in extra
                or within(deployment, resource)
                or resource.startswith(f"arn:aws:iam::{ACCOUNT}:role/aws-")
            ):
                continue
            if resource not in looks or not all(action.partition(":")[2].startswith(READS) for action in statement.actions):
                yield f"may do {statement.actions[0]} to {resource}, which is more than this environment's."
