"""Which properties replace a resource when they change, and which name it, from CloudFormation's resource schemas."""

from functools import cache
from typing import NamedTuple

import msgspec

from facts import reference


class Schema(NamedTuple):
    """Paths such as ("EncryptionConfiguration", "KmsKey"); `volatile` are attributes that a change in place may alter.

    `identity` are the properties that name the resource, where a template can give them all: no second one has the same.
    """

    always: tuple[tuple[str, ...], ...]
    perhaps: tuple[tuple[str, ...], ...]
    volatile: frozenset[str]
    identity: tuple[str, ...]


@cache
def schema(kind: str) -> Schema:
    """The schema of a resource type; nothing is known of a type that CloudFormation does not have."""
    found = _known(kind)
    always, perhaps = (tuple(tuple(path.split(".")) for path in paths) for paths in (found.create_only, found.maybe_create_only))
    # What names a resource stays while the resource stays.
    volatile = (path for path in found.read_only if path not in found.identifier and not path.endswith(("Arn", "Id", "Name")))
    identity = () if set(found.identifier) & set(found.read_only) else found.identifier
    return Schema(always, perhaps, frozenset(volatile), identity)


def _known(kind: str) -> reference.Schema:
    try:
        return reference.schema(kind)
    except reference.NotGeneratedError:
        from ci.references import schema as shipped  # noqa: PLC0415 cfn-lint takes seconds, and few runs meet other types

        return msgspec.convert(shipped(kind), reference.Schema)
