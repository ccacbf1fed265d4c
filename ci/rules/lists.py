"""No list says one thing twice, and where keys are free, AWS knows each.

AWS refuses it when it is deployed, as with two mounts at one path or an attribute that is misspelt, or takes the second for nothing.
"""

import re
from collections.abc import Iterator
from typing import Any

from ci.model import Deployment, Reference
from ci.rules import Finding

SEVERITY = "breaks"
SOURCE = "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_LoadBalancerAttribute.html"
REMEDY = "Next: remove the second, or correct the key."

# By these the items of a list are told apart: variables, tags, attributes, volumes.
KEYS = ({"Key", "Value"}, {"Name", "Value"}, {"SourceVolume", "ContainerPath"})


def check(deployment: Deployment) -> Iterator[Finding]:
    """Look at every list in the properties, and at the keys of which the facts know all."""
    for resource in deployment:
        for path in _repeated(resource.properties, ""):
            yield Finding(resource, f"says one thing twice in {path}.")
        for path, pattern in resource.facts.keys.items():
            given = resource.get(path, default={})
            keys = given if isinstance(given, dict) else [pair.get("Key") for pair in given]
            yield from (
                Finding(resource, f"has {key} in {path}, which AWS does not know.") for key in keys if not re.fullmatch(pattern, key)
            )


def _repeated(value: Any, path: str) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _repeated(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        # Words, as of a command, may come again.
        items = [_told_apart(item) for item in value if isinstance(item, dict | list | Reference)]
        # IAM takes a statement twice for once.
        if len(set(items)) < len(items) and not path.endswith("Statement"):
            yield path
        for inner in value:
            yield from _repeated(inner, path)


def _told_apart(item: Any) -> str:
    if isinstance(item, dict) and item.keys() in KEYS:
        return str(item.get("Key") or item.get("Name") or item.get("ContainerPath"))
    return str(item)
