"""A stack's parameters are declared by their type, and what only the deployment knows by its pattern; nothing limits them further.

A nested stack that refuses what the root gives it fails once what stands before it is deployed; a default would be deployed unasked.
"""

from collections.abc import Iterator
from typing import Any

from ci.model import Deployment, Template
from ci.rules import Finding, compare
from templates.parameters import PARAMETERS

SEVERITY = "breaks"
SOURCE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html"
REMEDY = "Take the root's parameters from templates/parameters.py, and declare those of a layer by Layer.needs alone."

TEXTS = ("Description", "ConstraintDescription")
TYPES = ("String", "CommaDelimitedList")


def check(deployment: Deployment) -> Iterator[Finding]:
    """Compare each declaration, but for what it tells people."""
    for template in deployment.templates.values():
        for name, declared in template.parameters.items():
            what = {key: value for key, value in declared.items() if key not in TEXTS}
            yield from compare(template, f"Parameters.{name}", what, _wanted(template, name, declared), "it is declared so")


def _wanted(template: Template, name: str, declared: dict[str, Any]) -> dict[str, Any] | None:
    if template.stack is None:
        return {"Type": "String", "AllowedPattern": PARAMETERS[name].pattern} if template.name == "root" and name in PARAMETERS else None
    kind = {"Type": declared.get("Type") if declared.get("Type") in TYPES else "String"}
    given = template.stack.raw["Properties"]["Parameters"][name]
    return {**kind, "AllowedPattern": PARAMETERS[name].pattern} if given == {"Ref": name} else kind
