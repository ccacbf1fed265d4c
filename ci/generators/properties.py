"""Makes ci/generators/properties.json anew: the properties that the templates give to each type of resource, with whatever settings.

Usage: python -m ci.generators.properties
"""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

TARGET = Path(__file__).with_suffix(".json")
# Below these stands what has rules of its own, or what has no fixed names.
FREE = {
    "AssumeRolePolicyDocument",
    "EventPattern",
    "KeyPolicy",
    "Parameters",
    "PolicyDocument",
    "RepositoryPolicyText",
    "RequestParameters",
    "ResponseParameters",
    "ResponseTemplates",
}


@cache
def known() -> dict[str, frozenset[str]]:
    """The paths of each type, such as ContainerDefinitions.Image."""
    kept: dict[str, list[str]] = msgspec.json.decode(TARGET.read_bytes())
    return {kind: frozenset(paths) for kind, paths in kept.items()}


def paths(value: Any, before: str = "") -> Iterator[str]:
    """The paths of some properties; a list on the way is looked through."""
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, dict) and not any(key == "Ref" or key.startswith("Fn::") for key in item):
            for key, inner in item.items():
                yield before + key
                if key not in FREE:
                    yield from paths(inner, f"{before}{key}.")


def text() -> str:
    """The file's text, a line a type."""
    from ci.generators.variants import variants  # noqa: PLC0415 only this renders
    from templates.render import render  # noqa: PLC0415 the same

    found: dict[str, set[str]] = {}
    for environment in variants():
        for template in render(environment).values():
            for resource in json.loads(template)["Resources"].values():
                found.setdefault(resource["Type"], set()).update(paths(resource.get("Properties", {})))
    return "{\n" + ",\n".join(f'"{kind}": {json.dumps(sorted(found[kind]))}' for kind in sorted(found)) + "\n}\n"


if __name__ == "__main__":
    TARGET.write_text(text(), encoding="utf-8")
