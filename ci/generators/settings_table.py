"""Writes the table of all settings into README.md, from the types in templates/settings.py.

Usage: python -m ci.generators.settings_table
"""

import types
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from templates.settings import FILE_NAME, Environment

README = Path(__file__).parents[2] / "README.md"
BEGIN, END = "<!-- settings: begin (make golden) -->\n", "<!-- settings: end -->\n"


def table() -> str:
    """A Markdown table: key, values, default, meaning; and where the rest is said."""
    lines = ["| key | values | default | meaning |", "|---|---|---|---|"]
    lines += [f"| `{key}` | {values} | {default} | {meaning} |" for key, values, default, meaning in _rows(Environment)]
    return "\n".join(lines) + "\n\nWhat changing each of them later does: [docs/changes.md](docs/changes.md).\n"


def inserted(text: str) -> str:
    """The README's text with the table in its place."""
    before, _, rest = text.partition(BEGIN)
    return f"{before}{BEGIN}{table()}{END}{rest.partition(END)[2]}"


def _rows(settings: type[msgspec.Struct], prefix: str = "", required: str = "**required**") -> Iterator[tuple[str, str, str, str]]:
    tables = []
    for field in msgspec.structs.fields(settings):
        key = f"{prefix}{field.encode_name}"
        annotation, metas = peeled(field.type)
        inner = next((part for part in (annotation, *typing.get_args(annotation)) if isinstance(part, type(msgspec.Struct))), None)
        if field.encode_name == FILE_NAME:
            continue
        if inner:
            tables.append((inner, f"{key}.", required if field.default is not None else f"**required** in `[{key}]`"))
        else:
            yield key, _values(annotation, metas), required if field.required else _default(field), str(metas[-1].description)
    for table in tables:
        yield from _rows(*table)


def peeled(annotation: Any) -> tuple[Any, list[msgspec.Meta]]:
    """A setting's type without its annotations, and these."""
    metas = list(getattr(annotation, "__metadata__", ()))
    return (annotation.__origin__ if metas else annotation), metas


def _values(annotation: Any, metas: list[msgspec.Meta]) -> str:
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is types.UnionType or origin is typing.Union:
        inner, inner_metas = peeled(arguments[0])
        return _values(inner, [*inner_metas, *metas])
    if origin is typing.Literal:
        return " ".join(f"`{value}`" for value in arguments)
    if origin is tuple:
        inner, inner_metas = peeled(arguments[0])
        return f"a list: {_values(inner, inner_metas + metas)}"
    lowest = next((meta.ge for meta in metas if meta.ge is not None), None)
    highest = next((meta.le for meta in metas if meta.le is not None), None)
    if lowest is not None:
        return f"{lowest:,} to {highest:,}".replace(",", "\u202f")
    if shape := next((meta.description for meta in metas if meta.pattern), None):
        return shape
    return {bool: "`true` `false`", int: "a number", str: "text"}[annotation]


def _default(field: msgspec.structs.FieldInfo) -> str:
    match field.default:
        case None | ():
            return ""
        case bool(value):
            return f"`{str(value).lower()}`"
        case tuple(values):
            return " ".join(f"`{value}`" for value in values)
        case value:
            return f"`{value}`"


if __name__ == "__main__":
    README.write_text(inserted(README.read_text(encoding="utf-8")), encoding="utf-8")
