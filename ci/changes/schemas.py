"""Which properties replace a resource when they change, from CloudFormation's resource schemas as cfn-lint ships them.

Importing cfn-lint takes seconds, so what the stacks' types need of it is kept beside this file; other types are looked up there.
Usage: python -m ci.changes.schemas
"""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

TARGET = Path(__file__).with_suffix(".json")
REGION = "us-east-1"


class Schema(NamedTuple):
    """Paths such as ("EncryptionConfiguration", "KmsKey"); `volatile` are attributes, of those read, that a change in place may alter."""

    always: tuple[tuple[str, ...], ...]
    perhaps: tuple[tuple[str, ...], ...]
    volatile: frozenset[str]


@cache
def _kept() -> dict[str, dict[str, list[str]]]:
    kept: dict[str, dict[str, list[str]]] = msgspec.json.decode(TARGET.read_bytes())
    return kept


def schema(kind: str) -> Schema:
    """The schema of a resource type; nothing is known of a type that CloudFormation does not have."""
    found = _kept().get(kind) or shipped(kind)
    always, perhaps = (tuple(tuple(path.split("/")) for path in found[name]) for name in ("always", "perhaps"))
    return Schema(always, perhaps, frozenset(found["volatile"]))


def shipped(kind: str) -> dict[str, list[str]]:
    """What cfn-lint's schema says."""
    from cfnlint.schema import PROVIDER_SCHEMA_MANAGER, ResourceNotFoundError  # noqa: PLC0415 seconds that few runs need

    try:
        found = PROVIDER_SCHEMA_MANAGER.get_resource_schema(REGION, kind).schema
    except ResourceNotFoundError:
        return {"always": [], "perhaps": [], "volatile": []}

    def paths(name: str) -> list[str]:
        return sorted(path.removeprefix("/properties/") for path in found.get(name, []))

    identity = paths("primaryIdentifier")
    # What names a resource stays while the resource stays.
    volatile = [path for path in paths("readOnlyProperties") if path not in identity and not path.endswith(("Arn", "Id", "Name"))]
    return {
        "always": paths("createOnlyProperties"),
        "perhaps": paths("conditionalCreateOnlyProperties"),
        "volatile": [path.replace("/", ".") for path in volatile],
    }


def text() -> str:
    """The file's text: every type that some settings render."""
    from ci.generators.permissions import everything  # noqa: PLC0415 it imports cfn-lint
    from templates.render import render  # noqa: PLC0415 only this needs troposphere

    rendered = [json.loads(template) for environment in everything() for template in render(environment).values()]
    types = {resource["Type"] for template in rendered for resource in template["Resources"].values()}
    read = {attribute for template in rendered for attribute in _attributes(template)}
    found = {kind: shipped(kind) for kind in sorted(types)}
    for rules in found.values():
        rules["volatile"] = [attribute for attribute in rules["volatile"] if attribute in read]
    return "{\n" + ",\n".join(f'"{kind}": {json.dumps(rules)}' for kind, rules in found.items()) + "\n}\n"


def _attributes(value: Any) -> Iterator[str]:
    """What the templates read of resources, beside their identifiers."""
    if isinstance(value, dict):
        if "Fn::GetAtt" in value:
            yield value["Fn::GetAtt"][1]
        yield from (found for inner in value.values() for found in _attributes(inner))
    if isinstance(value, list):
        yield from (found for inner in value for found in _attributes(inner))


if __name__ == "__main__":
    TARGET.write_text(text(), encoding="utf-8")
