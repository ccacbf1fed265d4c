"""Writes facts/generated/*.json: what AWS's references say of the types that the templates can render, and of the services that they call.

Usage: python -m ci.generators.references
"""

import json
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

import facts
from ci.generators.variants import NoExampleError, variants
from ci.project import SETTINGS
from ci.references import arn_pattern, authorization_reference, exists, registered, resources_of, schema
from facts.endpoints import ENDPOINTS
from facts.reference import FOLDER
from templates import settings_file
from templates.errors import RenderingError, WiringError
from templates.layer import Layer
from templates.render import alone, layers
from templates.settings import Environment

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
        if exists(action) and not any(fnmatchcase(action, pattern) for pattern in known.unused)
    }
    # Which roles it is handed, and which AWS makes for it, its facts say.
    own = called - {"iam:CreateServiceLinkedRole", "iam:PassRole"}
    return sorted(action for action in own if kind.startswith("AWS::IAM::") or not action.startswith("iam:"))


def schemas() -> dict[str, Any]:
    """What the registry says of every type."""
    return {kind: schema(kind) for kind in sorted({STACK, *_types(_every())})}


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
    """The nested layers of all settings; of settings made up for this, those that the contract takes."""
    shipped = [settings_file.load(path) for path in SETTINGS.glob("*.toml")]
    found = []
    for environment in variants():
        try:
            found.append((environment, layers(environment)))
        except WiringError:
            if environment in shipped:
                raise
    return found


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


def _service(found: dict[str, Any]) -> dict[str, list[str]]:
    arns = {arn_pattern(pattern) for resource in found["Resources"].values() for pattern in resource["ARNFormats"]}
    return {
        "with_resource": sorted(name for name, action in found["Actions"].items() if action.get("Resources")),
        "without_resource": sorted(name for name, action in found["Actions"].items() if not action.get("Resources")),
        "arns": sorted(arns),
        "condition_keys": sorted({key for resource in found["Resources"].values() for key in resource.get("ConditionKeys", [])}),
    }


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    try:
        for name, text in texts():
            (FOLDER / name).write_text(text, encoding="utf-8")
    except (facts.FactsError, NoExampleError, RenderingError) as error:
        raise SystemExit(str(error)) from None
