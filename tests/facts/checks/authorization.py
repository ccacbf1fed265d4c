"""What the service authorization reference says of ARNs and actions, and the handlers of what they call."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from functools import cache

import facts
from ci.references import arn_pattern, authorization_reference, exists, registered, resources_of
from facts.kinds import Facts

# Who may hand over or make a role, the facts say by properties and principals.
BY_ROLE = ("iam:CreateServiceLinkedRole", "iam:PassRole")


def arns(known: Facts) -> Iterator[str]:
    """ARNs that no service has."""
    for pattern in (*known.arns, *known.acts_on, *known.attribute_arns.values(), *known.looks):
        if not _fits(pattern, _of_service(pattern)):
            yield f"arns: {pattern} is no ARN of the service authorization reference"
    for role in known.roles:
        if role.source and role.source.partition(":")[0] not in authorization_reference():
            yield f"roles: {role.source} is of no service"


def beside(known: Facts) -> Iterator[str]:
    """Actions that do not exist, or take no such resource."""
    for each in known.beside:
        for action in each.actions:
            if not exists(action):
                yield f"beside: there is no action {action}"
                continue
            # Another service's resource, such as a stage for a web ACL, has its format there.
            wrong = [pattern for pattern in each.resources if not _fits(pattern, [*_formats(action), *_of_service(pattern)])]
            yield from (f"beside: {action} takes no {pattern}" for pattern in wrong)


def unused(known: Facts) -> Iterator[str]:
    """Patterns for what no handler calls."""
    for pattern in known.unused:
        if not any(fnmatchcase(action, pattern) for action in _handlers(known.type)):
            yield f"unused: no handler calls {pattern}"


def called(known: Facts) -> Iterator[str]:
    """Actions of the handlers for which the facts name no resource."""
    actions = sorted(action for action in _handlers(known.type) if not any(fnmatchcase(action, pattern) for pattern in known.unused))
    if known.opens or not actions:
        return
    own = Counter(action.partition(":")[0] for action in actions).most_common(1)[0][0]
    others = [pattern for each in known.beside for pattern in each.resources]
    # What it is made in, such as a listener's load balancer.
    around = [pattern for kind, _ in known.refers.values() for pattern in _arns_of(kind)]
    named = [*known.arns, *known.acts_on, *others, *known.looks, *around]
    services = {pattern.partition(":")[0] for pattern in (*known.arns, *known.acts_on, *others)}
    for action in actions:
        service = action.partition(":")[0]
        if action in BY_ROLE or (service == "iam" and own != "iam") or not exists(action) or not _formats(action):
            continue
        if service != own and service not in services:
            yield f"beside: {action} is called, and nothing says on what"
        elif service == own and not any(_fits(pattern, _formats(action)) for pattern in named):
            yield f"arns: {action} is called on {_formats(action)}"


@cache
def _handlers(kind: str) -> frozenset[str]:
    handlers = registered(kind).get("handlers", {})
    return frozenset(action for name, each in handlers.items() if name != "list" for action in each["permissions"])


def _arns_of(kind: str) -> tuple[str, ...]:
    try:
        return facts.of(kind).arns
    except facts.UnknownTypeError:
        return ()


def _fits(pattern: str, formats: Iterable[str]) -> bool:
    """Whether a pattern of ours names resources of one of these formats."""
    plain = re.sub(r"\{(?!region|account)\w+\}", "x", pattern)
    # AWS's own resources, such as public parameters, have no account.
    either = (plain, plain.replace("*", "x"), plain.replace("::", ":{account}:", 1))
    return any(fnmatchcase(each, form) or fnmatchcase(form, plain) for form in formats for each in either)


@cache
def _formats(action: str) -> list[str]:
    """The formats of the resources that an action takes."""
    known = authorization_reference()[action.partition(":")[0]]["Resources"]
    taken = [known[name.lower()] for name in resources_of(action) if name.lower() in known]
    return [arn_pattern(form) for resource in taken for form in resource["ARNFormats"]]


def _of_service(pattern: str) -> list[str]:
    """The formats of all resources of an ARN's service."""
    known = authorization_reference().get(pattern.partition(":")[0], {"Resources": {}})["Resources"]
    return [arn_pattern(form) for resource in known.values() for form in resource["ARNFormats"]]
