"""What AWS's pages say, as it was recorded: principals, metrics; and what properties refer to."""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from importlib import import_module

from ci.references import authorization_reference, registered, schema
from facts.kinds import Facts
from tests.facts.checks.recorded import recorded
from tests.facts.checks.schemas import node

# Principals of which no page could be recorded, unlike others of their service: they rest on their source.
UNRECORDED = {"application-autoscaling.amazonaws.com", "chatbot.amazonaws.com", "elasticloadbalancing.amazonaws.com"}
LINK = "iam:CreateServiceLinkedRole"


def principals(known: Facts) -> Iterator[str]:
    """Principals that AWS's pages do not have, and actions that are not there."""
    pages = recorded("principals")
    # A service of which nothing was recorded rests on its sources.
    if any(principal in pages for each in _of_service(known) for principal in _principals(each)):
        wrong = [principal for principal in _principals(known) if principal not in pages and principal not in UNRECORDED]
        yield from (f"{principal} is on none of AWS's pages that were recorded" for principal in wrong)
    handlers = registered(known.type).get("handlers", {})
    asks = any(LINK in each["permissions"] for each in handlers.values())
    if asks and not known.linked_roles and not any(fnmatchcase(LINK, pattern) for pattern in known.unused):
        yield "linked_roles: the handlers make one, and the facts do not call that unused"
    for delivery in known.deliveries:
        for kind, actions in delivery.actions.items():
            if not registered(kind):
                yield f"deliveries: there is no type {kind}"
            for action in (*actions, *delivery.key_actions):
                service, _, name = action.partition(":")
                if name.lower() not in authorization_reference().get(service, {"Actions": {}})["Actions"]:
                    yield f"deliveries: there is no action {action}"


def _principals(known: Facts) -> list[str]:
    return [*known.linked_roles, *(role.service for role in known.roles), *(each.principal for each in known.deliveries)]


def _of_service(known: Facts) -> list[Facts]:
    """The facts of all types of the same service, as they are in its file."""
    return list(import_module(f"facts.{known.type.split('::')[1].lower()}").FACTS.values())


def metrics(known: Facts) -> Iterator[str]:
    """Metrics and dimensions that AWS's pages do not have."""
    pages = recorded("metrics")
    dimensions = {word for page in pages.values() for word in page["words"]}
    was_recorded = any(metrics.namespace in pages for each in _of_service(known) for metrics in each.metrics)
    for metrics in known.metrics:
        words = set(pages.get(metrics.namespace, {"words": []})["words"])
        missing = (set(metrics.names) - words) | ({*metrics.dimensions, *metrics.others} - dimensions)
        if missing and was_recorded:
            yield f"metrics: {metrics.namespace} has no {sorted(missing)} on AWS's page"
        if not metrics.names or not metrics.dimensions:
            yield "metrics: there are no names or dimensions"
        for kind, attribute in metrics.others.values():
            if not _is_attribute(kind, attribute):
                yield f"metrics: {kind} has no {attribute}"


def _is_attribute(kind: str, attribute: str) -> bool:
    if not registered(kind):
        return False
    if attribute.startswith("."):
        return node(kind, attribute[1:]) is not None
    return attribute == "Ref" or attribute in schema(kind)["read_only"]


def referred(known: Facts) -> Iterator[str]:
    """References to what is not there, or to something else than the schema says."""
    said = schema(known.type)["refers"]
    for path, (kind, attribute) in known.refers.items():
        if not _is_attribute(kind, attribute):
            yield f"refers: {kind} has no attribute {attribute}"
        if path in said and kind not in {of for of, _ in said[path]}:
            yield f"refers: by the schema {path} refers to {said[path]}"
