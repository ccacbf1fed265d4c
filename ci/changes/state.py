"""What is deployed at one moment of an update: plain data, in which a reference is the id of the resource that it leads to."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from ci.changes.differ import MARK, Moved, plain
from ci.changes.values import at
from ci.model import Resource

# A reference as plain data has it; the mark tells the resource that takes the place of another one from that one.
REFERENCE = re.compile(r"\$\{(\w+\.\w+)\.[^}]*\}(" + re.escape(MARK) + ")?")


class Item(NamedTuple):
    """A resource as it is at one moment. `id` is its label, with a mark where another one of that label is there beside it."""

    id: str
    resource: Resource
    properties: dict[str, Any]

    @property
    def type(self) -> str:
        """Its resource type."""
        return self.resource.type

    @property
    def label(self) -> str:
        """How a report names it."""
        return self.resource.label

    def at(self, *path: str) -> Any:
        """The value at a path of its properties."""
        return at(self.properties, path)

    def values(self, path: str) -> list[Any]:
        """The values at a dotted path, as facts ask for them."""
        found = self.at(*path.split("."))
        return found if isinstance(found, list) else [found] if found is not None else []

    def related(self, path: str) -> None:
        """Facts about other resources are not asked of plain data."""


def item(resource: Resource, moved: Moved, *, is_new: bool = False) -> Item:
    """A resource as plain data; `moved` says which references lead to a resource that takes the place of another one."""
    return Item(resource.label + (MARK if is_new else ""), resource, plain(resource.properties, moved))


def ids(value: Any) -> Iterator[str]:
    """The ids of all resources to which a value refers."""
    if isinstance(value, str):
        # Most values refer to nothing.
        yield from () if "${" not in value else (f"{match[1]}{match[2] or ''}" for match in REFERENCE.finditer(value))
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from ids(inner)


class State:
    """The resources that are deployed, by id and by type; `copies` are the operations that an API's deployment copied when it was made."""

    def __init__(self, items: Iterable[Item] = ()) -> None:
        self.items: dict[str, Item] = {}
        self._by_type: dict[str, dict[str, Item]] = {}
        self.copies: dict[str, dict[str, Item]] = {}
        for each in items:
            self.put(each)

    def copy(self) -> "State":
        """Another state with the same resources."""
        other = State(self.items.values())
        other.copies = dict(self.copies)
        return other

    def put(self, new: Item) -> None:
        """Make or change a resource."""
        self.items[new.id] = new
        self._by_type.setdefault(new.type, {})[new.id] = new

    def remove(self, old: Item) -> None:
        """Delete a resource."""
        del self.items[old.id]
        del self._by_type[old.type][old.id]

    def of(self, *types: str) -> list[Item]:
        """The resources of these types."""
        return [each for kind in types for each in self._by_type.get(kind, {}).values()]

    def all(self, value: Any) -> list[Item]:
        """The resources to which a value refers, as far as they are there."""
        return [self.items[each] for each in ids(value) if each in self.items]

    def one(self, value: Any) -> Item | None:
        """The first resource to which a value refers."""
        return next(iter(self.all(value)), None)

    def reached(self, start: Iterable[Item]) -> set[str]:
        """The ids of all that these refer to, directly or not."""
        seen: set[str] = set()
        front = list(start)
        while front:
            found = front.pop()
            if found.id not in seen:
                seen.add(found.id)
                front += self.all(found.properties)
        return seen


def overlay(base: Item, actual: Mapping[str, Any]) -> Item:
    """A resource with the values that AWS says it has, where they differ from the template's."""
    return base._replace(properties={**base.properties, **actual})
