"""What a property's value can be besides plain JSON: a reference to a resource, a parameter of the deployment, a text with both."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ci.model.resource import Reference


class Unresolved(Exception):
    """A value that cannot be known from the templates; the message says why."""


@dataclass(frozen=True)
class Parameter:
    """A value that only the deployment gives."""

    name: str
    pattern: str | None

    def __str__(self) -> str:
        return f"${{{self.name}}}"


Part = str | Reference | Parameter


@dataclass(frozen=True)
class Text:
    """Text around references and parameters."""

    parts: tuple[Part, ...]

    def __str__(self) -> str:
        return "".join(map(str, self.parts))


def text(values: list[Any]) -> Any:
    """The values one after the other: a plain string, the one reference itself, or a Text."""
    parts: list[Part] = []
    for value in values:
        for part in value.parts if isinstance(value, Text) else (value,):
            if isinstance(part, bool | list | dict):
                raise Unresolved(f"{part!r} is no text")
            if isinstance(part, Reference | Parameter):
                parts.append(part)
            elif parts and isinstance(parts[-1], str):
                parts[-1] += str(part)
            elif part != "":
                parts.append(str(part))
    if not parts:
        return ""
    return parts[0] if len(parts) == 1 else Text(tuple(parts))


def split(value: Any, separator: str) -> list[Any]:
    """Cut a text where its literal parts have the separator."""
    pieces: list[list[Any]] = [[]]
    for part in value.parts if isinstance(value, Text) else (value,):
        if isinstance(part, str):
            first, *rest = part.split(separator)
            pieces[-1].append(first)
            pieces += [[piece] for piece in rest]
        else:
            pieces[-1].append(part)
    return [text(piece) for piece in pieces]


def references(value: Any) -> Iterator[Reference]:
    """Every reference in a value, at any depth."""
    if isinstance(value, Reference):
        yield value
    elif isinstance(value, Text):
        yield from (part for part in value.parts if isinstance(part, Reference))
    elif isinstance(value, dict):
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)
