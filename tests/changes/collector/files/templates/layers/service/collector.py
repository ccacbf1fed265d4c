"""A container beside the application, of another image: it collects traces and sends them to X-Ray."""

import awacs.xray
from troposphere.ecs import ContainerDefinition

from templates import tasks
from templates.layer import Layer

# https://aws-otel.github.io/docs/setup/ecs; the configuration is in its image.
COMMAND = ["--config=/etc/ecs/ecs-xray.yaml"]
# These take no resource. https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html
SEND = [awacs.xray.PutTraceSegments, awacs.xray.PutTelemetryRecords]


def collector(layer: Layer, digest: str) -> ContainerDefinition:
    """The container; the application goes on without it."""
    layer.lets_call("xray", SEND, ["*"])
    image = tasks.image(layer.environment, digest)
    return tasks.container(layer, "collector", {}, exec=False, Image=image, MountPoints=[], Essential=False, Command=COMMAND)
