"""The operations of the service, from its OpenAPI document: the gateway passes these and nothing else."""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from templates.errors import DocumentError

READS = frozenset({"GET", "HEAD", "OPTIONS"})


class Operation(NamedTuple):
    """A method on a path, such as PUT on /books/{isbn}."""

    method: str
    path: str
    name: str
    summary: str

    @property
    def writes(self) -> bool:
        """Whether it may change something, so that the caller has to be authorized."""
        return self.method not in READS

    @property
    def path_parameters(self) -> list[str]:
        """The names in braces in the path."""
        return re.findall(r"{(\w+)}", self.path)


@cache
def operations(document: Path) -> tuple[Operation, ...]:
    """Every operation of the document, in its order; raises DocumentError."""
    try:
        return tuple(_operations(json.loads(document.read_text(encoding="utf-8"))["paths"]))
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise DocumentError(
            f"{document}: no OpenAPI document with paths whose operations each have operationId and summary: {error!r}; regenerate it."
        ) from None


def _operations(paths: dict[str, dict[str, dict[str, str]]]) -> Iterator[Operation]:
    for path, methods in paths.items():
        for method, operation in methods.items():
            if method in {"get", "put", "post", "delete", "options", "head", "patch"}:
                yield Operation(method.upper(), path, operation["operationId"], operation["summary"])
