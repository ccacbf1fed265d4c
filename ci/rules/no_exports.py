"""Stacks are wired through the root alone: no template exports a name.

An exported value cannot change while another stack imports it, and two stacks that do so to each other never update again (aws-cdk 7602).
"""

from collections.abc import Iterator

from ci.model import Deployment
from ci.rules import Finding

SEVERITY = "breaks"
SOURCE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-exports.html"
REMEDY = "Provide the value (Layer.provides) and need it by name (Layer.needs)."


def check(deployment: Deployment) -> Iterator[Finding]:
    """No output has an Export; an import does not resolve, which another rule says."""
    for template in deployment.templates.values():
        for name, output in template.outputs.items():
            if "Export" in output:
                yield Finding(template, f"exports {name}.")
