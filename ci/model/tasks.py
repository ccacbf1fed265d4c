"""Tasks of ECS: their containers, which of them run the service's own image, and which of them take requests."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from ci.model.arns import image_repository, written
from ci.model.deployment import Deployment
from ci.model.resource import Reference, Resource
from ci.model.values import Parameter, Text

DEFINITION = "AWS::ECS::TaskDefinition"
GROUP = "AWS::ElasticLoadBalancingV2::TargetGroup"

Container = dict[str, Any]


class Registration(NamedTuple):
    """A service that registers its tasks in target groups, and the container that takes the requests."""

    service: Resource
    groups: tuple[Resource, ...]
    definition: Resource
    # None where the definition has no container of that name.
    container: Container | None
    port: int


def containers(deployment: Deployment) -> Iterator[tuple[Resource, Container]]:
    """Every container, with its task definition; raises Missing."""
    for definition in deployment.of(DEFINITION):
        yield from ((definition, container) for container in definition.need("ContainerDefinitions"))


def own_containers(deployment: Deployment) -> Iterator[tuple[Resource, Container]]:
    """Those of the service's own image; raises Missing."""
    yield from ((definition, each) for definition, each in containers(deployment) if is_own(deployment, each))


def is_own(deployment: Deployment, container: Container) -> bool:
    """Whether a container runs the image that the deployment gives by its digest, in the service's repository."""
    image = container.get("Image")
    return from_own_repository(deployment, container) and isinstance(image, Text) and isinstance(image.parts[-1], Parameter)


def from_own_repository(deployment: Deployment, container: Container) -> bool:
    """Whether a container's image is in the service's repository."""
    account, _, repository = image_repository(deployment.environment).split(":", 4)[4].rpartition(":repository/")
    registry = f"{account}.dkr.ecr.{deployment.environment.region}.amazonaws.com/{repository}@"
    return written(deployment, container.get("Image")).startswith(registry)


def users(deployment: Deployment, definition: Resource) -> list[Resource]:
    """What runs tasks of the definition inside the network; raises Missing."""
    return sorted((user for user in deployment.users(definition) if user.facts.member), key=lambda user: user.label)


def registrations(deployment: Deployment) -> Iterator[Registration]:
    """Every service behind a load balancer; raises Missing."""
    for service in deployment.of("AWS::ECS::Service"):
        for index, entry in enumerate(service.get("LoadBalancers", default=[])):
            definition = service.target("TaskDefinition")
            found = [each for each in definition.need("ContainerDefinitions") if each.get("Name") == entry.get("ContainerName")]
            groups = [service.target("LoadBalancers", index, "TargetGroupArn")]
            other = service.get("LoadBalancers", index, "AdvancedConfiguration", "AlternateTargetGroupArn")
            groups += [other.resource] if isinstance(other, Reference) else []
            container = found[0] if found else None
            yield Registration(service, tuple(groups), definition, container, int(entry.get("ContainerPort", 0)))


def told(container: Container) -> dict[str, Any]:
    """The container's variables."""
    return {pair.get("Name"): pair.get("Value") for pair in container.get("Environment", [])}
