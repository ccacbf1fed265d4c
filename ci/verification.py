"""Asks every rule about a deployment; what a resource suppresses, with a reason, is reported apart."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import facts
from ci.model import Deployment, Resource
from ci.rules import SEVERITIES, Finding, Rule, discover


class Report(NamedTuple):
    """What the rules found in one environment, and what was suppressed there, with the reasons."""

    found: list[tuple[Rule, Finding]]
    suppressed: list[tuple[Rule, Finding, str]]


def _unresolved(deployment: Deployment) -> Iterable[Finding]:
    return (Finding(*problem) for problem in deployment.problems)


def _without_facts(deployment: Deployment) -> Iterator[Finding]:
    """The first resource of each such type."""
    for kind in sorted({resource.type for resource in deployment}):
        try:
            facts.of(kind)
        except facts.UnknownTypeError as unknown:
            yield Finding(deployment.of(kind)[0], f"is of a type without facts: {unknown}")


def _unused(_: Deployment) -> Iterable[Finding]:
    return ()


# Before all rules: they trust what was resolved.
RESOLVED = Rule(
    "resolved",
    "Everything that the templates refer to is there.",
    "The rules read resolved values: what cannot be resolved is an error, never a silent pass, and stops them.",
    "breaks",
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html",
    "Correct the reference.",
    _unresolved,
)
# Before all other rules: they ask the facts.
KNOWN = Rule(
    "facts",
    "Every resource is of a type that has facts.",
    "Rules reason over the facts: of a type without them a pass would say nothing.",
    "exposes",
    "docs/facts.md",
    "Then make golden.",
    _without_facts,
)
# After all rules: it looks at what they found.
SUPPRESSIONS = Rule(
    "suppressions",
    "A suppression names a rule that finds something there, and a reason.",
    "One that suppresses nothing hides what comes later.",
    "weakens",
    "docs/verify.md",
    "Remove it from the resource's Metadata, or write the reason.",
    _unused,
)


def verify(deployment: Deployment, rules: Iterable[Rule]) -> Report:
    """Ask every rule; only whether everything resolves, where something does not, or is known, where something is not."""
    report = Report([], [])
    asked = [RESOLVED] if deployment.problems else [KNOWN] if any(_without_facts(deployment)) else rules
    used: set[tuple[Resource, str]] = set()
    for rule in asked:
        for finding in rule.findings(deployment):
            # What is not resolved, or not known, stops the rules: nobody can say that it does not matter.
            where = finding.where if rule not in (RESOLVED, KNOWN) else None
            reason = _suppressions(where).get(rule.id, "") if isinstance(where, Resource) else ""
            if isinstance(reason, str) and reason.strip() and isinstance(finding.where, Resource):
                used.add((finding.where, rule.id))
                report.suppressed.append((rule, finding, reason))
            else:
                report.found.append((rule, finding))
    if not deployment.problems:
        report.found.extend((SUPPRESSIONS, finding) for finding in _idle(deployment, used))
    report.found.sort(key=lambda found: SEVERITIES.index(found[0].severity))
    return report


def all_rules() -> list[Rule]:
    """The rules of ci/rules, between those that are here."""
    return [RESOLVED, KNOWN, *discover(), SUPPRESSIONS]


def _suppressions(resource: Resource) -> dict[str, str]:
    suppressions: dict[str, str] = resource.raw.get("Metadata", {}).get("Verify", {})
    return suppressions


def _idle(deployment: Deployment, used: set[tuple[Resource, str]]) -> Iterator[Finding]:
    for resource in deployment:
        for rule in _suppressions(resource):
            if (resource, rule) not in used:
                yield Finding(resource, f"suppresses {rule}, without a reason or where that rule finds nothing.")
