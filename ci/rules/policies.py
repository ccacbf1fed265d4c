"""Every policy is complete, and names its actions and resources one by one.

Without its version a policy is read by the rules of 2008; without a resource it is refused when it is deployed; by a wildcard or exclusion
(NotAction and the like) it allows what nobody has read. What AWS documents on every resource is in the facts: a service's own permissions
(Role.calls), and actions on what is not there yet.
"""

from collections.abc import Iterator
from typing import Any

from ci.model import Deployment
from ci.model.identity import Statement, documents, everywhere
from ci.model.takers import takers
from ci.rules import Finding
from facts.endpoints import ON_EVERYTHING
from facts.reference import NotGeneratedError, authorization

SEVERITY = "exposes"
SOURCE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html"
REMEDY = "Write policies with templates/policies.py, and name actions and resources; AWS's exceptions go into the facts, with their page."

PARTS = {"Sid", "Effect", "Principal", "Action", "Resource", "Condition"}
TRUST = "AssumeRolePolicyDocument"
# IAM's own say what their holder may do; all others say who may do it.
OF_HOLDERS = "AWS::IAM::"
# A repository's policy names no resource: it is about the repository.
WITHOUT_RESOURCE = (TRUST, "RepositoryPolicyText")


def check(deployment: Deployment) -> Iterator[Finding]:
    """Look at each statement of each policy as it is written, then at what it allows."""
    for resource in deployment:
        for place, document in documents(resource):
            found = document.get("Statement")
            if document.get("Version") != "2012-10-17" or not found:
                yield Finding(resource, f"has a policy ({place}) without the version 2012-10-17, or without a statement.")
            by_principal = place == TRUST or not resource.type.startswith(OF_HOLDERS)
            for statement in found if isinstance(found, list) else []:
                yield from (
                    Finding(resource, f"has a statement {problem} ({place}).") for problem in _problems(place, statement, by_principal)
                )
    for each in everywhere(deployment):
        yield from (Finding(each.owner, f"allows {end}.") for end in _wide(deployment, each) if each.effect == "Allow")


def _problems(place: str, statement: dict[str, Any], by_principal: bool) -> Iterator[str]:
    if unknown := sorted(statement.keys() - PARTS):
        yield f"with {', '.join(unknown)}"
    if statement.get("Effect") not in ("Allow", "Deny") or not statement.get("Action"):
        yield "without effect or action"
    if bool(statement.get("Principal")) is not by_principal:
        yield "without a principal, or with one where none belongs"
    if bool(statement.get("Resource")) is (place in WITHOUT_RESOURCE):
        yield "without a resource, or with one where none belongs"


def _wide(deployment: Deployment, statement: Statement) -> Iterator[str]:
    for action in statement.actions:
        if "*" in action or "?" in action:
            yield f"{action}, whatever that may come to mean"
        elif "*" in statement.resources and _takes_resource(action) and not _documented(deployment, statement, action):
            yield f"{action} on every resource (*)"


def _takes_resource(action: str) -> bool:
    service, _, name = action.partition(":")
    try:
        return name.lower() not in authorization(service).without_resource
    except NotGeneratedError:
        return True


def _documented(deployment: Deployment, statement: Statement, action: str) -> bool:
    known = statement.owner.facts
    # In the policy that is part of a key, "*" is the key. https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html
    if statement.principals and known.arns and known.arns[0].startswith(f"{action.partition(':')[0]}:"):
        return True
    calls = (call for _, role in takers(deployment).get(statement.owner, []) for call in role.calls)
    return action in ON_EVERYTHING or any(call.on == "*" and action in call.actions for call in calls)
