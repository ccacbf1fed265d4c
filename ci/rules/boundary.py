"""Every role of the stacks carries the permissions boundary, which covers what they are allowed, and nothing beyond.

Without it the execution role may not create the role; what it lacks is denied when it is called. It is what remains when everything else
about a role is wrong.
"""

from collections.abc import Iterator
from fnmatch import fnmatchcase

from ci.model import Deployment
from ci.model.arns import arn, written
from ci.model.identity import Statement, grants, permissions, statements
from ci.model.scopes import within
from ci.rules import Finding
from ci.rules.constitution import boundary

SEVERITY = "exposes"
SOURCE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html"
REMEDY = "Render the templates again: the boundary is made from the roles. A role takes the boundary from templates/roles.py."


def check(deployment: Deployment) -> Iterator[Finding]:
    """Compare the boundary with the roles that carry it."""
    limits = boundary(deployment)
    document = statements(deployment, limits, limits.need("PolicyDocument"))
    granted: set[tuple[str, str]] = set()
    for role in deployment.of("AWS::IAM::Role"):
        if role.template.stack is None:
            continue
        if written(deployment, role.get("PermissionsBoundary")) != arn(deployment, limits):
            yield Finding(role, "does not carry the boundary, so that the execution role may not create it.")
        if role.get("ManagedPolicyArns"):
            yield Finding(role, "has managed policies, which can change and which nobody here can read.")
        given = permissions(deployment, role)
        granted |= grants(given)
        yield from (Finding(role, end) for statement in given if statement.effect == "Allow" for end in _denied(document, statement))
    for action, pattern in sorted(grants(document)):
        if not any(action == given and fnmatchcase(on, pattern) for given, on in granted):
            yield Finding(limits, f"allows {action} on {pattern}, which no role is allowed.")
        elif pattern != "*" and not within(deployment, pattern):
            yield Finding(limits, f"allows {action} on {pattern}, which is more than this environment's.")


def _denied(document: list[Statement], given: Statement) -> Iterator[str]:
    """What a role is allowed, and the boundary not, or on other conditions alone."""
    for action in given.actions:
        for resource in given.resources:
            covering = [each for each in document if each.effect == "Allow" and each.covers(action, resource)]
            if not covering:
                yield f"is allowed {action} on {resource}, which the boundary denies."
            elif all(each.conditions != given.conditions for each in covering):
                yield f"is allowed {action} on {resource}, which the boundary allows on other conditions."
