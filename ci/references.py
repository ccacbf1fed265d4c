"""AWS's own references, as cfn-lint ships them: the CloudFormation registry's schemas and the service authorization reference.

Importing this takes a second, so that what the project needs of it is generated (`facts/generated/`).
"""

import json
import re
from functools import cache
from importlib.resources import files
from typing import Any

from cfnlint.schema import PROVIDER_SCHEMA_MANAGER, ResourceNotFoundError

REGION = "us-east-1"


@cache
def registered(kind: str) -> dict[str, Any]:
    """A type's schema in the registry; empty where there is none."""
    try:
        found: dict[str, Any] = PROVIDER_SCHEMA_MANAGER.get_resource_schema(REGION, kind).schema
    except ResourceNotFoundError:
        return {}
    return found


def schema(kind: str) -> dict[str, Any]:
    """What the registry says of a type; nothing of one that it does not have."""
    found = registered(kind)
    properties = found.get("properties", {})

    def paths(name: str) -> list[str]:
        return sorted(path.removeprefix("/properties/").replace("/*", "").replace("/", ".") for path in found.get(name, []))

    return {
        "create_only": paths("createOnlyProperties"),
        "maybe_create_only": paths("conditionalCreateOnlyProperties"),
        "read_only": paths("readOnlyProperties"),
        "identifier": paths("primaryIdentifier"),
        "refers": {path: sorted(targets) for path, targets in sorted(_references(found).items())},
        "longest": {name: inner["maxLength"] for name, inner in sorted(properties.items()) if "maxLength" in inner},
    }


@cache
def authorization_reference() -> dict[str, Any]:
    """The service authorization reference, by the prefix of actions."""
    found: dict[str, Any] = json.loads(files("cfnlint.data.AdditionalSpecs").joinpath("Policies.json").read_text(encoding="utf-8"))
    return found


def exists(action: str) -> bool:
    """Whether IAM knows an action."""
    service, _, name = action.partition(":")
    return name.lower() in authorization_reference().get(service, {"Actions": {}})["Actions"]


def resources_of(action: str) -> list[str]:
    """The kinds of resource that an action takes."""
    service, _, name = action.partition(":")
    found: list[str] = authorization_reference()[service]["Actions"][name.lower()].get("Resources", [])
    return found


def arn_pattern(pattern: str) -> str:
    """An ARN's format in the shape of the facts: without "arn:aws:", with {region} and {account}, a star for the rest."""
    plain = re.sub(r"^arn:(\$\{Partition\}|aws):", "", pattern).replace("${Region}", "{region}").replace("${Account}", "{account}")
    return plain.replace(".*", "*")


def _references(found: dict[str, Any]) -> dict[str, set[tuple[str, str]]]:
    """Where the schema says of a property which resource it refers to, by a relationship or by its format."""
    targets: dict[str, set[tuple[str, str]]] = {}

    def walk(value: Any, path: str, seen: tuple[str, ...]) -> None:
        if not isinstance(value, dict):
            return
        name = value.get("$ref", "").rpartition("/")[2]
        if name and name not in seen:
            walk(found["definitions"].get(name), path, (*seen, name))
        if relation := value.get("relationshipRef"):
            targets.setdefault(path, set()).add(
                (relation["typeName"], relation["propertyPath"].removeprefix("/properties/").replace("/", "."))
            )
        if (form := str(value.get("format"))).startswith("AWS::"):
            kind, _, part = form.rpartition(".")
            targets.setdefault(path, set()).add((kind, part.removesuffix("s")))
        walk(value.get("items"), path, seen)
        for choice in ("anyOf", "oneOf", "allOf"):
            for inner in value.get(choice, []):
                walk(inner, path, seen)
        for key, inner in value.get("properties", {}).items():
            walk(inner, f"{path}.{key}" if path else key, seen)

    walk({"properties": found.get("properties", {})}, "", ())
    own = found.get("typeName")
    # A property that holds the resource's own name or id refers to nothing.
    return {path: kept for path, all_of in targets.items() if (kept := {target for target in all_of if target[0] != own})}
