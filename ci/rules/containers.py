"""Tasks are of a size that Fargate offers, run where their image runs, and mount what they name; production does not rely on Spot.

Another size is refused when the task definition is registered; an image for another processor never starts; Spot tasks can all be taken
away at once.
"""

from collections.abc import Iterator

from ci.model import Deployment, Resource
from ci.model.tasks import DEFINITION, own_containers, registrations
from ci.rules import Finding, shown
from templates import fargate

SEVERITY = "breaks"
SOURCE = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html"
REMEDY = "Next: leave containers to templates/tasks.py; size, processor and share of Spot are settings in environments/."

PROVIDERS = {"FARGATE", "FARGATE_SPOT"}
INSIGHTS = "ECS/ContainerInsights"


def check(deployment: Deployment) -> Iterator[Finding]:
    """Look at sizes, processors, mounts, and where tasks run."""
    settings = deployment.environment.service
    for definition in deployment.of(DEFINITION):
        size = str(definition.get("Cpu")), str(definition.get("Memory"))
        if size not in {(str(cpu), str(memory)) for cpu, memories in fargate.MEMORY.items() for memory in memories}:
            yield Finding(definition, f"asks for {size[0]} CPU units and {size[1]} MiB, a pair that Fargate does not offer.")
        if definition.get("NetworkMode") != "awsvpc" or "FARGATE" not in definition.get("RequiresCompatibilities", default=[]):
            yield Finding(definition, "is not for Fargate, where each task has an address of its own (awsvpc).")
        volumes = {volume.get("Name") for volume in definition.get("Volumes", default=[])}
        for container in definition.need("ContainerDefinitions"):
            for name in {mount.get("SourceVolume") for mount in container.get("MountPoints", [])} - volumes:
                yield Finding(definition, f"mounts {name} in {container.get('Name')}, a volume that it does not have.")
        yield from _shared(definition)
    for definition in {definition for definition, _ in own_containers(deployment)}:
        processor = definition.get("RuntimePlatform", "CpuArchitecture", default="X86_64")
        system = definition.get("RuntimePlatform", "OperatingSystemFamily", default="LINUX")
        if (system, processor) != ("LINUX", settings.architecture):
            yield Finding(definition, f"is for {system} on {processor}, and the image for LINUX on {settings.architecture}.")
    yield from _capacity(deployment)


def _shared(definition: Resource) -> Iterator[Finding]:
    """What the containers of a task share: its ports, its memory, its CPU."""
    every = definition.need("ContainerDefinitions")
    ports = [mapping.get("ContainerPort") for container in every for mapping in container.get("PortMappings", [])]
    for port in sorted({port for port in ports if ports.count(port) > 1}):
        yield Finding(definition, f"has two containers that listen on port {port}, of which the second one ends.")
    for name, total in (("Memory", max), ("MemoryReservation", sum), ("Cpu", sum)):
        whole, parts = str(definition.get(name.removesuffix("Reservation"))), [int(container.get(name, 0)) for container in every]
        if whole.isdigit() and total(parts) > int(whole):
            yield Finding(definition, f"gives its containers {name} {total(parts)}, and has {whole} itself.")


def _capacity(deployment: Deployment) -> Iterator[Finding]:
    behind = {registration.service for registration in registrations(deployment)}
    for service in deployment.of("AWS::ECS::Service"):
        cluster, strategy = service.target("Cluster"), service.get("CapacityProviderStrategy", default=[])
        weights = {item.get("CapacityProvider"): item.get("Weight", 0) for item in strategy}
        if not weights and service.get("LaunchType", default="EC2") != "FARGATE":
            yield Finding(service, "has neither capacity providers nor the launch type FARGATE, so that no task finds a place.")
        if weights and (service.get("LaunchType") or not any(weights.values())):
            yield Finding(service, "has a launch type beside its capacity providers, or gives none of them any weight.")
        if unknown := weights.keys() - set(cluster.get("CapacityProviders", default=[])):
            yield Finding(
                service, f"uses {', '.join(sorted(map(shown, unknown)))}, a capacity provider that {cluster.label} does not have."
            )
        base = sum(item.get("Base", 0) for item in strategy if item.get("CapacityProvider") == "FARGATE")
        least = deployment.environment.service.min_tasks
        if deployment.environment.production and service in behind and weights.get("FARGATE_SPOT") and base < least:
            yield Finding(service, f"keeps {base} tasks off Spot, which can be taken away at once; production needs {least}.")
    watched = any(INSIGHTS in str(alarm.properties) for alarm in deployment.of("AWS::CloudWatch::Alarm"))
    for cluster in deployment.of("AWS::ECS::Cluster"):
        if unknown := set(cluster.get("CapacityProviders", default=[])) - PROVIDERS:
            yield Finding(cluster, f"has the capacity providers {', '.join(sorted(map(shown, unknown)))}, which are not Fargate's.")
        if watched and not {"enabled", "enhanced"} & set(cluster.values("ClusterSettings.Value")):
            yield Finding(cluster, "has no Container Insights, whose counts alarms watch.")
