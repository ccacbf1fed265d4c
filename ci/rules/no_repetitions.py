"""No list says one thing twice.

AWS refuses it when it is deployed, as with two mounts at one path, or takes the second for nothing; somebody meant something else.
"""

from collections.abc import Iterator
from typing import Any

from ci.model import Deployment
from ci.rules import Finding

SEVERITY = "breaks"
SOURCE = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html#container_definition_mountpoints"
REMEDY = "Remove the second, or say what was meant."


def check(deployment: Deployment) -> Iterator[Finding]:
    """Look at every list in the properties."""
    for resource in deployment:
        for path in _repeated(resource.properties, ""):
            yield Finding(resource, f"says one thing twice in {path}.")


def _repeated(value: Any, path: str) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _repeated(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        if len(value) > 1 and len({str(item) if isinstance(item, dict | list) else item for item in value}) != len(value):
            yield path
        for inner in value:
            yield from _repeated(inner, path)
