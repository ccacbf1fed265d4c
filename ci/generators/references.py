"""Writes facts/generated/*.json: what AWS's references say of the types that the templates can render, and of the services that they call.

Usage: python -m ci.generators.references
"""

import json
import re
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files
from typing import Any

from cfnlint.schema import PROVIDER_SCHEMA_MANAGER, ResourceNotFoundError

import facts
from ci.generators.variants import NoExampleError, variants
from facts.endpoints import ENDPOINTS
from facts.reference import FOLDER
from templates.errors import RenderingError
from templates.layer import Layer
from templates.render import alone, layers
from templates.settings import Environment

REGION = "us-east-1"
STACK = "AWS::CloudFormation::Stack"


def permissions() -> dict[str, Any]:
    """The actions of each type that CloudFormation creates with the execution role, and those actions that take no resource."""
    types = {STACK, *_types(layer for _, nested in _nested() for layer in nested)}
    found = {kind: needed(kind) for kind in sorted(types)}
    actions = {action for listed in found.values() for action in listed}
    return {"resource_types": found, "without_resource": sorted(action for action in actions if not resources_of(action))}


def needed(kind: str) -> list[str]:
    """What the handlers of a type call, without what its facts call unused."""
    known = facts.of(kind)
    called = {
        action
        for name, handler in registered(kind).get("handlers", {}).items()
        if name != "list"
        for action in handler["permissions"]
        # What handlers list and IAM does not know is a slip of the schema.
        if _exists(action) and not any(fnmatchcase(action, pattern) for pattern in known.unused)
    }
    # Which roles it is handed, and which AWS makes for it, its facts say.
    own = called - {"iam:CreateServiceLinkedRole", "iam:PassRole"}
    return sorted(action for action in own if kind.startswith("AWS::IAM::") or not action.startswith("iam:"))


def schemas() -> dict[str, Any]:
    """What the registry says of every type."""
    return {kind: schema(kind) for kind in sorted({STACK, *_types(_every())})}


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


def authorization() -> dict[str, Any]:
    """What the service authorization reference says of each service whose actions the templates or the endpoints' policies name."""
    listed = (action for kind in _types(_every()) for action in needed(kind))
    written = (action for layer in _every() for action in _actions(layer.template.to_dict()))
    services = {action.partition(":")[0] for action in (*listed, *written)} | ENDPOINTS.keys()
    return {service: _service(authorization_reference()[service]) for service in sorted(services & authorization_reference().keys())}


def texts() -> Iterator[tuple[str, str]]:
    """The name and the text of each file, a line an entry; permissions first, without which the bootstrap layer cannot be rendered."""
    for make in (permissions, schemas, authorization):
        entries = (f"{json.dumps(key)}: {json.dumps(value)}" for key, value in make().items())
        yield f"{make.__name__}.json", "{\n" + ",\n".join(entries) + "\n}\n"


@cache
def _nested() -> list[tuple[Environment, list[Layer]]]:
    """The nested layers of all settings."""
    return [(environment, layers(environment)) for environment in variants()]


@cache
def _every() -> list[Layer]:
    """These, and those that are stacks of their own."""
    return [layer for environment, nested in _nested() for layer in (*nested, *alone(environment, nested))]


def _types(found: Iterable[Layer]) -> set[str]:
    return {str(resource.resource_type) for layer in found for resource in layer.template.resources.values()}


def _actions(value: Any) -> Iterator[str]:
    """Every action of the policies in a template."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "Action":
                yield from (action for action in (inner if isinstance(inner, list) else [inner]) if isinstance(action, str))
            else:
                yield from _actions(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _actions(inner)


@cache
def registered(kind: str) -> dict[str, Any]:
    """A type's schema in the registry; empty where there is none."""
    try:
        found: dict[str, Any] = PROVIDER_SCHEMA_MANAGER.get_resource_schema(REGION, kind).schema
    except ResourceNotFoundError:
        return {}
    return found


@cache
def authorization_reference() -> dict[str, Any]:
    """The service authorization reference, by the prefix of actions."""
    found: dict[str, Any] = json.loads(files("cfnlint.data.AdditionalSpecs").joinpath("Policies.json").read_text(encoding="utf-8"))
    return found


def _exists(action: str) -> bool:
    service, _, name = action.partition(":")
    return name.lower() in authorization_reference().get(service, {"Actions": {}})["Actions"]


def resources_of(action: str) -> list[str]:
    """The kinds of resource that an action takes."""
    service, _, name = action.partition(":")
    found: list[str] = authorization_reference()[service]["Actions"][name.lower()].get("Resources", [])
    return found


def _service(found: dict[str, Any]) -> dict[str, list[str]]:
    arns = {arn_pattern(pattern) for resource in found["Resources"].values() for pattern in resource["ARNFormats"]}
    return {
        "with_resource": sorted(name for name, action in found["Actions"].items() if action.get("Resources")),
        "without_resource": sorted(name for name, action in found["Actions"].items() if not action.get("Resources")),
        "arns": sorted(arns),
        "condition_keys": sorted({key for resource in found["Resources"].values() for key in resource.get("ConditionKeys", [])}),
    }


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


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    try:
        for name, text in texts():
            (FOLDER / name).write_text(text, encoding="utf-8")
    except (facts.FactsError, NoExampleError, RenderingError) as error:
        raise SystemExit(str(error)) from None
