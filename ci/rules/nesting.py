"""The root nests every layer and wires them; nothing nests deeper, exports a name, or waits for itself.

Double nesting breaks packaging. An exported value cannot change while another stack imports it, and two stacks that do so to each other
never update again (aws-cdk 7602). A circle is refused only when it is deployed. By a stack's tags its resources are found and paid for.
"""

from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter

from ci.model import Deployment
from ci.model.deployment import ALONE
from ci.model.resolver import STACK
from ci.rules import Finding

SEVERITY = "breaks"
SOURCE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-nested-stacks.html"
REMEDY = "Next: nest layers in the root alone (templates/render.py), and wire them by Layer.provides and Layer.needs."

# Policies by which CloudFormation replaces, waits or rolls back otherwise than the stack's events say.
ATTRIBUTES = ("CreationPolicy", "UpdatePolicy")


def check(deployment: Deployment) -> Iterator[Finding]:
    """Look at what nests, exports and waits, in each template."""
    environment = deployment.environment
    for resource in deployment:
        if (resource.type == STACK) is not (resource.template.name == "root"):
            yield Finding(resource, "is not where it belongs: the root has the nested stacks and nothing else.")
        for attribute in ATTRIBUTES:
            if attribute in resource.raw:
                yield Finding(resource, f"has {attribute}, which no command here follows.")
    for stack in deployment.of(STACK):
        tags = stack.pairs("Tags")
        if (tags.get("Project"), tags.get("Environment"), bool(tags.get("Layer"))) != (environment.project, environment.name, True):
            yield Finding(stack, "is not tagged with its project, environment and layer.")
    for template in deployment.templates.values():
        if template.stack is None and template.name not in ("root", *ALONE):
            yield Finding(template, "is nested by nobody.")
        yield from (Finding(template, f"exports {name}.") for name, output in template.outputs.items() if "Export" in output)
        try:
            TopologicalSorter({resource: resource.needed for resource in template.resources.values()}).prepare()
        except CycleError as error:
            circle = error.args[1]
            yield Finding(circle[0], f"waits for itself: {' <- '.join(resource.logical_id for resource in circle)}.")
