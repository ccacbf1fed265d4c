"""An event rule listens to what AWS sends of these resources, and hands it to somebody.

A rule that listens to another resource, or for a name that nobody sends, never fires.
"""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

from ci.model import Deployment, Reference, Resource
from ci.model.arns import arns, own_name, written
from ci.rules import Finding
from facts.kinds import Event

SEVERITY = "weakens"
SOURCE = "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html"
REMEDY = "Declare it with Layer.event; which events AWS sends is in facts/ (Event)."


def check(deployment: Deployment) -> Iterator[Finding]:
    """Look at each rule's pattern, and where it leads."""
    listed = ((resource.type, event) for resource, found in deployment.with_facts("events") for event in found)
    known = {(event.source, event.detail_type): (kind, event) for kind, event in listed}
    for rule in deployment.of("AWS::Events::Rule"):
        if rule.get("State", default="ENABLED") == "DISABLED":
            yield Finding(rule, "is switched off.")
        if not rule.get("Targets"):
            yield Finding(rule, "hands its events to nobody.")
        if not rule.get("EventPattern") and not rule.get("ScheduleExpression"):
            yield Finding(rule, "listens to nothing, and has no schedule.")
        pattern = rule.get("EventPattern")
        if not isinstance(pattern, dict):
            continue
        yield from (Finding(rule, end) for end in _resources(deployment, pattern))
        for source in pattern.get("source", []):
            for kind in pattern.get("detail-type", []):
                senders = {sender for sender, sent in known if sent == kind}
                if senders and source not in senders:
                    yield Finding(rule, f"listens to {source} for {kind}, which {', '.join(sorted(senders))} sends.")
                if (source, kind) in known:
                    yield from (Finding(rule, end) for end in _event(deployment, rule, *known[source, kind]))


def _resources(deployment: Deployment, pattern: dict[str, Any]) -> Iterator[str]:
    for value in pattern.get("resources", []):
        text = written(deployment, value["prefix"]) + "*" if isinstance(value, dict) and "prefix" in value else written(deployment, value)
        if not any(fnmatchcase(arn, text) or arn == text for resource in deployment for arn in arns(deployment, resource)):
            yield f"listens to {text}, which is nothing of these templates."


def _event(deployment: Deployment, rule: Resource, kind: str, event: Event) -> Iterator[str]:
    for value in rule.values(f"EventPattern.detail.{event.field}"):
        if isinstance(value, str) and value not in event.values:
            yield f"listens for {event.field} = {value}, which {event.source} does not send with {event.detail_type}."
    if event.named:
        here = deployment.of(kind)
        for value in rule.values(f"EventPattern.detail.{event.named}"):
            if isinstance(value, str | Reference) and not any(value in (Reference(each), own_name(each)) for each in here):
                yield f"listens to {event.named} = {value}, which is no {kind} of these templates."
