"""Turns troposphere's and awacs's objects into JSON, looking at each object once.

troposphere's own `to_dict` encodes a nested object anew at every level above it, which took half of the whole run.
"""

from functools import cache
from typing import Any

import msgspec
from troposphere import AWSHelperFn, BaseAWSObject, Tags


def encode(value: Any) -> bytes:
    """JSON without white space, keys in order; raises ValueError where a required property is missing."""
    return msgspec.json.encode(value, enc_hook=_plain, order="sorted")


def pretty(value: Any) -> str:
    """The same for people to read: indented, with a line feed at the end.

    By one space: the bootstrap stack's template is deployed without a bucket, which allows 51,200 bytes.
    """
    return msgspec.json.format(encode(value), indent=1).decode() + "\n"


def _plain(value: Any) -> Any:
    if isinstance(value, BaseAWSObject):
        for name in _required(type(value)):  # type: ignore[arg-type]  # mypy misreads the hash of a class
            if name not in value.properties:
                raise ValueError(f"{type(value).__name__} {value.title or ''} needs {name}")
        value.validate()
        return value.resource
    if isinstance(value, Tags):
        return value.tags
    if isinstance(value, AWSHelperFn):
        return value.data
    # awacs: documents, statements, actions, conditions.
    return value.JSONrepr()


@cache
def _required(kind: type[BaseAWSObject]) -> list[str]:
    return [name for name, (_, required) in kind.props.items() if required]
