"""Service, task definition, target groups and logs speak of the same container: its name, its port, its group of logs, its mounts.

A name that does not match is refused only when the service is created; a read-only root without mounts stops the container.
"""

import re
from collections.abc import Iterator
from typing import Any

from ci.model import Deployment, Reference, Resource
from ci.rules import Finding, shown

SEVERITY = "breaks"
SOURCE = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html"
REMEDY = "Correct templates/service/, where each name and port is said once."

# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html#ecs-exec-considerations
FOR_EXEC = {"/managed-agents", "/var/lib/amazon/ssm", "/var/log/amazon/ssm"}

BUFFER = re.compile(r"\d+[km]")
MIGRATE = ["python", "books_api/manage.py", "migrate_safely"]
HEALTH = ["CMD", "python", "-m", "books_api.healthcheck"]


def check(deployment: Deployment) -> Iterator[Finding]:
    """Look at the service's side, then at each container's."""
    for service in deployment.of("AWS::ECS::Service"):
        definition = service.target("TaskDefinition")
        yield from _balancer(deployment, service, definition)
        if service.target("Cluster").type != "AWS::ECS::Cluster":
            yield Finding(service, "is in no cluster of these templates.")
        for container in definition.need("ContainerDefinitions"):
            yield from (
                Finding(definition, f"container {container.get('Name')}: {problem}.") for problem in _container(deployment, container)
            )
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
    if ports != named or len(named) != 1:
        yield Finding(service, f"sends requests to {named}, but the containers listen on {ports}.")
    if any(port != deployment.environment.container_port for _, port in named | ports):
        yield Finding(service, f"does not use port {deployment.environment.container_port}, as the settings say.")
    group = service.target("LoadBalancers", 0, "TargetGroupArn")
    if group.get("Port") not in {port for _, port in named}:
        yield Finding(service, f"is behind {group.label}, which sends requests to another port.")


def _container(deployment: Deployment, container: dict[str, Any]) -> Iterator[str]:
    environment = deployment.environment
    log = container.get("LogConfiguration", {})
    options = log.get("Options", {})
    group = options.get("awslogs-group")
    if not isinstance(group, Reference) or group.resource.type != "AWS::Logs::LogGroup" or log.get("LogDriver") != "awslogs":
        yield f"logs to {shown(group)}, which is no log group of these templates"
    if options.get("awslogs-region") != environment.region or not options.get("awslogs-stream-prefix"):
        yield "logs to another region, or without the stream prefix that Fargate asks for"
    if options.get("mode") != "non-blocking" or not BUFFER.fullmatch(str(options.get("max-buffer-size", "1m"))):
        yield "stops when its log cannot be written"
    if container.get("ReadonlyRootFilesystem") is not True or container.get("Privileged"):
        yield "may write to its root file system"
    if container.get("LinuxParameters", {}).get("Capabilities") != {"Drop": ["ALL"]}:
        yield "keeps capabilities of Linux that it does not need"
    if container.get("LinuxParameters", {}).get("InitProcessEnabled") is not True:
        yield "has no init process, and leaves zombies"
    paths = {mount.get("ContainerPath") for mount in container.get("MountPoints", [])}
    if "/tmp" not in paths:  # noqa: S108 a mount of its own
        yield "has no /tmp to write to"
    if container.get("Command") not in (None, MIGRATE) or container.get("HealthCheck", {}).get("Command") not in (None, HEALTH):
        yield "runs another command than the image knows"
    if any(mapping.get("Protocol", "tcp") != "tcp" for mapping in container.get("PortMappings", [])):
        yield "listens with another protocol than TCP"
    variables = {pair.get("Name"): pair.get("Value") for pair in container.get("Environment", [])}
    if variables.get("PORT") != str(environment.container_port) or variables.get("ENVIRONMENT") != environment.name:
        yield "is told another port or environment than the settings say"
    if variables.get("ALLOWED_HOSTS") in (None, "", "*"):
        yield "takes requests for any host"
    if variables.get("LOG_LEVEL") != environment.service.log_level:
        yield "logs at another level than the settings say"
    if container.get("Secrets"):
        yield "has secrets in its environment, which stay as they were when the secret is rotated"
