"""What was rendered, as data that a test may break, and what the gate says of it."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from ci.model import Deployment
from ci.rules import discover
from ci.verification import verify
from templates import settings_file
from templates.settings import Environment

ROOT = Path(__file__).parents[1]
SUFFIX = ".template.json"

Templates = dict[str, Any]


@cache
def _texts(environment: str) -> dict[str, str]:
    return {path.name.removesuffix(SUFFIX): path.read_text() for path in (ROOT / "output" / environment).glob(f"*{SUFFIX}")}


def rendered(environment: str) -> Templates:
    """The templates of an environment, read anew."""
    return {name: json.loads(text) for name, text in _texts(environment).items()}


@cache
def settings(environment: str) -> Environment:
    return settings_file.load(ROOT / "environments" / f"{environment}.toml")


@cache
def rules() -> tuple[Any, ...]:
    return tuple(discover())


def found(templates: Templates, environment: Environment) -> dict[str, list[str]]:
    """What the gate finds: for each rule its sentences."""
    result: dict[str, list[str]] = {}
    for rule, finding in verify(Deployment(templates, environment), rules()).found:
        where = getattr(finding.where, "label", getattr(finding.where, "name", "-"))
        result.setdefault(rule.id, []).append(f"{where} {finding.sentence}")
    return result


def objections(rule: str, templates: Templates, environment: Environment | None = None) -> str:
    """What one rule finds, as one text; empty where it finds nothing."""
    return "\n".join(found(templates, environment or settings("prod")).get(rule, []))


def resource(templates: Templates, kind: str, index: int = 0) -> Any:
    """The raw resource of a type, to be broken."""
    every = [each for template in templates.values() for each in template["Resources"].values() if each["Type"] == f"AWS::{kind}"]
    return every[index]


def properties(templates: Templates, kind: str, index: int = 0) -> Any:
    """The raw properties of a resource of a type, to be broken."""
    return resource(templates, kind, index)["Properties"]
