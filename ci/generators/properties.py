"""Makes ci/generators/properties.json anew: the properties that the templates give to each type of resource, with whatever settings.

Usage: python -m ci.generators.properties
"""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Literal

import msgspec

from templates.settings import Account, Database, Deployment, Environment, Night, Service

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
STRATEGIES: tuple[Literal["rolling", "blue_green", "canary", "linear"], ...] = ("rolling", "blue_green", "canary", "linear")


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


def settings() -> Iterator[Environment]:
    """Settings that between them give every property."""
    from ci.generators.permissions import everything  # noqa: PLC0415 it imports cfn-lint

    night = Night(sleep_hour=20, wake_hour=7, timezone="Europe/Berlin")
    account = Account(github_repository="owner/name", image_pull_accounts=("111122223333",))
    for environment in everything():
        yield environment
        yield msgspec.structs.replace(environment, database=Database(snapshot="last"))
        yield msgspec.structs.replace(environment, service=Service(night=night, spot_percent=50), account=account)
        yield msgspec.structs.replace(environment, service=Service(spot_percent=50), production=True)
        yield msgspec.structs.replace(environment, encryption="end_to_end", certificate_domain="internal.example.org")
        for strategy in STRATEGIES:
            service = Service(requests_target=100 if strategy == "rolling" else None)
            yield msgspec.structs.replace(environment, deployment=Deployment(strategy=strategy), service=service)


def text() -> str:
    """The file's text, a line a type."""
    from templates.render import render  # noqa: PLC0415 only this needs troposphere

    found: dict[str, set[str]] = {}
    for environment in settings():
        for template in render(environment).values():
            for resource in json.loads(template)["Resources"].values():
                found.setdefault(resource["Type"], set()).update(paths(resource.get("Properties", {})))
    return "{\n" + ",\n".join(f'"{kind}": {json.dumps(sorted(found[kind]))}' for kind in sorted(found)) + "\n}\n"


if __name__ == "__main__":
    TARGET.write_text(text(), encoding="utf-8")
