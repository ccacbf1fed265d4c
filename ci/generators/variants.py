"""Settings that between them switch on all that the templates can render, found by looking at the settings' types.

Each environment of the project, one with everything on, and each of these with one setting changed: a boolean, one choice of several, an
optional value or table that comes or goes. A new setting is covered without being named here; one whose values a pattern describes brings
an example of them: Meta(examples=[...]).
"""

from collections.abc import Iterator
from functools import cache
from typing import Any, cast

import msgspec
from msgspec import inspect

from ci.project import SETTINGS
from templates import settings_checks, settings_file
from templates.settings import Environment

Path = tuple[str, ...]


class NoExampleError(Exception):
    """A setting has no example from which a value could be taken; the message says where to write one."""


@cache
def variants() -> list[Environment]:
    """All of them, each once."""
    shipped = [settings_file.load(path) for path in sorted(SETTINGS.glob("*.toml"))]
    bases = [*shipped, _everything(shipped[0])]
    found: dict[bytes, Environment] = {}
    for base in bases:
        for environment in (base, *_changed(base)):
            found.setdefault(msgspec.json.encode(environment), environment)
    return list(found.values())


@cache
def _alternatives() -> dict[Path, list[Any]]:
    """The values that each setting can have, as far as they are a choice; the least of it first."""
    return dict(_below(cast("inspect.StructType", inspect.type_info(Environment)), ()))


def _everything(base: Environment) -> Environment:
    """The base with every setting on that goes together with those before."""
    for path, values in _alternatives().items():
        base = next(_allowed(base, path, values[-1:]), base)
    return base


def _changed(base: Environment) -> Iterator[Environment]:
    for path, values in _alternatives().items():
        yield from _allowed(base, path, values)


def _allowed(base: Environment, path: Path, values: list[Any]) -> Iterator[Environment]:
    """The base with each of these values, and with what the checks of the settings then ask for."""
    for value in values:
        changed, touched = _replaced(base, path, value), {path}
        while problem := next(settings_checks.problems(changed), None):
            asked = tuple(problem.key.split("."))
            others = [_replaced(changed, asked, other) for other in _alternatives().get(asked, ())] if asked not in touched else []
            better = next((other for other in others if problem not in settings_checks.problems(other)), None)
            if better is None:
                break
            changed = better
            touched.add(asked)
        else:
            yield changed


def _replaced(settings: Any, path: Path, value: Any) -> Any:
    name, *rest = path
    return msgspec.structs.replace(settings, **{name: _replaced(getattr(settings, name), tuple(rest), value) if rest else value})


def _below(kind: inspect.StructType, path: Path) -> Iterator[tuple[Path, list[Any]]]:
    for field in kind.fields:
        here = (*path, field.name)
        plain = _plain(field.type)
        if isinstance(plain, inspect.StructType):
            yield from _below(plain, here)
        elif values := _values(field.type, here):
            yield here, values


def _values(kind: inspect.Type, path: Path) -> list[Any]:
    """The values of a choice; of a plain number or text, the examples."""
    match _plain(kind):
        case inspect.BoolType():
            return [False, True]
        case inspect.LiteralType(values=values):
            # Numbers are sizes: the least and the greatest will do.
            numbers = [value for value in values if isinstance(value, int)]
            return [min(numbers), max(numbers)] if len(numbers) == len(values) else list(values)
        case inspect.UnionType(types=types):
            return [None, *(_examples(each, path)[0] for each in types if not isinstance(each, inspect.NoneType))]
        case inspect.VarTupleType(item_type=item, min_length=least, max_length=most):
            items = _examples(item, path)
            return [tuple(items[: least or 0]), tuple(items[:most])]
    return _shown(kind)


def _examples(kind: inspect.Type, path: Path) -> list[Any]:
    """Values of a type, at least one; raises NoExampleError."""
    if shown := _shown(kind):
        return shown
    match _plain(kind):
        case inspect.StructType(cls=cls, fields=fields):
            return [cls(**{field.name: _examples(field.type, (*path, field.name))[0] for field in fields if field.required})]
        case inspect.IntType(ge=int(least)):
            return [least]
    if values := _values(kind, path):
        return values[::-1]
    raise NoExampleError(f"templates/settings.py: {'.'.join(path)} has no example of its values: add Meta(examples=[...]).")


def _shown(kind: inspect.Type) -> list[Any]:
    """The examples that the settings give of a type."""
    return list((kind.extra_json_schema or {}).get("examples", [])) if isinstance(kind, inspect.Metadata) else []


def _plain(kind: inspect.Type) -> inspect.Type:
    return _plain(kind.type) if isinstance(kind, inspect.Metadata) else kind
