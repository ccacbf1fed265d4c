"""Reads a settings file and says in a sentence what is wrong with it: the file, the key, the reason and what to do."""

import re
import tomllib
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from templates import settings_checks
from templates.errors import SettingsError
from templates.settings import FILE_NAME, Environment

# No hyphen: roles may touch what begins with <project>-<environment>-, which must not be another environment.
NAME = re.compile(r"(?!account$|bootstrap$)[a-z][a-z0-9]{0,9}")

# msgspec's names of what TOML has.
WORDS = {
    "`array` of length >=": "a list of at least",
    "`array` of length <=": "a list of at most",
    "`array`": "a list",
    "`str` of length <=": "a text of at most",
    "`str`": "a text in quotes",
    "`int`": "a whole number",
    "`float`": "a number",
    "`bool`": "true or false",
    "`object`": "a table",
    "`null`": "nothing",
}


def load(path: Path) -> Environment:
    """Read and check one settings file; raises SettingsError."""
    if not NAME.fullmatch(path.stem):
        raise SettingsError(
            f"{path}: the file's name is the environment's name: use 1 to 10 of a-z and 0-9, a letter first, but not account or bootstrap."
        )
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SettingsError(f"{path}: there is no such settings file.") from None
    except OSError as error:
        raise SettingsError(f"{path}: this cannot be read: {error.strerror}.") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{path}: this is no TOML: {error}.") from None
    try:
        environment = msgspec.convert(table, Environment)
    except msgspec.ValidationError as error:
        if unknown := list(_unknown_keys(table, Environment)):
            raise SettingsError("\n".join(f"{path}: {line}" for line in unknown)) from None
        raise SettingsError(f"{path}: {_sentence(str(error))}") from None
    environment = msgspec.structs.replace(environment, name=path.stem)
    problems = list(settings_checks.problems(environment))
    if problems:
        raise SettingsError("\n".join(f"{path}: {problem.key}: {problem.sentence}" for problem in problems))
    return environment


def _unknown_keys(table: dict[str, Any], settings: type[msgspec.Struct], prefix: str = "") -> Iterator[str]:
    from difflib import get_close_matches  # noqa: PLC0415 only a mistake needs it

    types = {field.encode_name: field.type for field in msgspec.structs.fields(settings) if field.encode_name != FILE_NAME}
    for key, value in table.items():
        if key not in types:
            near = get_close_matches(key, types, n=1, cutoff=0.5)
            remedy = f"did you mean {prefix}{near[0]}?" if near else f"the keys are {', '.join(types)}."
            yield f"{prefix}{key}: there is no such key; {remedy}"
        elif isinstance(value, dict) and (inner := _struct(types[key])):
            yield from _unknown_keys(value, inner, f"{prefix}{key}.")


def _struct(annotation: Any) -> type[msgspec.Struct] | None:
    """The table that an annotation such as `Annotated[Night | None, ...]` stands for."""
    if isinstance(annotation, type) and issubclass(annotation, msgspec.Struct):
        return annotation
    return next(filter(None, map(_struct, typing.get_args(annotation))), None)


def _sentence(message: str) -> str:
    """Turn msgspec's "Expected `int`, got `str` - at `$.service.cpu`" into "service.cpu: expected ..."."""
    text, _, where = message.partition(" - at `$")
    key = where.strip("`.")
    if missing := re.fullmatch(r"Object missing required field `(\w+)`", text):
        return f"{'.'.join(filter(None, (key, missing[1])))}: this key is required; add it."
    if re.match("Invalid enum value", text):
        value = re.sub("Invalid enum value ", "", text)
        return f"{key}: {value} is not offered; use one of {', '.join(map(str, _offered(Environment, key.split('.'))))}."
    for pattern, description in _patterns(Environment):
        text = text.replace(f"`str` matching regex {pattern!r}", description)
    for name, words in WORDS.items():
        text = text.replace(name, words)
    return f"{key or 'the file'}: {text[0].lower()}{text[1:]}; change the value."


def _offered(annotation: Any, key: list[str]) -> tuple[Any, ...]:
    """The values of the setting with this key."""
    if key:
        fields = msgspec.structs.fields(_struct(annotation) or Environment)
        return _offered(next(field.type for field in fields if field.encode_name == key[0]), key[1:])
    if typing.get_origin(annotation) is typing.Literal:
        return typing.get_args(annotation)
    return next(filter(None, (_offered(part, key) for part in typing.get_args(annotation))), ())


def _patterns(annotation: Any) -> Iterator[tuple[str, str]]:
    """Each pattern that a value must match, and what it means."""
    if table := _struct(annotation):
        for field in msgspec.structs.fields(table):
            yield from _patterns(field.type)
    for part in (*typing.get_args(annotation), *getattr(annotation, "__metadata__", ())):
        if isinstance(part, msgspec.Meta) and part.pattern and part.description:
            yield part.pattern, part.description
        else:
            yield from _patterns(part)
