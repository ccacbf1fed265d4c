"""The database's stack as it stands: its identifier, and its properties as the deployed template has them."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from ci.changes.live import as_written
from ci.deployed import stacks
from ci.deployed.environment import Deployed


class Database(NamedTuple):
    """What CloudFormation made; the instance may have been lost since."""

    stack: str
    identifier: str
    properties: Mapping[str, Any]


def find(deployed: Deployed) -> Database | None:
    """The environment's database; None where nothing is deployed."""
    root = stacks.find(deployed, deployed.stack)
    layer = stacks.resources(deployed, root.id).get("Database") if root else None
    stack = stacks.find(deployed, layer) if layer else None
    resources = stacks.resources(deployed, stack.id) if stack else {}
    if stack is None or not resources.get("Instance"):
        return None
    body = deployed.client("cloudformation").get_template(StackName=stack.id)["TemplateBody"]
    properties = as_written(body, stack.name)["Resources"]["Instance"]["Properties"]
    return Database(stack.id, resources["Instance"], _resolved(properties, {**resources, **stack.parameters}))


def _resolved(value: Any, known: Mapping[str, str]) -> Any:
    match value:
        case {"Ref": name}:
            return known[name]
        case dict():
            return {key: _resolved(inner, known) for key, inner in value.items()}
        case list():
            return [_resolved(inner, known) for inner in value]
    return value
