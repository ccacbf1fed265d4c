"""A task's CPU and memory are a pair that Fargate offers, and are the settings'; it runs on the architecture that its image is for.

Another pair is refused when the task definition is registered; an image for another processor never starts.
"""

from collections.abc import Iterator

from ci.model import Deployment
from ci.rules import Expected, Finding, expect
from templates import fargate

SEVERITY = "breaks"
SOURCE = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html#fargate-tasks-size"
REMEDY = "Change service.cpu, service.memory or service.architecture in environments/."


def check(deployment: Deployment) -> Iterator[Finding]:
    """Compare with the settings and with Fargate's table."""
    settings, kind = deployment.environment.service, "AWS::ECS::TaskDefinition"
    yield from expect(
        deployment,
        Expected(kind, ("Cpu",), str(settings.cpu), "the settings say otherwise"),
        Expected(kind, ("Memory",), str(settings.memory), "the settings say otherwise"),
        Expected(kind, ("RuntimePlatform", "CpuArchitecture"), settings.architecture, "the image would not start"),
        Expected(kind, ("RuntimePlatform", "OperatingSystemFamily"), "LINUX", "the image would not start"),
    )
    if settings.memory not in fargate.MEMORY[settings.cpu]:
        yield Finding(deployment.only(kind), f"asks Fargate for {settings.memory} MiB with {settings.cpu} CPU units.")
