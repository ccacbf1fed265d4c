"""The rules of the gate, one a file. A file's name is the rule's id, its docstring says what must hold and why.

A rule module has
    SEVERITY  what goes wrong without it: "exposes", "loses" (data), "breaks" (a deployment, or the service) or "weakens"
    SOURCE    where to read on
    REMEDY    a sentence: what to do about a finding
    check     a generator of findings over the resolved deployment
"""

import pkgutil
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from typing import Any, Literal, NamedTuple

from ci.model import Deployment, Missing, Resource, Template
from facts.kinds import Is

SEVERITIES = ("exposes", "loses", "breaks", "weakens")
Severity = Literal["exposes", "loses", "breaks", "weakens"]


class Finding(NamedTuple):
    """What is wrong, as the end of a sentence that begins with the resource: "is not encrypted."."""

    where: Resource | Template | None
    sentence: str


class Rule(NamedTuple):
    """A rule as its file states it."""

    id: str
    sentence: str
    why: str
    severity: Severity
    source: str
    remedy: str
    check: Callable[[Deployment], Iterable[Finding]]

    def findings(self, deployment: Deployment) -> Iterator[Finding]:
        """What the rule finds; a property that it has to read and cannot is a finding too."""
        try:
            yield from self.check(deployment)
        except Missing as missing:
            yield Finding(missing.where, missing.sentence)
        except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
            # Not knowing is no pass.
            yield Finding(None, f"The templates have a shape that this rule cannot read: {error!r}.")


class Expected(NamedTuple):
    """What a property of each resource of a type has to be: a value, or whatever a function accepts."""

    type: str
    path: tuple[str | int, ...]
    value: Any
    why: str


def expect(deployment: Deployment, *table: Expected) -> Iterator[Finding]:
    """A finding for each property that is not what the table expects."""
    for kind, path, wanted, why in table:
        for resource in deployment.of(kind):
            value = resource.get(*path)
            if not (wanted(value) if callable(wanted) else value == wanted and type(value) is type(wanted)):
                yield Finding(resource, f"has {'.'.join(map(str, path))} = {shown(value)}: {why}.")


def compare(where: Resource | Template, path: str, found: Any, wanted: Any, why: str) -> Iterator[Finding]:
    """A finding for each part of a value that is not as expected; what is added to it is none of what was expected."""
    if isinstance(found, dict) and isinstance(wanted, dict):
        for key in sorted(found.keys() | wanted.keys()):
            yield from compare(where, f"{path}.{key}", found.get(key), wanted.get(key), why)
    elif isinstance(found, list) and isinstance(wanted, list) and len(found) == len(wanted):
        for index, pair in enumerate(zip(found, wanted, strict=True)):
            yield from compare(where, f"{path}.{index}", *pair, why)
    elif found != wanted or type(found) is not type(wanted):
        yield Finding(where, f"has {path} = {shown(found)}, not {shown(wanted)}: {why}.")


def unmet(deployment: Deployment, name: str, why: str) -> Iterator[Finding]:
    """A finding for each property that is not as the facts under this name have it."""
    for resource, wanted in deployment.with_facts(name):
        for each in wanted:
            if not each.holds(resource):
                yield Finding(resource, f"{stated(resource, each)}: {why}.")


def stated(resource: Resource, fact: Is) -> str:
    """What a property is that a fact speaks of, as the beginning of a sentence; AWS's default where it is not given."""
    where = resource.related(fact.through) if fact.through else resource
    given = where.values(fact.path) if where else []
    return f"has {fact.path} = {', '.join(map(shown, given))}" if given else f"has no {fact.path}, which is {shown(fact.default)} then"


def shown(value: Any) -> str:
    """A value as a report shows it."""
    return "nothing" if value is None else str(value)


def discover() -> list[Rule]:
    """Every rule of this package, by id."""
    return [_rule(module.name) for module in pkgutil.iter_modules(__path__)]


def _rule(name: str) -> Rule:
    module = import_module(f"{__name__}.{name}")
    sentence, _, why = (module.__doc__ or "").strip().partition("\n\n")
    return Rule(
        name.replace("_", "-"),
        " ".join(sentence.split()),
        " ".join(why.split()),
        module.SEVERITY,
        module.SOURCE,
        module.REMEDY,
        module.check,
    )
