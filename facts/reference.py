"""What AWS's own references know of resource types and actions, generated from the copies that cfn-lint ships (`make golden`).

The CloudFormation registry's schemas: https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html
The service authorization reference:
https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
Each file is read when something first asks for it; rendering asks for the permissions alone.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec import Struct

from facts import FactsError

Entry = TypeVar("Entry")
FOLDER = Path(__file__).parent / "generated"


class NotGeneratedError(FactsError):
    """The generated files have nothing of a resource type or a service; the message says what to do."""


class Permissions(Struct, frozen=True):
    """What CloudFormation's handlers call."""

    # The actions for each type, without what the facts call unused.
    resource_types: dict[str, list[str]]
    # The actions, of all of these, that take no resource.
    without_resource: frozenset[str]


class Schema(Struct, frozen=True):
    """A type in the registry; paths are dotted, and a list on the way is looked through."""

    # Properties that replace the resource when they change, and those that may.
    create_only: tuple[str, ...]
    maybe_create_only: tuple[str, ...]
    # Attributes that only AWS sets.
    read_only: tuple[str, ...]
    identifier: tuple[str, ...]
    # The resources to which a property refers: types, each with what of it the property holds, such as Id, Name or Arn.
    refers: dict[str, list[tuple[str, str]]]
    # The longest text that a property takes.
    longest: dict[str, int]


class Authorization(Struct, frozen=True):
    """A service in the service authorization reference; the names of actions are in lower case."""

    with_resource: frozenset[str]
    without_resource: frozenset[str]
    # Patterns, without "arn:aws:", with {region} and {account}.
    arns: tuple[str, ...]
    condition_keys: tuple[str, ...]


@cache
def permissions() -> Permissions:
    """The actions that CloudFormation needs, of all types that the templates can render."""
    return msgspec.json.decode(_content("permissions"), type=Permissions)


def needed(kind: str) -> list[str]:
    """The actions that CloudFormation needs to create, change and delete resources of a type; raises NotGeneratedError."""
    try:
        return permissions().resource_types[kind]
    except KeyError:
        raise NotGeneratedError(f"{kind} is not in facts/generated/permissions.json yet: run make golden.") from None


def types() -> frozenset[str]:
    """Every type that the templates can render."""
    return frozenset(_file("schemas"))


@cache
def schema(kind: str) -> Schema:
    """What the registry says of a type; raises NotGeneratedError."""
    return _one("schemas", kind, Schema)


@cache
def authorization(service: str) -> Authorization:
    """What the reference says of a service, by the prefix of its actions; raises NotGeneratedError."""
    return _one("authorization", service, Authorization)


def _one(name: str, key: str, kind: type[Entry]) -> Entry:
    if key not in _file(name):
        raise NotGeneratedError(f"{key} is not in facts/generated/{name}.json yet: run make golden.")
    return msgspec.json.decode(_file(name)[key], type=kind)


@cache
def _file(name: str) -> Mapping[str, msgspec.Raw]:
    """Each entry of a file as it is written: it is decoded when something asks for it."""
    return msgspec.json.decode(_content(name), type=dict[str, msgspec.Raw])


def _content(name: str) -> bytes:
    return (FOLDER / f"{name}.json").read_bytes()
