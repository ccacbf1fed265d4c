"""Service, task definition and target groups speak of the same container: its name, its port, its mounts.

A name that does not match is refused only when the service is created; a read-only root without mounts stops the container.
"""

from collections.abc import Iterator

from ci.model import Deployment, Resource
from ci.rules import Finding

SEVERITY = "breaks"
SOURCE = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html"
REMEDY = "Correct templates/layers/service/, where each name and port is said once."

# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html#ecs-exec-considerations
FOR_EXEC = {"/managed-agents", "/var/lib/amazon/ssm", "/var/log/amazon/ssm"}


def check(deployment: Deployment) -> Iterator[Finding]:
    """Look at cluster, network, balancer and mounts."""
    for service in deployment.of("AWS::ECS::Service"):
        definition = service.target("TaskDefinition")
        yield from _balancer(deployment, service, definition)
        if service.target("Cluster").type != "AWS::ECS::Cluster":
            yield Finding(service, "is in no cluster of these templates.")
        volumes = {volume.get("Name") for volume in definition.get("Volumes", default=[])}
        mounted = [mount for container in definition.need("ContainerDefinitions") for mount in container.get("MountPoints", [])]
        if {mount.get("SourceVolume") for mount in mounted} != volumes:
            yield Finding(definition, "does not mount just the volumes that it has.")
        if deployment.environment.service.exec and not {mount.get("ContainerPath") for mount in mounted} >= FOR_EXEC:
            yield Finding(definition, "lacks mounts that ECS Exec writes to beside a read-only root.")
        if service.get("EnableExecuteCommand") is not deployment.environment.service.exec:
            yield Finding(service, "does not have ECS Exec as the settings say.")
        if service.get("PropagateTags") != "SERVICE" or service.get("EnableECSManagedTags") is not True:
            yield Finding(service, "does not tag its tasks, so that nobody could tell what they cost.")
        if definition.get("NetworkMode") != "awsvpc" or definition.get("RequiresCompatibilities") != ["FARGATE"]:
            yield Finding(definition, "is not for Fargate, where each task has an address of its own (awsvpc).")


def _balancer(deployment: Deployment, service: Resource, definition: Resource) -> Iterator[Finding]:
    balancers = service.need("LoadBalancers")
    ports = {
        (container.get("Name"), mapping.get("ContainerPort"))
        for container in definition.need("ContainerDefinitions")
        for mapping in container.get("PortMappings", [])
    }
    named = {(balancer.get("ContainerName"), balancer.get("ContainerPort")) for balancer in balancers}
    if ports != named or len(balancers) != 1:
        yield Finding(service, f"sends requests to {named}, but the containers listen on {ports}.")
    if any(port != deployment.environment.container_port for _, port in named | ports):
        yield Finding(service, f"does not use port {deployment.environment.container_port}, as the settings say.")
    group = service.target("LoadBalancers", 0, "TargetGroupArn")
    if group.get("Port") not in {port for _, port in named}:
        yield Finding(service, f"is behind {group.label}, which sends requests to another port.")
