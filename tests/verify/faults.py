"""Single faults, each put into rendered templates at one place, and how tables of tests write them down."""

from collections.abc import Callable
from typing import Any, NamedTuple

from tests.deployments import Templates, objections, rendered, settings

MISSING = object()


class Fault(NamedTuple):
    """A value put at a path of a template, or what a function makes of the one that is there; and the rule that objects."""

    rule: str
    template: str
    path: tuple[str | int, ...]
    value: Any
    environment: str = "prod"
    # A part of what the rule says.
    says: str = ""

    def __str__(self) -> str:
        value = "" if callable(self.value) else "removed" if self.value is MISSING else self.value
        return f"{self.rule}: {self.template} {'.'.join(map(str, self.path))} {value}"

    def put(self, templates: Templates) -> None:
        """Put it into the templates."""
        node = templates[self.template]
        for step in self.path[:-1]:
            node = node[step]
        last: Any = self.path[-1]
        if self.value is MISSING:
            del node[last]
        else:
            node[last] = self.value(node[last]) if callable(self.value) else self.value

    def found(self) -> str:
        """What the rule says of it; empty where it does not object."""
        templates = rendered(self.environment)
        self.put(templates)
        return objections(self.rule, templates, settings(self.environment))


def of(title: str, *path: str | int) -> tuple[str | int, ...]:
    """A path in a resource's properties."""
    return ("Resources", title, "Properties", *path)


def replaced(old: str, new: str) -> Callable[[str], str]:
    """The text with a part exchanged."""

    def change(text: str) -> str:
        assert old in text
        return text.replace(old, new)

    return change


def more(item: Any) -> Callable[[Any], Any]:
    """The list or dictionary with more in it."""
    return lambda there: [*there, item] if isinstance(there, list) else {**there, **item}


def variable(name: str, value: Any) -> Callable[[Any], Any]:
    """A container's variables with one more, or another value of one."""
    return lambda there: [*(pair for pair in there if pair["Name"] != name), {"Name": name, "Value": value}]


def without(name: str) -> Callable[[Any], Any]:
    """A container's variables without one."""
    return lambda there: [pair for pair in there if pair["Name"] != name]
