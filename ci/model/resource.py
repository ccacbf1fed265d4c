"""A resource of a template, what refers to it, and what its facts say of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import facts
from facts.kinds import Facts

NOTHING = object()
VARIABLE = re.compile(r"\$\{(!?)([^}]+)\}")


class Missing(Exception):
    """A resource lacks what a rule has to read: the rule has found something."""

    def __init__(self, where: Resource | None, sentence: str) -> None:
        super().__init__(sentence)
        self.where = where
        self.sentence = sentence


@dataclass(frozen=True)
class Reference:
    """A resource's identifier (`attribute` is "Ref") or one of its attributes."""

    resource: Resource
    attribute: str = "Ref"

    def __str__(self) -> str:
        return f"${{{self.resource.label}.{self.attribute}}}"


class Resource:
    """A resource of one template. Two of them are equal only if they are the same."""

    def __init__(self, template: Template, logical_id: str, raw: dict[str, Any]) -> None:
        self.template = template
        self.logical_id = logical_id
        self.raw = raw
        self.type: str = raw.get("Type", "")
        self.properties: dict[str, Any] = {}

    @property
    def label(self) -> str:
        """How a report names it: network.Vpc."""
        return f"{self.template.name}.{self.logical_id}"

    @property
    def depends_on(self) -> list[str]:
        """The logical ids that it waits for explicitly."""
        value = self.raw.get("DependsOn", [])
        return [value] if isinstance(value, str) else value

    def get(self, *path: str | int, default: Any = None) -> Any:
        """The resolved value at this path of its properties, or the default."""
        value: Any = self.properties
        for step in path:
            try:
                value = value[step]
            except (KeyError, IndexError, TypeError):
                return default
        return value

    def need(self, *path: str | int) -> Any:
        """The resolved value at this path; raises Missing, which is a finding of the rule that asks."""
        value = self.get(*path)
        if value is None:
            raise Missing(self, f"has no {'.'.join(map(str, path))}, which this rule has to read.")
        return value

    def target(self, *path: str | int) -> Resource:
        """The resource to which the reference at this path leads; raises Missing where it is none."""
        value = self.need(*path)
        if not isinstance(value, Reference):
            raise Missing(self, f"names at {'.'.join(map(str, path))} no resource of these templates, but {value}.")
        return value.resource

    def targets(self, *path: str | int) -> list[Resource]:
        """The resources to which the list of references at this path leads."""
        return [self.target(*path, index) for index in range(len(self.need(*path)))]

    def pairs(self, *path: str | int, key: str = "Key", value: str = "Value") -> dict[str, Any]:
        """A list of keys and values, such as a balancer's attributes, as a dictionary; raises Missing where a key stands twice."""
        listed = self.get(*path, default=[])
        found = {pair.get(key): pair.get(value) for pair in listed}
        if len(found) < len(listed):
            raise Missing(self, f"names a {key} twice in {'.'.join(map(str, path))}: which of them counts, nobody can say.")
        return found

    def values(self, path: str, missing: Any = NOTHING) -> list[Any]:
        """What is at a dotted path; several values where a list is on the way, none where nothing is there (facts/kinds.py).

        `missing` is what counts for an item of a list that lacks it.
        """
        return list(_values(self.properties, path, missing))

    def related(self, path: str) -> Resource | None:
        """The resource that the property at a dotted path refers to; None where it refers to none."""
        return next((value.resource for value in self.values(path) if isinstance(value, Reference)), None)

    @property
    def facts(self) -> Facts:
        """What is true of its type; raises Missing, which says where to write it."""
        try:
            return facts.of(self.type)
        except facts.UnknownTypeError as unknown:
            raise Missing(self, str(unknown)) from None

    @cached_property
    def needed(self) -> set[Resource]:
        """The resources of its own template that must be there before it."""
        found = _names(self.raw.get("Properties"), self.template) | set(self.depends_on)
        return {self.template.resources[name] for name in found if name in self.template.resources}


class Template:
    """One rendered template; `stack` is the resource of the root that nests it, or None."""

    def __init__(self, name: str, raw: dict[str, Any], size: int) -> None:
        self.name = name
        self.raw = raw
        self.size = size
        self.stack: Resource | None = None
        self.parameters: dict[str, Any] = raw.get("Parameters", {})
        self.outputs: dict[str, Any] = raw.get("Outputs", {})
        self.resources = {title: Resource(self, title, resource) for title, resource in raw.get("Resources", {}).items()}


def _values(value: Any, path: str, missing: Any) -> Iterator[Any]:
    if not path:
        yield from value if isinstance(value, list) else [value]
    elif isinstance(value, list):
        if pairs := [item for item in value if isinstance(item, dict) and item.keys() == {"Key", "Value"}]:
            yield from (pair["Value"] for pair in pairs if pair["Key"] == path)
        else:
            for item in value:
                found = list(_values(item, path, missing))
                yield from found or ([] if missing is NOTHING else [missing])
    elif isinstance(value, dict):
        # A key may have dots of its own, as those of parameters and attributes have.
        step, _, rest = (path, "", "") if path in value else path.partition(".")
        if step in value:
            yield from _values(value[step], rest, missing)


def _names(value: Any, template: Template) -> set[str]:
    """The logical ids that a value mentions."""
    if isinstance(value, list):
        return {name for item in value for name in _names(item, template)}
    if not isinstance(value, dict):
        return set()
    found = {name for item in value.values() for name in _names(item, template)}
    if isinstance(reference := value.get("Ref"), str):
        found.add(reference)
    match value.get("Fn::GetAtt"):
        case [str(name), *_]:
            found.add(name)
    if (sub := value.get("Fn::Sub")) is not None:
        pattern = sub if isinstance(sub, str) else sub[0]
        found |= {match[2].split(".")[0] for match in VARIABLE.finditer(pattern)}
    return found
