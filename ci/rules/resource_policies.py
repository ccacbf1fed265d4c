"""A policy at a resource lets in whoever delivers to it, and nobody else; connections without TLS it denies.

A publisher without a permission on the topic, or on its key, fails without a word; a key whose policy lets nobody administer it can never
be changed again.
"""

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase

import facts
from ci.model import Deployment, Reference, Resource
from ci.model.arns import ACCOUNT, arn
from ci.model.identity import Statement, allowed, documents, statements
from ci.model.scopes import kinds, within
from ci.rules import Finding
from facts import reference
from facts.kinds import Delivery

SEVERITY = "exposes"
SOURCE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_identity-vs-resource.html"
REMEDY = "Correct the policy in its layer, or account.image_pull_accounts; who delivers what, and for whom, is in facts/ (Delivery)."

ROOT = f"arn:aws:iam::{ACCOUNT}:root"
FOR_THIS_ACCOUNT = ("StringEquals", "aws:SourceAccount", ACCOUNT)
PLAIN = {"Bool": {"aws:SecureTransport": ["false"]}}
# Keys that narrow everybody to this account, its organization, or what is in its network.
NARROWS = (
    "aws:PrincipalAccount",
    "aws:PrincipalArn",
    "aws:PrincipalOrgID",
    "aws:SourceAccount",
    "aws:SourceVpc",
    "aws:SourceVpce",
    "kms:CallerAccount",
)

# What decrypts or encrypts, beside what manages the key.
USES = {"kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncryptFrom", "kms:ReEncryptTo"}

# Who delivers what where: the resource that names the target, and what is true of it.
Deliveries = dict[Resource, list[tuple[Resource, Delivery]]]


def check(deployment: Deployment) -> Iterator[Finding]:
    """Compare what each such policy allows with who has to be let in; endpoints are the rule endpoint-calls'."""
    delivered = _deliveries(deployment)
    protected: dict[Resource, list[Statement]] = {}
    for owner in deployment:
        if owner.facts.policies and not owner.type.startswith(("AWS::IAM::", "AWS::EC2::VPCEndpoint")):
            found = [each for _, document in documents(owner) for each in statements(deployment, owner, document)]
            for target in _protects(owner):
                if target in protected:
                    yield Finding(owner, f"is the second policy of {target.label}, of which one would be left.")
                protected[target] = found
                yield from (Finding(owner, end) for each in found for end in _strangers(deployment, target, each))
    for target, several in delivered.items():
        for source, delivery in several:
            yield from _let_in(deployment, target, source, delivery, protected.get(target, []))
    for resource in deployment:
        given = protected.get(resource, [])
        for action in resource.facts.plain:
            where = f"{arn(deployment, resource)}{'/*' if re.fullmatch(resource.facts.contents, action) else ''}"
            if not any(each.effect == "Deny" and each.conditions == PLAIN and each.covers(action, where) for each in given):
                yield Finding(resource, f"has no policy that denies {action} to connections without TLS.")
        if resource.type == "AWS::KMS::Key":
            yield from _administered(resource, given)


def _deliveries(deployment: Deployment) -> Deliveries:
    found: Deliveries = {}
    for resource, deliveries in deployment.with_facts("deliveries"):
        for delivery in deliveries:
            for value in resource.values(delivery.path):
                if isinstance(value, Reference) and value.resource.type in delivery.actions:
                    found.setdefault(value.resource, []).append((resource, delivery))
    # A topic's key is used by whoever publishes there.
    for target, several in list(found.items()):
        for key in deployment.uses(target):
            if key.type == "AWS::KMS::Key":
                found.setdefault(key, []).extend((source, delivery) for source, delivery in several if delivery.key_actions)
    return found


def _protects(owner: Resource) -> list[Resource]:
    path = owner.facts.protects
    return [value.resource for value in owner.values(path) if isinstance(value, Reference)] if path else [owner]


def _wanted(target: Resource, delivery: Delivery) -> tuple[str, ...]:
    return delivery.key_actions if target.type == "AWS::KMS::Key" else delivery.actions.get(target.type, ())


def _let_in(deployment: Deployment, target: Resource, source: Resource, delivery: Delivery, given: list[Statement]) -> Iterator[Finding]:
    # In a key's policy "*" is the key.
    here = "*" if target.type == "AWS::KMS::Key" else f"{arn(deployment, target)}{delivery.part.format(account=ACCOUNT)}"
    allowing = [
        each
        for each in given
        if each.effect == "Allow"
        and delivery.principal in each.principals.get("Service", [])
        and any(fnmatchcase(here, on) for on in each.resources)
    ]
    for action in _wanted(target, delivery):
        if not any(action in each.actions for each in allowing):
            yield Finding(target, f"does not let {delivery.principal} do {action}, which {source.label} needs.")


def _strangers(deployment: Deployment, target: Resource, statement: Statement) -> Iterator[str]:
    if statement.effect != "Allow":
        return
    for kind, principals in statement.principals.items():
        for principal in principals:
            if kind == "Service":
                yield from _service(deployment, statement, target, principal)
            elif principal == "*":
                keys = [key for keys in statement.conditions.values() for key in keys]
                if not any(key.startswith(NARROWS) for key in keys):
                    yield f"lets everybody do {', '.join(statement.actions)}."
            elif not any(account in principal for account in (ACCOUNT, *deployment.environment.account.image_pull_accounts)):
                yield f"lets {principal} do {', '.join(statement.actions)}, who is in no account of the settings."
            elif principal != ROOT:
                yield from _pulls(statement, principal)


def _service(deployment: Deployment, statement: Statement, target: Resource, principal: str) -> Iterator[str]:
    # Of all types that the settings can switch on, so that the policy need not change with them.
    several = [(facts.of(kind), each) for kind in kinds(deployment) for each in facts.of(kind).deliveries if each.principal == principal]
    delivery = next((each for _, each in several if _wanted(target, each)), None)
    if delivery is None:
        yield f"lets {principal} do {', '.join(statement.actions)}, which delivers nothing here."
        return
    if more := sorted(set(statement.actions) - {*_wanted(target, delivery)}):
        yield f"lets {principal} do {', '.join(more)}, which it does not need."
    if delivery.part and not all(each.endswith(delivery.part.format(account=ACCOUNT)) for each in statement.resources):
        yield f"lets {principal} do {', '.join(statement.actions)} elsewhere than in {delivery.part}."
    services = {known.arns[0].partition(":")[0] for known, _ in several if known.arns}
    asked = [(operator, key, value) for operator, keys in statement.conditions.items() for key, values in keys.items() for value in values]
    for operator, key, value in asked if delivery.for_account else ():
        by_source = key == "aws:SourceArn" and operator in ("ArnEquals", "ArnLike") and within(deployment, value)
        if (operator, key, value) != FOR_THIS_ACCOUNT and not (by_source and value.split(":")[2] in services):
            yield f"lets {principal} in for {operator} {key} {value}, which is none of its own here."
    # Where the service supports it, only for this account; else without a condition, which would keep it out.
    if bool(asked) is not delivery.for_account:
        how = "on conditions, which it does not support" if asked else "for any account, without aws:SourceAccount"
        yield f"lets {principal} in {how}."


def _pulls(statement: Statement, principal: str) -> Iterator[str]:
    """What another account may do: read, never write."""
    if written := [action for action in statement.actions if not action.partition(":")[2].startswith(("Batch", "Describe", "Get", "List"))]:
        yield f"lets {principal} do {', '.join(written)}."


def _administered(key: Resource, given: list[Statement]) -> Iterator[Finding]:
    """CloudFormation changes a key with the permissions that its policy leaves to the account."""
    ours = [each for each in given if each.principals == {"AWS": [ROOT]} and not each.conditions]
    known = reference.permissions()
    if crypt := {action for each in ours if each.effect == "Allow" for action in each.actions} & USES:
        yield Finding(key, f"lets whoever IAM lets do {', '.join(sorted(crypt))}, and not through a service alone.")
    # Rotation is never switched off here, and a deletion can be called off.
    needed = {action for action in known.resource_types[key.type] if action.startswith("kms:")} - known.without_resource
    for action in sorted(needed - {"kms:DisableKeyRotation"} | {"kms:CancelKeyDeletion"}):
        if not allowed(ours, action, "*"):
            yield Finding(key, f"does not let this account do {action}: nobody could manage the key.")
