"""No resource waits for itself, in a template or through the layers.

CloudFormation refuses a circle only when it is deployed.
"""

from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter

from ci.model import Deployment
from ci.rules import Finding

SEVERITY = "breaks"
SOURCE = "https://repost.aws/knowledge-center/cloudformation-circular-dependencies"
REMEDY = "Remove one of these references, or give one of them a name that both can know."


def check(deployment: Deployment) -> Iterator[Finding]:
    """Sort each template's resources by what they wait for."""
    for template in deployment.templates.values():
        try:
            TopologicalSorter({resource: resource.needed for resource in template.resources.values()}).prepare()
        except CycleError as error:
            circle = error.args[1]
            yield Finding(circle[0], f"waits for itself: {' <- '.join(resource.logical_id for resource in circle)}.")
